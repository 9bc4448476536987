"""Collaborations: who takes part, with which nodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer, undefer_group

from vantage6.common.errors import Conflict, Forbidden, InvalidInput
from vantage6.server.model import Collaboration, Member, Node, Organization, Result, Task
from vantage6.server.model.base import LINKS
from vantage6.server.permission.policy import require, require_global, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import killing
from vantage6.server.service.filters import equal, given, like, narrowed
from vantage6.server.service.task import listed
from vantage6.server.session import current_session


@dataclass(frozen=True, slots=True)
class CollaborationQuery:
    """Filters of a list; `name` is an SQL pattern."""

    name: str | None = None
    encrypted: bool | None = None
    organization_id: int | None = None


@dataclass(frozen=True, slots=True)
class CollaborationBody:
    """A collaboration; None leaves a value as it is."""

    name: str | None = None
    organization_ids: Sequence[int] | None = None
    encrypted: bool | None = None


@dataclass(frozen=True, slots=True)
class MemberBody:
    """Id of the organization or node that is added or removed."""

    id: int


def list_(actor: Principal, query: CollaborationQuery) -> Select[Collaboration]:
    """Collaborations that the actor may see.

    Raises
    ------
    Forbidden
        Also when somebody without the global rule asks for those of another organization.
    """
    rows = visible(actor, "collaboration", Op.VIEW, Collaboration)
    other = query.organization_id not in (None, actor.organization_id)
    if other and Scope.GLOBAL not in actor.scopes("collaboration", Op.VIEW):
        raise Forbidden("you may only see the collaborations of your own organization")
    rows = narrowed(
        rows,
        like(Collaboration.name, query.name),
        equal(Collaboration.encrypted, query.encrypted),
        given(query.organization_id, lambda id_: Collaboration.id.in_(_joined_by(id_))),
    )
    return rows.order_by(Collaboration.id).options(undefer_group(LINKS))


def get(actor: Principal, id_: int) -> Collaboration:
    """One collaboration."""
    collaboration = Collaboration.by_id(id_, undefer_group(LINKS))
    require(actor, "collaboration", Op.VIEW, on=collaboration)
    return collaboration


def create(actor: Principal, body: CollaborationBody) -> Collaboration:
    """A new collaboration; encrypted only when asked for, as in 3.x."""
    require_global(actor, "collaboration", Op.CREATE)
    members = _existing(body.organization_ids or ())
    collaboration = Collaboration(name=_free_name(body.name), encrypted=body.encrypted is True)
    collaboration.organizations = members
    return collaboration.save()


def update(actor: Principal, id_: int, body: CollaborationBody) -> Collaboration:
    """Change what is given; a list of organizations replaces the present one."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "collaboration", Op.EDIT, on=collaboration)
    members = None if body.organization_ids is None else _existing(body.organization_ids)
    if body.name is not None and body.name != collaboration.name:
        collaboration.name = _free_name(body.name)
    if body.encrypted is not None:
        collaboration.encrypted = body.encrypted
    if members is not None:
        for gone in set(collaboration.organizations) - set(members):
            _leave(collaboration, gone)
        collaboration.organizations = members
    return _saved(collaboration)


def delete(actor: Principal, id_: int) -> None:
    """Remove a collaboration with its nodes and tasks; what still runs is stopped."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "collaboration", Op.DELETE, on=collaboration)
    killing.announce(id_, killing.open_runs(Task.collaboration_id == id_))
    collaboration.delete()


def organizations(actor: Principal, id_: int) -> Select[Organization]:
    """Members of a collaboration that the actor may see."""
    get(actor, id_)
    return _members(visible(actor, "organization", Op.VIEW, Organization), id_)


def add_organization(actor: Principal, id_: int, body: MemberBody) -> Select[Organization]:
    """Let an organization take part; gives all members. Adding a member again changes nothing."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "collaboration", Op.EDIT, on=collaboration)
    organization = Organization.by_id(body.id)
    if organization not in collaboration.organizations:
        collaboration.organizations.append(organization)
    _saved(collaboration)
    return _members(select(Organization), id_)


