"""May this principal do that? One SQL predicate per table and scope answers, for lists and rows.

`visible` filters a select with the predicates of all scopes that the actor holds; `require` asks
the same predicates about one row. A list and a single check therefore cannot disagree.

Besides its rules an actor has rights that come with being what it is (`INHERENT`): users see
themselves and their own roles, nodes report on their own runs, containers ask for sub-tasks.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, false, or_, select, true

from vantage6.common.errors import Forbidden
from vantage6.server.model import (
    Base,
    Collaboration,
    Member,
    Node,
    Organization,
    Port,
    Result,
    Role,
    Rule,
    Task,
    User,
    UserRole,
)
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import RULES, Op, RuleKey, Scope
from vantage6.server.session import current_session

_Model = TypeVar("_Model", bound=Base)
_Predicate = Callable[[Principal, Op], ColumnElement[bool]]


def _everything(actor: Principal, op: Op) -> ColumnElement[bool]:
    del actor, op
    return true()


def _own_organization(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    return Organization.id == actor.organization_id


def _partner_organizations(actor: Principal, op: Op) -> ColumnElement[bool]:
    partners = select(Member.c.organization_id).where(
        Member.c.collaboration_id.in_(actor.collaboration_ids)
    )
    return or_(_own_organization(actor, op), Organization.id.in_(partners))


def _member_collaborations(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    return Collaboration.id.in_(actor.collaboration_ids)


def _organization_nodes(actor: Principal, op: Op) -> ColumnElement[bool]:
    own = Node.organization_id == actor.organization_id
    if actor.kind is Kind.USER:
        return own
    if op is Op.VIEW:
        return and_(own, Node.collaboration_id.in_(actor.collaboration_ids))
    # A stolen node key opens that node, not the others of its organization.
    return Node.id == actor.id


def _collaboration_nodes(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    return Node.collaboration_id.in_(actor.collaboration_ids)


def _member_tasks(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    joined = Task.collaboration_id.in_(actor.collaboration_ids)
    if actor.kind is not Kind.CONTAINER:
        return joined
    # The image is somebody else's, and its node decrypts for it: other people's work is not shown.
    return and_(joined, Task.run_id == actor.run_id)


def _member_results(actor: Principal, op: Op) -> ColumnElement[bool]:
    # Not IN: SQLite would collect and sort every result before it shows the newest ten.
    return exists().where(Task.id == Result.task_id, _member_tasks(actor, op))


def _member_ports(actor: Principal, op: Op) -> ColumnElement[bool]:
    # As with results: IN would look at all of them first.
    seen = exists().where(Result.id == Port.result_id, _member_results(actor, op))
    return seen.correlate(Port)


def _organization_users(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    return User.organization_id == actor.organization_id


def _organization_roles(actor: Principal, op: Op) -> ColumnElement[bool]:
    own = Role.organization_id == actor.organization_id
    return or_(own, Role.organization_id.is_(None)) if op is Op.VIEW else own


def _self(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    return User.id == actor.id


def _held_roles(actor: Principal, op: Op) -> ColumnElement[bool]:
    del op
    held = select(UserRole.c.role_id).where(UserRole.c.user_id == actor.id)
    return Role.id.in_(held)


def _runs_of_node(actor: Principal, op: Op) -> ColumnElement[bool]:
    return and_(Result.organization_id == actor.organization_id, _member_results(actor, op))


WITHIN: dict[type[Base], dict[Scope, _Predicate]] = {
    Organization: {
        Scope.COLLABORATION: _partner_organizations,
        Scope.ORGANIZATION: _own_organization,
    },
    Collaboration: {
        Scope.COLLABORATION: _member_collaborations,
        Scope.ORGANIZATION: _member_collaborations,
    },
    Node: {
        Scope.COLLABORATION: _collaboration_nodes,
        Scope.ORGANIZATION: _organization_nodes,
    },
    Task: {Scope.COLLABORATION: _member_tasks, Scope.ORGANIZATION: _member_tasks},
    Result: {Scope.ORGANIZATION: _member_results},
    Port: {Scope.ORGANIZATION: _member_ports},
    User: {Scope.ORGANIZATION: _organization_users, Scope.OWN: _self},
    Role: {Scope.ORGANIZATION: _organization_roles},
}
"""Which rows of a table lie within a scope; global is everything in each of them."""

INHERENT: dict[tuple[Kind, str, Op], tuple[type[Base], _Predicate]] = {
    (Kind.USER, "user", Op.VIEW): (User, _self),
    (Kind.USER, "role", Op.VIEW): (Role, _held_roles),
    (Kind.USER, "rule", Op.VIEW): (Rule, _everything),
    (Kind.NODE, "result", Op.EDIT): (Result, _runs_of_node),
    (Kind.NODE, "port", Op.CREATE): (Result, _runs_of_node),
    (Kind.NODE, "port", Op.DELETE): (Result, _runs_of_node),
    (Kind.CONTAINER, "task", Op.CREATE): (Collaboration, _member_collaborations),
}
"""Rights that no rule grants or takes away."""

_KNOWN = {(rule.name, rule.op) for rule in RULES} | {(name, op) for _, name, op in INHERENT}


def known(name: str, op: Op) -> bool:
    """Whether any rule or inherent right is about `op` on things called `name`."""
    return (name, op) in _KNOWN


def allowed(actor: Principal, name: str, op: Op) -> bool:
    """Whether the actor may do `op` to anything called `name`; the gate of an operation."""
    return bool(actor.scopes(name, op)) or (actor.kind, name, op) in INHERENT


def visible(actor: Principal, name: str, op: Op, model: type[_Model]) -> Select[_Model]:
    """Select of the rows of a table to which the actor may do `op`.

    Parameters
    ----------
    actor
        Who asks.
    name, op
        What the rules call it; `name` need not be the table (``event``: killing tasks).
    model
        The table.

    Raises
    ------
    Forbidden
        When there is nothing of the kind that the actor may do it to.
    """
    if not allowed(actor, name, op):
        raise _refusal(name, op)
    return select(model).where(or_(false(), *_predicates(actor, name, op, model)))


def require(actor: Principal, name: str, op: Op, on: Base) -> None:
    """Refuse, unless the row is among those that `visible` selects.

    Raises
    ------
    Forbidden
        When the actor may not do that to this row.
    """
    if Scope.GLOBAL in actor.scopes(name, op):
        return
    model = type(on)
    statement = visible(actor, name, op, model).with_only_columns(model.id)
    if current_session().scalar(statement.where(model.id == on.id)) is None:
        raise _refusal(name, op)


def require_global(actor: Principal, name: str, op: Op) -> None:
    """Refuse, unless the actor may do it to everything; for what belongs to nothing else.

    Raises
    ------
    Forbidden
        When the actor does not hold the global rule.
    """
    if Scope.GLOBAL not in actor.scopes(name, op):
        raise _refusal(name, op)


def grantable(actor: Principal, rules: Iterable[RuleKey]) -> None:
    """Refuse, unless the actor holds every one of the rules: nobody gives what they lack.

    Raises
    ------
    Forbidden
        When one is missing.
    """
    missing = set(rules) - actor.rules
    if missing:
        name, op, scope = min(missing, key=str)
        raise Forbidden(
            f"you cannot give or take a permission that you lack yourself: "
            f"{op.value} {_things(name)} ({scope.value})"
        )


def _predicates(
    actor: Principal, name: str, op: Op, model: type[Base]
) -> Iterator[ColumnElement[bool]]:
    for scope in sorted(actor.scopes(name, op), key=lambda scope: scope.value):
        if scope is Scope.GLOBAL:
            yield true()
        elif scope in WITHIN[model]:
            yield WITHIN[model][scope](actor, op)
    inherent = INHERENT.get((actor.kind, name, op))
    if inherent is not None and inherent[0] is model:
        yield inherent[1](actor, op)


def _refusal(name: str, op: Op) -> Forbidden:
    return Forbidden(f"you lack the permission to {op.value} these {_things(name)}")


def _things(name: str) -> str:
    return f"{name}s"
