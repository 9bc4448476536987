"""The environment of an algorithm: the contract's variables, with values that stay values.

Notes
-----
The names are 3.x wire format (protocol, container contract). No value passes a shell or becomes
part of code: published nodes before 4.2 could be made to run commands through variables
(CVE-2024-21649), so names are checked and values are handed over as they are.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from vantage6.common import contract
from vantage6.node.runtime.base import Database, RunSpec, StartError

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a run finds its things, as the algorithm sees them.

    `databases` maps each label to a path or an address; `host` has a scheme, as in
    ``http://proxyserver``.
    """

    folder: PurePath
    temporary: PurePath
    databases: Mapping[str, str]
    host: str
    port: int


def run_environment(spec: RunSpec, places: Places) -> dict[str, str]:
    """All variables of a run; those of the node's configuration win over the contract's.

    Raises
    ------
    StartError
        When a label or a name cannot be a variable.
    """
    check_labels(spec.databases)
    environment = {
        contract.INPUT_FILE: str(places.folder / contract.INPUT),
        contract.OUTPUT_FILE: str(places.folder / contract.OUTPUT),
        contract.TOKEN_FILE: str(places.folder / contract.TOKEN),
        contract.TEMPORARY_FOLDER: str(places.temporary),
        contract.HOST: places.host,
        contract.PORT: str(places.port),
        contract.API_PATH: "",
        **_database_variables(spec, places.databases),
        **spec.environment,
    }
    for name, value in environment.items():
        _check_variable(name, value)
    return environment


def check_labels(databases: tuple[Database, ...]) -> None:
    """Refuse labels that cannot be told apart, or cannot be part of a variable's name.

    Raises
    ------
    StartError
        Names the label.
    """
    seen: set[str] = set()
    for database in databases:
        if not _LABEL.fullmatch(database.label):
            raise StartError(
                f"the node's configuration has a database label {database.label!r}; labels are"
                " letters, digits, - and _, and do not start with a digit"
            )
        if database.label.upper() in seen:
            raise StartError(
                f"the node's configuration has two databases with the label {database.label!r}"
                " (upper and lower case are the same)"
            )
        seen.add(database.label.upper())


def _database_variables(spec: RunSpec, addresses: Mapping[str, str]) -> dict[str, str]:
    variables = {
        contract.DATABASE_LABELS: json.dumps([database.label for database in spec.databases])
    }
    for database in spec.databases:
        variables[contract.database_uri(database.label)] = addresses[database.label]
        if database.kind:
            variables[contract.database_type(database.label)] = database.kind
    requested = spec.requested_label
    if requested is not None and requested in addresses:
        variables[contract.REQUESTED_LABEL] = requested
        variables[contract.LEGACY_DATABASE_URI] = addresses[requested]
    return variables


def _check_variable(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise StartError(f"the node's configuration sets a variable with the name {name!r}")
    if "\0" in value:
        raise StartError(f"the value of the variable {name} has a zero byte in it")
