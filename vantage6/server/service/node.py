"""Nodes: registration, presence, and what they share of their configuration."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, not_
from sqlalchemy.orm import selectinload

from vantage6.common import rooms
from vantage6.common.errors import Forbidden, InvalidInput
from vantage6.common.events import Event, NodeOffline, NodeOnline
from vantage6.server.model import Collaboration, Node, NodeConfig, Organization
from vantage6.server.model.authenticatable import ALIVE_FOR
from vantage6.server.model.base import now
from vantage6.server.permission.policy import require, require_global, visible
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import killing
from vantage6.server.service.collaboration import require_place
from vantage6.server.service.filters import equal, given, like, narrowed, since, until
from vantage6.server.session import Announcement, record

SHARED_KEYS = ("encryption", "allowed_algorithms", "allowed_users", "allowed_orgs")
"""What is kept of the settings that a node sends."""
MAX_SHARED = 1000
"""Most values that a node shares; each is a row, and storing many stops the server for others."""


@dataclass(frozen=True, slots=True)
class NodeQuery:
    """Filters of a list; `name` is an SQL pattern, `status` is ``online`` or ``offline``."""

    name: str | None = None
    organization_id: int | None = None
    collaboration_id: int | None = None
    status: str | None = None
    ip: str | None = None
    last_seen_from: datetime | None = None
    last_seen_till: datetime | None = None


@dataclass(frozen=True, slots=True)
class NodeBody:
    """A node; None leaves a value as it is. `clear_ip` forgets the address in the VPN."""

    name: str | None = None
    organization_id: int | None = None
    collaboration_id: int | None = None
    ip: str | None = None
    clear_ip: bool | None = None


def list_(actor: Principal, query: NodeQuery) -> Select[Node]:
    """Nodes that the actor may see."""
    rows = narrowed(
        visible(actor, "node", Op.VIEW, Node),
        like(Node.name, query.name),
        equal(Node.organization_id, query.organization_id),
        equal(Node.collaboration_id, query.collaboration_id),
        equal(Node.ip, query.ip),
        since(Node.last_seen, query.last_seen_from),
        until(Node.last_seen, query.last_seen_till),
        given(query.status, _has_status),
    )
    return rows.order_by(Node.id).options(selectinload(Node.config))


def get(actor: Principal, id_: int) -> Node:
    """One node."""
    node = Node.by_id(id_)
    require(actor, "node", Op.VIEW, on=node)
    return node


def create(actor: Principal, body: NodeBody) -> Node:
    """A new node; its key is in `clear_api_key` of what is returned, and nowhere else.

    Raises
    ------
    InvalidInput
        When the organization is not a member of the collaboration.
    Conflict
        When it has a node there already.
    """
    organization = Organization.by_id(body.organization_id or actor.organization_id)
    require(actor, "node", Op.CREATE, on=organization)
    if body.collaboration_id is None:
        raise InvalidInput("say which collaboration the node is for")
    collaboration = Collaboration.by_id(body.collaboration_id)
    require_place(collaboration, organization.id)
    return Node(
        name=body.name or default_name(organization, collaboration),
        api_key=str(uuid.uuid4()),
        organization=organization,
        collaboration=collaboration,
    ).save()


def update(actor: Principal, id_: int, body: NodeBody) -> Node:
    """Change what is given.

    Raises
    ------
    Forbidden
        Also when a node changes more than its own address.
    """
    node = Node.by_id(id_)
    require(actor, "node", Op.EDIT, on=node)
    if actor.kind is not Kind.USER and (body.name, *_place(body)) != (None, None, None):
        raise Forbidden("a node may only change its own address")
    if _place(body) != (None, None):
        _move(actor, node, body)
    if body.name is not None:
        node.name = body.name
    if body.ip:
        node.ip = body.ip
    elif body.clear_ip:
        node.ip = None
    return node.save()


def reset_api_key(actor: Principal, id_: int) -> Node:
    """Give a node a new key, see `create`; the old one and all tokens of the node end."""
    node = Node.held(id_)
    require(actor, "node", Op.EDIT, on=node)
    node.api_key = str(uuid.uuid4())
    node.end_tokens()
    return node.save()


def delete(actor: Principal, id_: int) -> None:
    """Remove a node; runs that it has not finished wait for the next node of its organization."""
    node = Node.by_id(id_)
    require(actor, "node", Op.DELETE, on=node)
    node.delete()


def connected(actor: Principal, session_id: str) -> None:
    """Note that a node opened a socket, and repeat the kills that it may not have heard of.

    Called after the socket joined its rooms. What the node shared in an earlier life is forgotten:
    it says so again right away, or it shares nothing any more.
    """
    node = Node.held(actor.id)
    node.socket_session, node.last_heartbeat, node.last_seen = session_id, now(), now()
    node.config = []
    node.save()
    _announce(node, NodeOnline(node.id, node.name, node.organization_id))
    if node.collaboration_id is not None:
        killing.announce(node.collaboration_id, killing.requested(node))


def heartbeat(actor: Principal, session_id: str) -> None:
    """Note a sign of life on a socket; it is the present one, whatever was heard before."""
    node = Node.held(actor.id)
    node.socket_session, node.last_heartbeat, node.last_seen = session_id, now(), now()
    node.save()


def disconnected(actor: Principal, session_id: str) -> None:
    """Note that a socket closed, unless the node has opened another one meanwhile."""
    if Node.get(actor.id) is None:
        return  # deleted while it was connected
    node = Node.held(actor.id)
    if node.socket_session != session_id:
        return
    node.socket_session = None
    node.save()
    _announce(node, NodeOffline(node.id, node.name, node.organization_id))


def share_config(actor: Principal, settings: Mapping[str, Any]) -> None:
    """Replace what is known of a node's configuration; keys that nobody reads are dropped.

    Raises
    ------
    InvalidInput
        When there are too many values.
    """
    shared = [
        (key, value)
        for key in SHARED_KEYS
        if settings.get(key) is not None
        for value in (settings[key] if isinstance(settings[key], list) else [settings[key]])
    ]
    if len(shared) > MAX_SHARED:
        raise InvalidInput(f"a node shares at most {MAX_SHARED} values, not {len(shared)}")
    node = Node.by_id(actor.id)
    node.config = [NodeConfig(key=key, value=_text(value)) for key, value in shared]
    node.save()


def default_name(organization: Organization, collaboration: Collaboration) -> str:
    """Name of a node that nobody named, as in 3.x."""
    return f"{organization.name} - {collaboration.name} Node"


def _place(body: NodeBody) -> tuple[int | None, int | None]:
    return body.organization_id, body.collaboration_id


def _move(actor: Principal, node: Node, body: NodeBody) -> None:
    organization_id = body.organization_id or node.organization_id
    collaboration_id = body.collaboration_id or node.collaboration_id
    if (organization_id, collaboration_id) == (node.organization_id, node.collaboration_id):
        return
    if organization_id != node.organization_id:
        require_global(actor, "node", Op.EDIT)
        Organization.by_id(organization_id)
    if collaboration_id is not None:
        collaboration = Collaboration.by_id(collaboration_id)
        if Scope.GLOBAL not in actor.scopes("node", Op.EDIT):
            _require_member(actor, collaboration)
        require_place(collaboration, organization_id)
    node.organization_id, node.collaboration_id = organization_id, collaboration_id


def _require_member(actor: Principal, collaboration: Collaboration) -> None:
    if collaboration.id not in actor.collaboration_ids:
        raise Forbidden("your organization does not take part in that collaboration")


def _has_status(status: str) -> ColumnElement[bool]:
    alive = and_(Node.socket_session.is_not(None), Node.last_heartbeat > now() - ALIVE_FOR)
    known: dict[str, Callable[[], ColumnElement[bool]]] = {
        "online": lambda: alive,
        "offline": lambda: and_(Node.last_heartbeat.is_not(None), not_(alive)),
    }
    if status not in known:
        raise InvalidInput("status must be 'online' or 'offline'", fields={"status": "unknown"})
    return known[status]()


def _announce(node: Node, event: Event) -> None:
    if node.collaboration_id is not None:
        for room in (
            rooms.collaboration(node.collaboration_id),
            rooms.organization(node.collaboration_id, node.organization_id),
        ):
            record(Announcement(event, room))


def _text(value: object) -> str:
    # 3.x shows truth values as digits.
    return str(int(value)) if isinstance(value, bool) else str(value)
