"""Import of organizations, users and collaborations; see `fixture_file` for the file.

A user without `roles` gets the role ``super`` of its organization, which holds every rule. All
problems are told at once, by their path in the file; nothing is stored unless everything is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, select

from vantage6.common.errors import ConfigurationError
from vantage6.server.fixture_file import (
    CollaborationEntry,
    Fixtures,
    OrganizationEntry,
    UserEntry,
    load,
)
from vantage6.server.model import (
    Base,
    Collaboration,
    Node,
    Organization,
    Result,
    Role,
    Rule,
    Task,
    User,
)
from vantage6.server.model.node import hash_api_key
from vantage6.server.permission.roles import RESERVED_NAMES
from vantage6.server.service.node import default_name
from vantage6.server.session import current_session
from vantage6.server.startup import align_permissions

__all__ = ["Fixtures", "Imported", "import_fixtures", "load"]

SUPER = "super"
"""Role that imported users get when the file names none."""
_EXAMPLE_INPUT = "c29tZXRoaW5n"  # "something" in base64

_UNIQUE = {
    "user name": User.username,
    "mail address": User.email,
    "organization": Organization.name,
    "collaboration": Collaboration.name,
    "API key": Node.api_key_hash,
}
"""What may be there only once, and where it is stored."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How much was imported."""

    organizations: int
    users: int
    collaborations: int
    nodes: int


def import_fixtures(fixtures: Fixtures, *, drop_all: bool = False) -> Imported:
    """Store everything, inside the caller's unit of work.

    Parameters
    ----------
    fixtures
        From `load`.
    drop_all
        Remove everything that is stored before; the user `root` is made anew at the next start of
        the server.

    Raises
    ------
    ConfigurationError
        With everything that contradicts itself or what is stored already.
    """
    if drop_all:
        for table in reversed(Base.metadata.sorted_tables):
            current_session().execute(delete(table))
    align_permissions()
    problems = [*_conflicts(fixtures), *_unknown(fixtures)]
    if problems:
        raise ConfigurationError("\n".join(["nothing was imported:", *sorted(problems)]))
    for organization in fixtures.organizations:
        _store_organization(organization)
    for collaboration in fixtures.collaborations:
        _store_collaboration(collaboration)
    return Imported(
        organizations=len(fixtures.organizations),
        users=sum(len(entry.users) for entry in fixtures.organizations),
        collaborations=len(fixtures.collaborations),
        nodes=sum(len(entry.participants) for entry in fixtures.collaborations),
    )


def _unique_values(fixtures: Fixtures) -> Iterator[tuple[str, str, str]]:
    """Everything that may be there only once: kind, path, and the value as it is stored."""
    for i, organization in enumerate(fixtures.organizations):
        yield "organization", f"organizations.{i}.name", organization.name
        for j, user in enumerate(organization.users):
            path = f"organizations.{i}.users.{j}"
            yield "user name", f"{path}.username", user.username
            if user.email:
                yield "mail address", f"{path}.email", user.email
    for i, collaboration in enumerate(fixtures.collaborations):
        yield "collaboration", f"collaborations.{i}.name", collaboration.name
        for j, participant in enumerate(collaboration.participants):
            path = f"collaborations.{i}.participants.{j}.api_key"
            yield "API key", path, hash_api_key(participant.api_key.get_secret_value())


def _conflicts(fixtures: Fixtures) -> Iterator[str]:
    seen = {kind: _stored(kind, fixtures) for kind in _UNIQUE}
    for kind, path, value in _unique_values(fixtures):
        if value in seen[kind]:
            shown = "" if kind == "API key" else f" '{value}'"
            yield f"{path}: the {kind}{shown} is there already, {seen[kind][value]}"
        seen[kind].setdefault(value, f"at {path}")


def _stored(kind: str, fixtures: Fixtures) -> dict[str, str]:
    column = _UNIQUE[kind]
    wanted = {value for other, _, value in _unique_values(fixtures) if other == kind}
    rows = current_session().scalars(select(column).where(column.in_(wanted)))
    return {str(value): "in the database" for value in rows}


def _unknown(fixtures: Fixtures) -> Iterator[str]:
    for i, organization in enumerate(fixtures.organizations):
        for j, user in enumerate(organization.users):
            for role in set(user.roles or ()) - RESERVED_NAMES - {SUPER}:
                known = ", ".join(sorted(RESERVED_NAMES))
                yield f"organizations.{i}.users.{j}.roles: no role '{role}'; there are: {known}"
    names = {organization.name for organization in fixtures.organizations}
    for i, collaboration in enumerate(fixtures.collaborations):
        here: set[str] = set()
        for j, participant in enumerate(collaboration.participants):
            path = f"collaborations.{i}.participants.{j}.name"
            if participant.name in here:
                yield f"{path}: '{participant.name}' takes part already"
            here.add(participant.name)
            if participant.name not in names and _organization(participant.name) is None:
                yield f"{path}: there is no organization '{participant.name}'"


def _organization(name: str) -> Organization | None:
    rows = select(Organization).where(Organization.name == name).order_by(Organization.id)
    return current_session().scalars(rows).first()


def _store_organization(entry: OrganizationEntry) -> None:
    organization = Organization(
        **entry.model_dump(exclude={"users", "public_key"}), public_key=entry.public_key
    ).save()
    if entry.users:
        everything = Role(name=SUPER, description="May do everything", rules=list(Rule.get()))
        everything.organization = organization
        everything.save()
    for user in entry.users:
        _store_user(organization, user)


def _store_user(organization: Organization, entry: UserEntry) -> None:
    names = {SUPER} if entry.roles is None else set(entry.roles)
    shared = select(Role).where(Role.organization_id.is_(None), Role.name.in_(names))
    own = [role for role in organization.roles if role.name in names]
    User(
        username=entry.username,
        password=entry.password.get_secret_value(),
        firstname=entry.firstname,
        lastname=entry.lastname,
        email=entry.email or None,
        organization=organization,
        roles=[*current_session().scalars(shared), *own],
    ).save()


def _store_collaboration(entry: CollaborationEntry) -> None:
    collaboration = Collaboration(name=entry.name, encrypted=entry.encrypted).save()
    for participant in entry.participants:
        organization = _organization(participant.name)
        assert organization is not None  # checked in `_unknown`
        collaboration.organizations.append(organization)
        Node(
            name=default_name(organization, collaboration),
            api_key=participant.api_key.get_secret_value(),
            organization=organization,
            collaboration=collaboration,
        ).save()
    for image in entry.tasks if entry.participants else ():
        _store_task(collaboration, image)


def _store_task(collaboration: Collaboration, image: str) -> None:
    members = collaboration.organizations
    task = Task(
        name="Example task",
        image=image,
        run_id=0,
        collaboration_id=collaboration.id,
        initiator_id=members[0].id,
        results=[Result(organization_id=member.id, input=_EXAMPLE_INPUT) for member in members],
    ).save()
    task.run_id = task.id
    task.save()
