"""The files of a demo network: who takes part, the configurations, and what the server imports.

Everything is below one folder, readable by its owner only::

    network.json              who takes part, with passwords and API keys
    entities.yaml             what the server imports
    NAME_server.yaml          configuration of the server
    NAME_node_1.yaml …        configuration of each node
    NAME_server/  NAME_node_1/ …  data and log of each
    *.pem                     private keys, in an encrypted network
"""

import dataclasses
import json
import secrets
import socket
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from vantage6.common.errors import ConfigurationError

Runtime = Literal["docker", "process"]
COLLABORATION = "demo"
IMAGE = "vantage6/average:3.12"
"""The example algorithm that every network can run."""
ENTITIES = "entities.yaml"
ENVIRONMENT = "dev"
HOST = "127.0.0.1"
_NETWORK = "network.json"


@dataclass(frozen=True, slots=True)
class Member:
    """An organization of the network and its node; `databases` are CSV files by label."""

    name: str
    node: str
    api_key: str
    databases: dict[str, str]
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a demo network consists of; the folder itself is not part of it.

    The user belongs to the first organization. `algorithms` are what the process runtime has in
    place of images; see `vantage6.cli.vdev.algorithms.packages`.
    """

    server: str
    members: tuple[Member, ...]
    username: str
    password: str
    port: int
    runtime: Runtime
    encrypted: bool
    algorithms: dict[str, str]


def make_plan(
    folder: Path,
    databases: Sequence[Mapping[str, Path]],
    runtime: Runtime,
    *,
    encrypted: bool,
    algorithms: Mapping[str, str],
    port: int | None = None,
) -> Plan:
    """A new network, with random passwords and keys.

    Parameters
    ----------
    folder
        Gives the parts their names.
    databases
        CSV files by label, one mapping for each node.
    runtime, encrypted, algorithms
        See `Plan`.
    port
        Where the server listens; a free port when left out.
    """
    members = tuple(
        Member(
            name=f"org_{number}",
            # The name of a node marks its containers: those of two networks must differ.
            node=f"{folder.name}_node_{number}",
            api_key=str(uuid.uuid4()),
            databases={label: str(file.resolve()) for label, file in files.items()},
            key_file=str(folder / f"org_{number}.pem") if encrypted else None,
        )
        for number, files in enumerate(databases, start=1)
    )
    return Plan(
        server=f"{folder.name}_server",
        members=members,
        username="org_1-admin",
        password=secrets.token_urlsafe(16),
        port=port or free_port(),
        runtime=runtime,
        encrypted=encrypted,
        algorithms=dict(algorithms),
    )


def exists(folder: Path) -> bool:
    """Whether the folder holds a complete network."""
    return (folder / _NETWORK).exists()


def write(folder: Path, plan: Plan) -> None:
    """Write the configurations and what the server imports; the folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    public_keys = {member.name: _make_key(member) for member in plan.members}
    _write(folder / ENTITIES, _entities(plan, public_keys))
    _write(folder / f"{plan.server}.yaml", _server(folder / plan.server, plan))
    for member in plan.members:
        _write(folder / f"{member.node}.yaml", _node(folder / member.node, plan, member))


def seal(folder: Path, plan: Plan) -> None:
    """Remember the plan: from here on the network is complete."""
    _write(folder / _NETWORK, dataclasses.asdict(plan))


def read_plan(folder: Path) -> Plan:
    """The plan that `seal` wrote.

    Raises
    ------
    ConfigurationError
        When there is none, or one that another version has made.
    """
    try:
        data = json.loads((folder / _NETWORK).read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(f"there is no demo network in {folder}") from error
    try:
        members = tuple(Member(**member) for member in data.pop("members"))
        return Plan(members=members, **data)
    except (KeyError, TypeError) as error:
        raise ConfigurationError(
            f"the demo network in {folder} is of another version; remove that folder"
        ) from error


def free_port() -> int:
    """A TCP port that nobody listens to at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _make_key(member: Member) -> str:
    if member.key_file is None:
        return ""
    from vantage6.common.encryption import RSACryptor

    RSACryptor.create_new_rsa_key(member.key_file)
    return RSACryptor(member.key_file).public_key_str


def _entities(plan: Plan, public_keys: dict[str, str]) -> dict[str, Any]:
    organizations: list[dict[str, Any]] = [
        {"name": member.name, "public_key": public_keys[member.name]} for member in plan.members
    ]
    organizations[0]["users"] = [{"username": plan.username, "password": plan.password}]
    return {
        "organizations": organizations,
        "collaborations": [
            {
                "name": COLLABORATION,
                "encrypted": plan.encrypted,
                "participants": [
                    {"name": member.name, "api_key": member.api_key} for member in plan.members
                ],
            }
        ],
    }


def _server(folder: Path, plan: Plan) -> dict[str, Any]:
    settings = {
        "description": "demo network",
        "type": "dev",
        "ip": HOST,
        "port": plan.port,
        "api_path": "/api",
        "uri": f"sqlite:///{folder / 'server.sqlite'}",
        "allow_drop_all": True,
        **_places(folder),
    }
    return {"environments": {ENVIRONMENT: settings}}


def _node(folder: Path, plan: Plan, member: Member) -> dict[str, Any]:
    encryption: dict[str, Any] = {"enabled": plan.encrypted}
    if member.key_file:
        encryption["private_key"] = member.key_file
    settings = {
        "api_key": member.api_key,
        "server_url": f"http://{HOST}",
        "port": plan.port,
        "api_path": "/api",
        "runtime": plan.runtime,
        "databases": [
            {"label": label, "uri": file, "type": "csv"}
            for label, file in member.databases.items()
        ],
        "encryption": encryption,
        **_places(folder),
    }
    if plan.runtime == "process":
        settings["process_algorithms"] = plan.algorithms
    return {"environments": {ENVIRONMENT: settings}}


def _places(folder: Path) -> dict[str, Any]:
    return {"directories": {"data": str(folder), "log": str(folder)}}


def _write(file: Path, content: dict[str, Any]) -> None:
    # JSON is YAML as well, and json is imported in no time.
    file.touch(0o600)
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
