"""From the subject of a token to the principal that acts, as the database knows it now."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update

from vantage6.common.errors import NotAuthenticated
from vantage6.common.status import OPEN
from vantage6.server.model import (
    Authenticatable,
    Member,
    Node,
    Result,
    RoleRule,
    Rule,
    Task,
    User,
    UserRole,
    UserRule,
)
from vantage6.server.model.base import now
from vantage6.server.permission.principal import (
    CONTAINER_RULES,
    NODE_RULES,
    Kind,
    Principal,
)
from vantage6.server.permission.rules import RuleKey
from vantage6.server.session import current_session

_SEEN_EVERY = timedelta(minutes=1)
"""How exact `last_seen` is: reading must not turn into writing at every request."""


def user(id_: int) -> Principal:
    """The user with an id, in two statements.

    Raises
    ------
    NotAuthenticated
        When there is no such user any more.
    """
    rows = current_session().execute(
        select(User.organization_id, User.last_seen, Member.c.collaboration_id)
        .outerjoin(Member, Member.c.organization_id == User.organization_id)
        .where(User.id == id_)
    )
    found = rows.all()
    if not found:
        raise NotAuthenticated("this user does not exist any more")
    _seen(id_, found[0].last_seen)
    return Principal(
        kind=Kind.USER,
        id=id_,
        organization_id=found[0].organization_id,
        collaboration_ids=frozenset(
            row.collaboration_id for row in found if row.collaboration_id is not None
        ),
        rules=rules_of(id_),
    )


def node(id_: int) -> Principal:
    """The node with an id, in one statement.

    Raises
    ------
    NotAuthenticated
        When there is no such node any more.
    """
    wanted = select(Node.organization_id, Node.collaboration_id, Node.last_seen)
    found = current_session().execute(wanted.where(Node.id == id_)).one_or_none()
    if found is None:
        raise NotAuthenticated("this node does not exist any more")
    _seen(id_, found.last_seen)
    own = () if found.collaboration_id is None else (found.collaboration_id,)
    return Principal(
        kind=Kind.NODE,
        id=id_,
        organization_id=found.organization_id,
        collaboration_ids=frozenset(own),
        rules=NODE_RULES,
        node_id=id_,
    )


def container(claims: Mapping[str, Any]) -> Principal:
    """The container that a token was made for, in one statement.

    Parameters
    ----------
    claims
        Subject of the token, as `authentication.container_identity` made it.

    Raises
    ------
    NotAuthenticated
        When its run has ended, or its node is gone: the token dies with both.
    """
    run = (
        select(Task.collaboration_id, Task.run_id, Task.image, Task.database)
        .join(Result, Result.task_id == Task.id)
        .join(Node, Node.collaboration_id == Task.collaboration_id)
        .where(
            Result.id == claims.get("result_id"),
            Result.status.in_(OPEN),
            Task.id == claims.get("task_id"),
            Node.id == claims.get("node_id"),
            Node.organization_id == Result.organization_id,
            Result.organization_id == claims.get("organization_id"),
        )
    )
    found = current_session().execute(run).one_or_none()
    if found is None:
        raise NotAuthenticated("the run that this token was made for has ended")
    return Principal(
        kind=Kind.CONTAINER,
        id=claims["node_id"],
        organization_id=claims["organization_id"],
        collaboration_ids=frozenset({found.collaboration_id}),
        rules=CONTAINER_RULES,
        task_id=claims["task_id"],
        run_id=found.run_id,
        result_id=claims["result_id"],
        image=found.image,
        database=found.database,
        node_id=claims["node_id"],
    )


def rules_of(user_id: int) -> frozenset[RuleKey]:
    """Rules of all roles of a user, and its extra ones."""
    by_role = (
        select(RoleRule.c.rule_id)
        .join(UserRole, UserRole.c.role_id == RoleRule.c.role_id)
        .where(UserRole.c.user_id == user_id)
    )
    extra = select(UserRule.c.rule_id).where(UserRule.c.user_id == user_id)
    rows = current_session().execute(
        select(Rule.name, Rule.operation, Rule.scope).where(
            or_(Rule.id.in_(by_role), Rule.id.in_(extra))
        )
    )
    return frozenset((row.name, row.operation, row.scope) for row in rows)


def _seen(id_: int, before: datetime | None) -> None:
    present = now()
    if before is None or present - before > _SEEN_EVERY:
        statement = update(Authenticatable).where(Authenticatable.id == id_)
        current_session().execute(statement.values(last_seen=present))
