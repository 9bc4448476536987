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


def user(id_: int, epoch: int | None = None) -> Principal:
    """The user with an id, in two statements; `epoch` is that of its token, if it has one.

    Raises
    ------
    NotAuthenticated
        When there is no such user any more, or it has ended its tokens.
    """
    rows = current_session().execute(
        select(User.organization_id, User.last_seen, User.token_epoch, Member.c.collaboration_id)
        .outerjoin(Member, Member.c.organization_id == User.organization_id)
        .where(User.id == id_)
    )
    found = rows.all()
    if not found:
        raise NotAuthenticated("this user does not exist any more")
    _require_same(found[0].token_epoch, epoch)
    _seen(id_, found[0].last_seen)
    return Principal(
        kind=Kind.USER,
        id=id_,
        organization_id=found[0].organization_id,
        collaboration_ids=frozenset(
            row.collaboration_id for row in found if row.collaboration_id is not None
        ),
        rules=rules_of(id_),
        epoch=found[0].token_epoch,
    )


def node(id_: int, epoch: int | None = None) -> Principal:
    """The node with an id, in one statement; `epoch` is that of its token, if it has one.

    Raises
    ------
    NotAuthenticated
        When there is no such node any more, or it has ended its tokens.
    """
    wanted = select(Node.organization_id, Node.collaboration_id, Node.last_seen, Node.token_epoch)
    found = current_session().execute(wanted.where(Node.id == id_)).one_or_none()
    if found is None:
        raise NotAuthenticated("this node does not exist any more")
    _require_same(found.token_epoch, epoch)
    _seen(id_, found.last_seen)
    own = () if found.collaboration_id is None else (found.collaboration_id,)
    return Principal(
        kind=Kind.NODE,
        id=id_,
        organization_id=found.organization_id,
        collaboration_ids=frozenset(own),
        rules=NODE_RULES,
        node_id=id_,
        epoch=found.token_epoch,
    )


def container(claims: Mapping[str, Any], epoch: int | None = None) -> Principal:
    """The container that a token was made for, in one statement.

    Parameters
    ----------
    claims
        Subject of the token, as `authentication.container_identity` made it.
    epoch
        That of the token, which is its node's.

    Raises
    ------
    NotAuthenticated
        When its run has ended, or its node is gone or has ended its tokens: it dies with them.
    """
    run = (
        select(Task.collaboration_id, Task.run_id, Task.image, Task.database, Node.token_epoch)
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
    _require_same(found.token_epoch, epoch)
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
        epoch=found.token_epoch,
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


def _require_same(present: int, epoch: int | None) -> None:
    if epoch is not None and epoch != present:
        raise NotAuthenticated("this token has ended, because a password or key was replaced")


def _seen(id_: int, before: datetime | None) -> None:
    present = now()
    if before is None or present - before > _SEEN_EVERY:
        statement = update(Authenticatable).where(Authenticatable.id == id_)
        current_session().execute(statement.values(last_seen=present))
