"""Import of organizations, users and collaborations; see `fixture_file` for the file.

A user without `roles` gets the role ``super`` of its organization, which holds every rule. All
problems are told at once, by their place in the file; nothing is stored unless everything is.

With `Existing.KEEP` what is there already stays as it is, and what is missing is added to it. With
`Existing.UPDATE` it also gets the values that the file gives. Doing either again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from vantage6.common.errors import ConfigurationError
from vantage6.server.fixture_file import (
    CollaborationEntry,
    Fixtures,
    OrganizationEntry,
    ParticipantEntry,
    UserEntry,
    load,
)
from vantage6.server.fixture_problems import SUPER, Existing, problems
from vantage6.server.model import (
    Base,
    Collaboration,
    Node,
    Organization,
    Result,
    Role,
    Rule,
    Stranger,
    Task,
    User,
)
from vantage6.server.model.node import hash_api_key
from vantage6.server.service.node import default_name
from vantage6.server.session import current_session
from vantage6.server.startup import align_permissions

__all__ = ["Existing", "Fixtures", "Imported", "import_fixtures", "load"]

_EXAMPLE_INPUT = "c29tZXRoaW5n"  # "something" in base64


@dataclass
class Imported:
    """What was done, in the words of the report: ``user 'doctor'``.

    Attributes
    ----------
    made
        What was not there before.
    changed
        What got other values.
    kept
        What was left as it is.
    """

    made: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def number(self, kind: str) -> int:
        """How many things of a kind were made, such as ``user``."""
        return sum(name.startswith(f"{kind} '") for name in self.made)


def import_fixtures(
    fixtures: Fixtures, *, existing: Existing = Existing.REFUSE, drop_all: bool = False
) -> Imported:
    """Store everything, inside the caller's unit of work.

    Parameters
    ----------
    fixtures
        From `load`.
    existing
        What becomes of what is there already.
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
            if table is not Stranger.__table__:  # it belongs to the tables, not to what they hold
                current_session().execute(delete(table))
    align_permissions()
    found = sorted(problems(fixtures, existing))
    if found:
        raise ConfigurationError("\n".join(["nothing was imported:", *found]))
    importing = _Import(is_update=existing is Existing.UPDATE)
    for organization in fixtures.organizations:
        importing.organization(organization)
    for collaboration in fixtures.collaborations:
        importing.collaboration(collaboration)
    return importing.done


class _Import:
    """Stores entries one by one, and notes what it did.

    Parameters
    ----------
    is_update
        Whether what is there already gets the values of the file.
    """

    def __init__(self, *, is_update: bool) -> None:
        self.done = Imported()
        self._is_update = is_update

    def organization(self, entry: OrganizationEntry) -> None:
        values = entry.model_dump(exclude={"users"}, exclude_unset=True)
        organization = Organization.get_by_name(entry.name)
        if organization is None:
            organization = Organization(**values).save()
            self.done.made.append(f"organization '{entry.name}'")
        else:
            self._update(f"organization '{entry.name}'", organization, values)
        for user in entry.users:
            self._user(organization, user)

    def _user(self, organization: Organization, entry: UserEntry) -> None:
        values = entry.model_dump(include={"firstname", "lastname", "email"}, exclude_unset=True)
        values = {name: value or None for name, value in values.items()}
        password = entry.password.get_secret_value()
        user = User.find(entry.username)
        if user is None:
            roles = self._roles(organization, entry)
            user = User(username=entry.username, password=password, roles=roles, **values)
            user.organization = organization
            user.save()
            self.done.made.append(f"user '{entry.username}'")
            return
        ended = self._is_update and not user.check_password(password)
        if ended:
            user.end_tokens()
            values["password"] = password
        if self._is_update and entry.roles is not None:
            roles = self._roles(organization, entry)
            if set(roles) != set(user.roles):
                values["roles"] = roles
        self._update(f"user '{entry.username}'", user, values)

    def _roles(self, organization: Organization, entry: UserEntry) -> list[Role]:
        names = {SUPER} if entry.roles is None else set(entry.roles)
        shared = select(Role).where(Role.organization_id.is_(None), Role.name.in_(names))
        own = [_super_role(organization)] if SUPER in names else []
        return [*current_session().scalars(shared.order_by(Role.id)), *own]

    def collaboration(self, entry: CollaborationEntry) -> None:
        name = f"collaboration '{entry.name}'"
        collaboration = Collaboration.get_by_name(entry.name)
        is_new = collaboration is None
        if collaboration is None:
            collaboration = Collaboration(name=entry.name, encrypted=entry.encrypted).save()
            self.done.made.append(name)
        else:
            self._update(
                name, collaboration, entry.model_dump(include={"encrypted"}, exclude_unset=True)
            )
        for participant in entry.participants:
            self._participant(collaboration, participant)
        for image in entry.tasks if is_new and entry.participants else ():
            _store_task(collaboration, image)
            self.done.made.append(f"task '{image}'")

    def _participant(self, collaboration: Collaboration, entry: ParticipantEntry) -> None:
        organization = Organization.get_by_name(entry.name)
        assert organization is not None  # checked in `problems`
        if organization not in collaboration.organizations:
            collaboration.organizations.append(organization)
        key = entry.api_key.get_secret_value()
        node = next(
            (node for node in collaboration.nodes if node.organization is organization), None
        )
        if node is None:
            node = Node(name=default_name(organization, collaboration), api_key=key)
            node.organization, node.collaboration = organization, collaboration
            node.save()
            self.done.made.append(f"node '{node.name}'")
        elif node.api_key == hash_api_key(key):
            self.done.kept.append(f"node '{node.name}'")
        elif self._is_update:
            node.api_key = key
            node.end_tokens()
            node.save()
            self.done.changed.append(f"node '{node.name}'")
        else:
            self.done.kept.append(f"node '{node.name}', whose API key is not that of the file")

    def _update(self, name: str, row: Any, values: Mapping[str, Any]) -> None:
        """Give a row the values that it does not have yet, if that is wanted."""
        other = {
            key: value
            for key, value in values.items()
            if key in {"password", "roles"} or (getattr(row, key) or None) != (value or None)
        }
        if not self._is_update or not other:
            self.done.kept.append(name)
            return
        for key, value in other.items():
            setattr(row, key, value)
        row.save()
        self.done.changed.append(name)


def _super_role(organization: Organization) -> Role:
    role = next((role for role in organization.roles if role.name == SUPER), None)
    rules = list(Rule.get())
    if role is None:
        role = Role(name=SUPER, description="May do everything", organization=organization)
    role.rules = rules
    return role.save()


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
