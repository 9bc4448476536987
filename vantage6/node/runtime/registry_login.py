"""Accounts at private image registries, as the configuration names them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from vantage6.node.image_name import registry_of


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """Account at a registry; the password is never shown."""

    registry: str
    username: str
    password: str = field(repr=False)


class RegistryLogins:
    """The accounts of a node, by registry as references name it.

    Parameters
    ----------
    logins
        The last one of a registry counts.
    """

    def __init__(self, logins: Iterable[RegistryLogin] = ()) -> None:
        self._logins = {registry_of(login.registry): login for login in logins}

    def at(self, registry: str) -> RegistryLogin | None:
        """The account at a registry; None where there is none."""
        return self._logins.get(registry)

    def for_engine(self, registry: str) -> dict[str, str] | None:
        """The same as Docker's client sends it; with None it looks in its own configuration."""
        login = self.at(registry)
        if login is None:
            return None
        return {"username": login.username, "password": login.password}
