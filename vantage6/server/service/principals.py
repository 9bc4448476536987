"""From the subject of a token to the principal that acts, as the database knows it now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select, true, union, update
from sqlalchemy.orm import InstrumentedAttribute

from vantage6.common.errors import NotAuthenticated
from vantage6.common.status import OPEN
from vantage6.server.model import (
    Authenticatable,
    LoginSession,
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


def user(id_: int, epoch: int | None = None, session_id: str | None = None) -> Principal:
    """The user with an id, in two statements.

    Parameters
    ----------
    id_
        Whom a token names.
    epoch, session_id
        Those of the token, if it has them.

    Raises
    ------
    NotAuthenticated
        When there is no such user any more, or its tokens or that session have ended.
    """
    return _present(_users([id_], session_id), "user", epoch)


def node(id_: int, epoch: int | None = None, session_id: str | None = None) -> Principal:
    """The node with an id, in one statement; parameters are those of `user`.

    Raises
    ------
    NotAuthenticated
        When there is no such node any more, or its tokens or that session have ended.
    """
    return _present(_nodes([id_], session_id), "node", epoch)


def connected(user_ids: Collection[int], node_ids: Collection[int]) -> dict[int, Principal]:
    """Users and nodes by their ids, in three statements; that is no sign of life of theirs."""
    found = [*_users(user_ids), *_nodes(node_ids)]
    return {one.principal.id: one.principal for one in found}


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
    return _rules_of_all([user_id])[user_id]


@dataclass(frozen=True, slots=True)
class _Found:
    principal: Principal
    last_seen: datetime | None


def _users(ids: Collection[int], session_id: str | None = None) -> list[_Found]:
    columns = (User.id, User.organization_id, User.last_seen, User.token_epoch)
    rows = current_session().execute(
        select(*columns, Member.c.collaboration_id)
        .outerjoin(Member, Member.c.organization_id == User.organization_id)
        .where(User.id.in_(ids), _in_session(User.id, session_id))
    )
    joined: dict[Any, set[int]] = {}
    for *values, collaboration_id in rows:
        own = joined.setdefault(tuple(values), set())
        own |= {collaboration_id} - {None}
    rules = _rules_of_all(ids) if joined else {}
    return [
        _Found(
            Principal(Kind.USER, id_, organization_id, frozenset(own), rules[id_], epoch=epoch),
            last_seen,
        )
        for (id_, organization_id, last_seen, epoch), own in joined.items()
    ]


def _nodes(ids: Collection[int], session_id: str | None = None) -> list[_Found]:
    wanted = select(
        Node.id, Node.organization_id, Node.collaboration_id, Node.last_seen, Node.token_epoch
    ).where(Node.id.in_(ids), _in_session(Node.id, session_id))
    return [
        _Found(
            Principal(
                kind=Kind.NODE,
                id=row.id,
                organization_id=row.organization_id,
                collaboration_ids=frozenset({row.collaboration_id} - {None}),
                rules=NODE_RULES,
                node_id=row.id,
                epoch=row.token_epoch,
            ),
            row.last_seen,
        )
        for row in current_session().execute(wanted)
    ]


def _in_session(owner: InstrumentedAttribute[int], session_id: str | None) -> ColumnElement[bool]:
    """Whether a session belongs to its owner; older tokens name none."""
    if session_id is None:
        return true()
    return exists().where(LoginSession.id == session_id, LoginSession.owner_id == owner)


def _rules_of_all(user_ids: Collection[int]) -> dict[int, frozenset[RuleKey]]:
    by_role = select(UserRole.c.user_id, RoleRule.c.rule_id).join(
        RoleRule, RoleRule.c.role_id == UserRole.c.role_id
    )
    extra = select(UserRule.c.user_id, UserRule.c.rule_id)
    held = union(
        by_role.where(UserRole.c.user_id.in_(user_ids)),
        extra.where(UserRule.c.user_id.in_(user_ids)),
    ).subquery()
    rows = current_session().execute(
        select(held.c.user_id, Rule.name, Rule.operation, Rule.scope).join(
            Rule, Rule.id == held.c.rule_id
        )
    )
    found: dict[int, set[RuleKey]] = {id_: set() for id_ in user_ids}
    for row in rows:
        found[row.user_id].add((row.name, row.operation, row.scope))
    return {id_: frozenset(keys) for id_, keys in found.items()}


def _present(found: list[_Found], kind: str, epoch: int | None) -> Principal:
    if not found:
        raise NotAuthenticated(f"this {kind} does not exist any more, or its session has ended")
    (one,) = found
    _require_same(one.principal.epoch, epoch)
    _seen(one.principal.id, one.last_seen)
    return one.principal


def _require_same(present: int, epoch: int | None) -> None:
    if epoch is not None and epoch != present:
        raise NotAuthenticated("this token has ended, because a password or key was replaced")


def _seen(id_: int, before: datetime | None) -> None:
    present = now()
    if before is None or present - before > _SEEN_EVERY:
        statement = update(Authenticatable).where(Authenticatable.id == id_)
        current_session().execute(statement.values(last_seen=present))
