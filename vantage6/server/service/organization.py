"""Organizations: who sees, makes and changes them."""

from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload, undefer_group

from vantage6.common.errors import Forbidden
from vantage6.server.model import Collaboration, Member, Node, Organization
from vantage6.server.model.base import LINKS
from vantage6.server.permission.policy import require, require_global, visible
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service.filters import equal, given, like, narrowed

_TEXTS = ("name", "domain", "address1", "address2", "zipcode", "country", "public_key")


@dataclass(frozen=True, slots=True)
class OrganizationQuery:
    """Filters of a list; `name` is an SQL pattern."""

    name: str | None = None
    country: str | None = None
    collaboration_id: int | None = None


@dataclass(frozen=True, slots=True)
class OrganizationBody:
    """What an organization says about itself; None leaves a value as it is.

    `public_key` is base64 of a PEM; an empty text removes the key.
    """

    name: str | None = None
    domain: str | None = None
    address1: str | None = None
    address2: str | None = None
    zipcode: str | None = None
    country: str | None = None
    public_key: str | None = None

    def given(self) -> dict[str, str]:
        """The values that are there."""
        values = {name: getattr(self, name) for name in _TEXTS}
        return {name: value for name, value in values.items() if value is not None}


def list_(actor: Principal, query: OrganizationQuery) -> Select[Organization]:
    """Organizations that the actor may see."""
    rows = narrowed(
        visible(actor, "organization", Op.VIEW, Organization),
        like(Organization.name, query.name),
        equal(Organization.country, query.country),
        given(query.collaboration_id, lambda id_: Organization.id.in_(_members(id_))),
    )
    return rows.order_by(Organization.id).options(undefer_group(LINKS))


def get(actor: Principal, id_: int) -> Organization:
    """One organization."""
    organization = Organization.by_id(id_, undefer_group(LINKS))
    require(actor, "organization", Op.VIEW, on=organization)
    return organization


def create(actor: Principal, body: OrganizationBody) -> Organization:
    """A new organization; it belongs to no collaboration yet."""
    require_global(actor, "organization", Op.CREATE)
    # 3.x stores empty texts for what is not given, except for the second line of the address.
    empty = dict.fromkeys(_TEXTS, "") | {"address2": None}
    return Organization(**(empty | body.given())).save()


def update(actor: Principal, id_: int, body: OrganizationBody) -> Organization:
    """Change what is given.

    Raises
    ------
    Forbidden
        Also when a node changes more than the public key of its organization.
    """
    organization = Organization.by_id(id_, undefer_group(LINKS))
    require(actor, "organization", Op.EDIT, on=organization)
    values = body.given()
    if actor.kind is not Kind.USER and set(values) - {"public_key"}:
        raise Forbidden("a node may only change the public key of its organization")
    for name, value in values.items():
        setattr(organization, name, value)
    return organization.save()


def collaborations(actor: Principal, id_: int) -> Select[Collaboration]:
    """Collaborations that an organization takes part in."""
    Organization.by_id(id_)
    rows = visible(actor, "collaboration", Op.VIEW, Collaboration)
    _require_own(actor, "collaboration", id_)
    joined = select(Member.c.collaboration_id).where(Member.c.organization_id == id_)
    return (
        rows.where(Collaboration.id.in_(joined))
        .order_by(Collaboration.id)
        .options(undefer_group(LINKS))
    )


def nodes(actor: Principal, id_: int) -> Select[Node]:
    """Nodes that work for an organization."""
    Organization.by_id(id_)
    rows = visible(actor, "node", Op.VIEW, Node)
    _require_own(actor, "node", id_)
    return (
        rows.where(Node.organization_id == id_)
        .order_by(Node.id)
        .options(selectinload(Node.config))
    )


def _members(collaboration_id: int) -> Select[int]:
    return select(Member.c.organization_id).where(Member.c.collaboration_id == collaboration_id)


def _require_own(actor: Principal, name: str, organization_id: int) -> None:
    is_own = organization_id == actor.organization_id
    if not is_own and Scope.GLOBAL not in actor.scopes(name, Op.VIEW):
        raise Forbidden(f"you may only see this of your own organization, {actor.organization_id}")
