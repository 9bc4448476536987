"""What stands in the way of an import: contradictions within the file, and with what is stored.

With `Existing.REFUSE` whatever is there already is one. Otherwise it is not, unless it belongs to
something else: a user of another organization, the key of another node.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import select

from vantage6.server.fixture_file import Fixtures
from vantage6.server.model import Collaboration, Node, Organization, User
from vantage6.server.model.node import hash_api_key
from vantage6.server.permission.roles import RESERVED_NAMES
from vantage6.server.session import current_session

SUPER = "super"
"""Role that imported users get when the file names none."""


class Existing(Enum):
    """What becomes of what is there already."""

    REFUSE = "refuse"
    KEEP = "keep"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class _Value:
    """Something that may be there only once; `owner` is whose it is in the file."""

    kind: str
    path: str
    value: str
    owner: str


_COLUMNS = {
    "user name": User.username,
    "mail address": User.email,
    "organization": Organization.name,
    "collaboration": Collaboration.name,
    "API key": Node.api_key_hash,
}
"""Where each kind is stored."""


def problems(fixtures: Fixtures, existing: Existing) -> Iterator[str]:
    """A sentence with its place in the file for everything that has to be put right."""
    found = [*_repeated(fixtures), *_stored(fixtures, existing), *_unknown(fixtures)]
    for path, text in found:
        yield f"{fixtures.place(path)}: {text}"


_Problem = tuple[str, str]


def _values(fixtures: Fixtures) -> Iterator[_Value]:
    for i, organization in enumerate(fixtures.organizations):
        name = organization.name
        yield _Value("organization", f"organizations.{i}.name", name, name)
        for j, user in enumerate(organization.users):
            path = f"organizations.{i}.users.{j}"
            yield _Value("user name", f"{path}.username", user.username, name)
            if user.email:
                yield _Value("mail address", f"{path}.email", user.email, user.username)
    for i, collaboration in enumerate(fixtures.collaborations):
        name = collaboration.name
        yield _Value("collaboration", f"collaborations.{i}.name", name, name)
        for j, participant in enumerate(collaboration.participants):
            path = f"collaborations.{i}.participants.{j}.api_key"
            key = hash_api_key(participant.api_key.get_secret_value())
            yield _Value("API key", path, key, _node(participant.name, name))


def _repeated(fixtures: Fixtures) -> Iterator[_Problem]:
    seen: dict[tuple[str, str], str] = {}
    for each in _values(fixtures):
        before = seen.setdefault((each.kind, each.value), each.path)
        if before != each.path:
            yield each.path, f"{_named(each)} is there already, at {fixtures.place(before)}"


def _stored(fixtures: Fixtures, existing: Existing) -> Iterator[_Problem]:
    there = {kind: _owners(kind, fixtures) for kind in _COLUMNS}
    for each in _values(fixtures):
        owner = there[each.kind].get(each.value)
        if owner is None:
            continue
        if existing is Existing.REFUSE:
            yield each.path, f"{_named(each)} is there already, in the database"
        elif owner != each.owner:
            yield each.path, f"{_named(each)} is there already, and belongs to '{owner}'"


def _owners(kind: str, fixtures: Fixtures) -> dict[str, str]:
    """Whose the values of the file are in the database, by value."""
    column = _COLUMNS[kind]
    wanted = {each.value for each in _values(fixtures) if each.kind == kind}
    model = column.class_
    rows = current_session().scalars(select(model).where(column.in_(wanted)))
    return {getattr(row, column.key): _owner(kind, row) for row in rows}


def _owner(kind: str, row: User | Organization | Collaboration | Node) -> str:
    if kind == "user name" and isinstance(row, User):
        return row.organization.name
    if isinstance(row, User):
        return row.username
    if isinstance(row, Node):
        place = row.collaboration.name if row.collaboration else ""
        return _node(row.organization.name, place)
    return row.name


def _node(organization: str, collaboration: str) -> str:
    return f"the node of {organization} in {collaboration}"


def _named(each: _Value) -> str:
    shown = "" if each.kind == "API key" else f" '{each.value}'"
    return f"the {each.kind}{shown}"


def _unknown(fixtures: Fixtures) -> Iterator[_Problem]:
    for i, organization in enumerate(fixtures.organizations):
        for j, user in enumerate(organization.users):
            for role in sorted(set(user.roles or ()) - RESERVED_NAMES - {SUPER}):
                known = ", ".join(sorted(RESERVED_NAMES))
                path = f"organizations.{i}.users.{j}.roles"
                yield path, f"no role '{role}'; there are: {known}"
    names = {organization.name for organization in fixtures.organizations}
    for i, collaboration in enumerate(fixtures.collaborations):
        here: set[str] = set()
        for j, participant in enumerate(collaboration.participants):
            path = f"collaborations.{i}.participants.{j}.name"
            if participant.name in here:
                yield path, f"'{participant.name}' takes part already"
            here.add(participant.name)
            if participant.name not in names and not Organization.get_by_name(participant.name):
                yield path, f"there is no organization '{participant.name}'"
