"""Which organizations of a collaboration can be asked to run a task, and with which input."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, select

from vantage6.common.encryption import is_envelope
from vantage6.common.errors import InvalidInput
from vantage6.server.model import Member, Node, NodeConfig, Organization, User
from vantage6.server.permission.principal import Principal
from vantage6.server.session import current_session

Members = Mapping[int, int | None]
"""Node of each member of a collaboration, by organization; None where there is none."""

_USERS, _ORGANIZATIONS = "allowed_users", "allowed_orgs"


@dataclass(frozen=True, slots=True)
class TaskOrganization:
    """An organization that is asked, and the input for it: base64, or encrypted for it."""

    id: int
    input: str | None = None


def members_of(collaboration_id: int) -> Members:
    """Organizations of a collaboration with their nodes."""
    own_node = and_(
        Node.organization_id == Member.c.organization_id,
        Node.collaboration_id == Member.c.collaboration_id,
    )
    rows = current_session().execute(
        select(Member.c.organization_id, Node.id)
        .outerjoin(Node, own_node)
        .where(Member.c.collaboration_id == collaboration_id)
    )
    return {row.organization_id: row.id for row in rows}


def require_reachable(members: Members, asked: Collection[TaskOrganization]) -> None:
    """Refuse organizations that cannot be asked.

    Raises
    ------
    InvalidInput
        Without any, with one twice, with one that is not a member or has no node.
    """
    ids = [organization.id for organization in asked]
    if not ids:
        raise InvalidInput("say which organizations are to run the task")
    if len(set(ids)) < len(ids):
        raise InvalidInput("an organization is in the list more than once")
    strangers = sorted(set(ids) - set(members))
    if strangers:
        raise InvalidInput(f"not in this collaboration: organization {_listed(strangers)}")
    without = [id_ for id_ in ids if members[id_] is None]
    if without:
        raise InvalidInput(f"no node in this collaboration: organization {_listed(without)}")


def require_encrypted(asked: Collection[TaskOrganization]) -> None:
    """Refuse input that is readable, in a collaboration that agreed on encryption.

    Raises
    ------
    InvalidInput
        When one of the inputs is not an envelope.
    """
    readable = [entry.id for entry in asked if not is_envelope(entry.input or "")]
    if readable:
        raise InvalidInput(
            "this collaboration is encrypted, but the input is not: "
            f"organization {_listed(readable)}"
        )


def require_allowed(actor: Principal, members: Members, asked: Collection[int]) -> None:
    """Refuse when a node shares an allow-list on which the user is not.

    Raises
    ------
    InvalidInput
        With the organizations whose nodes would refuse.

    Notes
    -----
    An entry of digits is an id and nothing else, any other entry is a name: a user who calls
    itself "13" is not user 13 (CVE-2023-28635).
    """
    lists = _allow_lists([node for id_ in asked if (node := members[id_]) is not None])
    if not lists:
        return
    names = current_session().execute(
        select(User.username, Organization.name)
        .join(Organization, Organization.id == User.organization_id)
        .where(User.id == actor.id)
    )
    username, organization = names.one()
    mine = {(_USERS, entry) for entry in _entries(actor.id, username)} | {
        (_ORGANIZATIONS, entry) for entry in _entries(actor.organization_id, organization)
    }
    refusing = [id_ for id_ in asked if members[id_] in lists and not mine & lists[members[id_]]]
    if refusing:
        raise InvalidInput(f"you are not on the allow-list of organization {_listed(refusing)}")


def _allow_lists(node_ids: list[int]) -> dict[int | None, set[tuple[str, str]]]:
    rows = current_session().execute(
        select(NodeConfig.node_id, NodeConfig.key, NodeConfig.value).where(
            NodeConfig.node_id.in_(node_ids), NodeConfig.key.in_((_USERS, _ORGANIZATIONS))
        )
    )
    lists: dict[int | None, set[tuple[str, str]]] = {}
    for node_id, key, value in rows:
        lists.setdefault(node_id, set()).add((key, value.strip()))
    return lists


def _entries(id_: int, name: str) -> set[str]:
    """Entries of an allow-list that mean somebody with this id and name."""
    return {str(id_)} if name.strip().isdigit() else {str(id_), name}


def _listed(ids: Collection[int]) -> str:
    return ", ".join(map(str, ids))
