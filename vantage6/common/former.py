"""Small names that scripts of 3.x import from `vantage6.common`."""

import ipaddress
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from vantage6.common.echo import debug, error, info, warning

_LONGEST_NAME = 14


class WhoAmI(NamedTuple):
    """Who is logged in."""

    type_: str
    id_: int
    name: str
    organization_name: str
    organization_id: int


class Singleton(type):
    """Metaclass of classes that have one object per process."""

    _instances: ClassVar[dict[type, Any]] = {}

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """The only object; arguments count the first time."""
        if cls not in cls._instances:
            cls._instances[cls] = super().__call__(*args, **kwargs)
        return cls._instances[cls]


class ClickLogger:
    """The messages of `vantage6.common.echo` in the form of a logger."""

    info = staticmethod(info)
    warn = staticmethod(warning)
    error = staticmethod(error)
    debug = staticmethod(debug)


def logger_name(special__name__: str) -> str:
    """Last part of the name of a module, cut to 14 characters."""
    name = special__name__.rsplit(".", maxsplit=1)[-1]
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}.."


def check_config_writeable(system_folders: bool = False) -> bool:
    """Whether the configuration files of nodes and servers can be written.

    Parameters
    ----------
    system_folders
        Those of the whole machine instead of the present user's.
    """
    from vantage6.common.paths import folders

    return all(
        _is_writeable(folders(component, "any", system=system_folders).config)
        for component in ("node", "server")
    )


def is_ip_address(ip: str) -> bool:
    """Whether a text is the address of a machine by number."""
    try:
        ipaddress.ip_address(ip)
    except ValueError:
        return False
    return True


def get_database_config(
    databases: Mapping[str, str] | Sequence[Mapping[str, Any]], label: str
) -> Mapping[str, Any] | None:
    """The database of a label in the configuration of a node; None when there is none.

    Parameters
    ----------
    databases
        ``{label: uri}``, or a list of ``{"label", "uri", "type"}``.
    label
        Which one.
    """
    if isinstance(databases, Mapping):
        found = databases.get(label)
        return None if found is None else {"label": label, "uri": found, "type": None}
    return next((database for database in databases if database.get("label") == label), None)


def generate_apikey() -> str:
    """A new random key, in the form of those of nodes."""
    return str(uuid.uuid4())


def _is_writeable(folder: Path) -> bool:
    """Whether files can be made in a folder, or the folder itself can be."""
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)
