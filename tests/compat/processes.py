"""Servers and nodes of a federation as processes: ours, and the published server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml
from tests.compat.federation import DATA, KINDS, Federation
from tests.environments import peer
from vantage6.cli import running
from vantage6.cli.vdev import sweep
from vantage6.cli.vdev.child import Child, stop_all
from vantage6.node.instance import State, read_state

ENVIRONMENT = "test"
START_LIMIT_S = 120
PUBLISHED_SERVER = ("vantage6-server==3.11.1", "zope.interface==5.5.2", "zope.event==4.6")
"""The server, and what its gevent asks for in any version but reads in old ones only."""
LOGGING = {"level": "INFO", "use_console": True, "backup_count": 5, "max_size": 1024}
LOGGING |= {"format": "%(asctime)s %(name)s %(levelname)s %(message)s", "datefmt": "%H:%M:%S"}
ALGORITHM_ENV = {"MINIMUM_ROWS": "1"}
"""What the owners of nodes set: the organizations have few rows."""


# --- servers ------------------------------------------------------------------------------------


class Server:
    """A server process that may be killed and started again at the same address."""

    def __init__(self, federation: Federation, child: Child) -> None:
        self._federation, self._child = federation, child

    def start(self, *arguments: str) -> None:
        """Start it, this time with more arguments, and wait until it answers."""
        self._child.start(*arguments)
        self._child.wait_until(self._answers, START_LIMIT_S)

    def kill(self) -> None:
        """End it as a crash would."""
        self._child.kill()

    def stop(self) -> None:
        """End it."""
        self._child.stop()

    def _answers(self) -> bool:
        address = f"http://{self._federation.host}:{self._federation.port}/api/version"
        try:
            return requests.get(address, timeout=START_LIMIT_S).ok
        except requests.ConnectionError:
            return False


@contextmanager
def our_server(federation: Federation) -> Iterator[Server]:
    """A server of ours that knows the federation."""
    settings = {"ip": federation.host, "port": federation.port, "api_path": "/api"}
    config = write_config(federation.folder / "ours.yaml", settings | _places(federation.folder))
    entities = federation.folder / "entities.yaml"
    entities.write_text(yaml.safe_dump(federation.entities()))
    program = _ours("vserver", config)
    server = Server(federation, Child("our server", program, federation.folder / "ours.out"))
    try:
        server.start("--import", str(entities))
        yield server
    finally:
        server.stop()


@contextmanager
def published_server(federation: Federation) -> Iterator[Server]:
    """The published server; without a secret of its own, so that a restart ends all tokens."""
    folder = federation.folder / "published"
    folder.mkdir()
    settings = {"ip": federation.host, "port": federation.port, "api_path": "/api"}
    settings |= {"description": "compat", "type": "test", "allow_drop_all": True}
    settings |= {"uri": f"sqlite:///{folder / 'published.sqlite'}"}
    settings |= {"logging": LOGGING | {"file": "published.log"}}
    config = write_config(folder / "published.yaml", settings)
    command = Path(peer(*PUBLISHED_SERVER)).with_name("vserver-local")
    program = [str(command), "start", "-c", str(config), "-e", ENVIRONMENT, "--user"]
    output = folder / "published.out"
    child = Child("published server", program, output, published_environment(folder))
    server = Server(federation, child)
    try:
        server.start()
        yield server
    finally:
        server.stop()


# --- nodes --------------------------------------------------------------------------------------


class OurNode:
    """A node of ours that runs algorithms in containers."""

    def __init__(self, federation: Federation, kind: str, organization: str) -> None:
        # Its name is part of the names of containers: two test runs must not meet.
        self.name = f"compat-{os.getpid()}-{federation.port}-{kind}-{organization}"
        self._data = federation.folder / self.name
        database = {"label": "default", "uri": str(federation.databases[organization])}
        settings = {
            "api_key": federation.api_keys[kind, organization],
            "server_url": f"http://{federation.host}",
            "port": federation.port,
            "api_path": "/api",
            "databases": [database | {"type": "csv"}],
            "encryption": federation.encryption(kind, organization),
            "algorithm_env": ALGORITHM_ENV,
        }
        config = write_config(
            federation.folder / f"{self.name}.yaml", settings | _places(self._data)
        )
        output = federation.folder / f"{self.name}.out"
        # Many come at once, and a published server takes its time for each.
        self.child = Child(self.name, [*_ours("vnode", config), "--wait"], output)

    def wait(self) -> None:
        """Wait until it is ready to take tasks."""
        self.child.wait_until(self._is_ready, START_LIMIT_S)

    def log(self) -> str:
        """Everything that it logged."""
        return self.child.output.read_text("utf-8")

    def _is_ready(self) -> bool:
        is_mine = running.process_id(self._data) == self.child.pid
        return is_mine and read_state(self._data)[0] is State.READY


Nodes = dict[tuple[str, str], OurNode]
"""By collaboration and organization."""


@contextmanager
def our_nodes(federation: Federation, *organizations: str) -> Iterator[Nodes]:
    """Nodes of ours for organizations, or for all, in both collaborations."""
    nodes = {
        (kind, name): OurNode(federation, kind, name)
        for kind in KINDS
        for name in organizations or DATA
    }
    try:
        for node in nodes.values():
            node.child.start()
        for node in nodes.values():
            node.wait()
        yield nodes
    finally:
        stop_all([node.child for node in nodes.values()])
        sweep.remove_algorithm_containers([node.name for node in nodes.values()])


# --- containers ---------------------------------------------------------------------------------


def docker(*arguments: str) -> str:
    """What a command of the engine's client prints."""
    return subprocess.check_output(["docker", *arguments], text=True).strip()


def containers(node: str) -> list[str]:
    """Ids of all containers of a node's runs, whether they run or not."""
    return docker("ps", "-aq", "--filter", f"label=node={node}").split()


def algorithm(node: str, result_id: int) -> str:
    """Id of the container of a run."""
    labels = [f"node={node}", f"result_id={result_id}", "vantage6-type=algorithm"]
    filters = [option for label in labels for option in ("--filter", f"label={label}")]
    (container,) = docker("ps", "-q", *filters).split()
    return container


# --- files --------------------------------------------------------------------------------------


def published_environment(home: Path) -> dict[str, str]:
    """Variables that keep a published program to folders below `home`, and to its own packages."""
    folders = {
        f"XDG_{name.upper()}_HOME": str(home / name) for name in ("config", "data", "cache")
    }
    return folders | {"XDG_CONFIG_DIRS": str(home / "system"), "PYTHONPATH": ""}


def write_config(file: Path, settings: dict[str, Any]) -> Path:
    """Write a configuration with one environment, in the form that published programs read."""
    environments: dict[str, Any] = {name: {} for name in ("prod", "acc", "dev")}
    content = {"application": {}, "environments": environments | {ENVIRONMENT: settings}}
    file.write_text(yaml.safe_dump(content))
    return file


def _ours(command: str, config: Path) -> list[str]:
    program = f"from vantage6.cli.{command}.local import cli; cli()"
    options = ["-c", str(config), "-e", ENVIRONMENT, "--user"]
    return [sys.executable, "-c", program, "start", *options]


def _places(folder: Path) -> dict[str, Any]:
    return {"directories": {"data": str(folder), "log": str(folder)}}