def remove_organization(actor: Principal, id_: int, body: MemberBody) -> Select[Organization]:
    """End the participation of an organization; its node there goes, and its runs are stopped."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "collaboration", Op.DELETE, on=collaboration)
    organization = Organization.by_id(body.id)
    if organization not in collaboration.organizations:
        raise InvalidInput(f"organization {body.id} does not take part in collaboration {id_}")
    _leave(collaboration, organization)
    collaboration.organizations.remove(organization)
    _saved(collaboration)
    return _members(select(Organization), id_)


def nodes(actor: Principal, id_: int) -> Select[Node]:
    """Nodes of a collaboration: who sees it sees which nodes take part."""
    get(actor, id_)
    return _nodes(id_)


def add_node(actor: Principal, id_: int, body: MemberBody) -> Select[Node]:
    """Move a node of a member into a collaboration; gives all nodes."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "collaboration", Op.EDIT, on=collaboration)
    node = Node.by_id(body.id)
    if node.collaboration_id == id_:
        raise InvalidInput(f"node {body.id} is in collaboration {id_} already")
    require_place(collaboration, node.organization_id)
    node.collaboration_id = id_
    node.save()
    return _nodes(id_)


def remove_node(actor: Principal, id_: int, body: MemberBody) -> None:
    """Take a node out of a collaboration; it cannot log in until it is in another."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "collaboration", Op.EDIT, on=collaboration)
    node = Node.by_id(body.id)
    if node.collaboration_id != id_:
        raise InvalidInput(f"node {body.id} is not in collaboration {id_}")
    node.collaboration_id = None
    node.save()


def tasks(actor: Principal, id_: int) -> Select[Task]:
    """Tasks of a collaboration, oldest first."""
    collaboration = Collaboration.by_id(id_)
    require(actor, "task", Op.VIEW, on=collaboration)
    rows = visible(actor, "task", Op.VIEW, Task).where(Task.collaboration_id == id_)
    return listed(actor, rows).order_by(None).order_by(Task.id)


def require_place(collaboration: Collaboration, organization_id: int) -> None:
    """Refuse a node of an organization that is not a member, or that has a node there already.

    Raises
    ------
    InvalidInput
        When it is not a member.
    Conflict
        When there is a node.
    """
    taken = select(Node.id).where(
        Node.organization_id == organization_id, Node.collaboration_id == collaboration.id
    )
    if organization_id not in {member.id for member in collaboration.organizations}:
        raise InvalidInput(
            f"organization {organization_id} does not take part in "
            f"collaboration {collaboration.id}"
        )
    if current_session().scalar(taken) is not None:
        raise Conflict(
            f"organization {organization_id} has a node already in "
            f"collaboration {collaboration.id}"
        )


def _free_name(name: str | None) -> str:
    if not name:
        raise InvalidInput("a collaboration needs a name")
    if current_session().scalar(select(Collaboration.id).where(Collaboration.name == name)):
        raise Conflict(f"there is a collaboration '{name}' already")
    return name


def _existing(ids: Iterable[int]) -> list[Organization]:
    wanted = set(ids)
    if not wanted:
        raise InvalidInput("a collaboration needs at least one organization")
    found = current_session().scalars(
        select(Organization).where(Organization.id.in_(wanted)).order_by(Organization.id)
    )
    organizations = list(found)
    missing = wanted - {organization.id for organization in organizations}
    if missing:
        listed_ids = ", ".join(map(str, sorted(missing)))
        raise InvalidInput(f"there is no organization {listed_ids}")
    return organizations


def _leave(collaboration: Collaboration, organization: Organization) -> None:
    runs = killing.open_runs(
        Task.collaboration_id == collaboration.id, Result.organization_id == organization.id
    )
    killing.announce(collaboration.id, runs)
    killing.end(runs)
    for node in list(collaboration.nodes):
        if node.organization_id == organization.id:
            collaboration.nodes.remove(node)
            node.delete()


def _saved(collaboration: Collaboration) -> Collaboration:
    collaboration.save()
    # The ids in its links were read before.
    current_session().refresh(collaboration, ["organization_ids", "node_ids"])
    return collaboration


def _joined_by(organization_id: int) -> Select[int]:
    return select(Member.c.collaboration_id).where(Member.c.organization_id == organization_id)


def _members(rows: Select[Organization], id_: int) -> Select[Organization]:
    members = select(Member.c.organization_id).where(Member.c.collaboration_id == id_)
    return (
        rows.where(Organization.id.in_(members))
        .order_by(Organization.id)
        .options(undefer_group(LINKS))
        .execution_options(populate_existing=True)
    )


def _nodes(id_: int) -> Select[Node]:
    return (
        select(Node)
        .where(Node.collaboration_id == id_)
        .order_by(Node.id)
        .options(undefer(Node.config_ids))
        .execution_options(populate_existing=True)
    )
