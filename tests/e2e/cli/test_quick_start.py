"""A new administrator and a new data owner go through the quick starts of the manual."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.cli.study import KEY, PASSWORD, Study
from tests.e2e.cli.terminal import CLEAR, INTERRUPT, Terminal

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(600)]

SERVER, NODE = f"main-{os.getpid()}", f"hospital-{os.getpid()}"


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def study(home: Path) -> Study:
    return Study(home)


@pytest.fixture(autouse=True)
def _nothing_stays(engine: Any) -> Iterator[None]:
    """Also after a failure."""
    yield
    for container in containers(engine):
        container.remove(force=True, v=True)
    for network in engine.networks.list(names=[SERVER]):
        network.remove()


def containers(engine: Any) -> list[Any]:
    return [
        c
        for c in engine.containers.list(all=True, ignore_removed=True)
        if SERVER in c.name or NODE in c.name
    ]


def left_behind(engine: Any, home: Path) -> list[str]:
    """Names of everything that commands made and that is still there."""
    volumes = [v.name for v in engine.volumes.list() if NODE in v.name or SERVER in v.name]
    networks = [network.name for network in engine.networks.list(names=[SERVER])]
    files = [str(path) for path in home.rglob("vantage6")]
    return [*(each.name for each in containers(engine)), *networks, *volumes, *files]


def make_server(somebody: Terminal, port: int) -> None:
    somebody.types("vserver", "new")
    somebody.answers("Name of the configuration", f"{SERVER}\r").answers("Environment")
    somebody.answers("What this server is for").answers("Address that the server listens to")
    somebody.answers("Port that the server listens to", f"{CLEAR}{port}\r")
    somebody.answers("Path below which").answers("Database as SQLAlchemy URI")
    somebody.answers("Let an import remove everything", "n")
    somebody.answers("Ask users for a second factor", "n").answers("Lowest level that is written")
    somebody.answers("EduVPN", "n").answers("RabbitMQ", "n")
    assert "vserver start" in somebody.reads()


def start_server(somebody: Terminal) -> None:
    imported = somebody.does("vserver", "import", "entities.yaml", "--name", SERVER)
    assert "The user 'root' was made. Its password is shown this once: " in imported
    somebody.types("vserver", "start", "--name", SERVER, "--attach")
    somebody.answers(f"The server {SERVER} is ready at http://127.0.0.1:", "")
    somebody.answers("ready at http://0.0.0.0:5000", INTERRUPT)
    assert "The server goes on" in somebody.reads()


def make_node(somebody: Terminal, port: int, data: Path) -> None:
    somebody.types("vnode", "new", "--name", NODE, "-e", "application")
    somebody.answers("Key with which the node logs in", f"{KEY}\r").answers("Scheme and host")
    somebody.answers("Port of the server", f"{CLEAR}{port}\r").answers("Path below which")
    somebody.answers("Add a database?", "y").answers("Label")
    somebody.answers("File or address", f"{data}\r").answers("Type")
    somebody.answers("Add a database?", "n").answers("one must match the whole name")
    somebody.answers("Lowest level that is written").answers("File with the private key")
    assert "vnode create-private-key" in somebody.reads()


def make_key(somebody: Terminal) -> Path:
    somebody.types("vnode", "create-private-key", "--name", NODE)
    somebody.answers("Username", "alice\r").answers("Password", f"{PASSWORD}\r")
    printed = somebody.reads()
    assert PASSWORD not in printed
    return Path(printed.partition("Made a private key: ")[2].partition(". Keep")[0])


def watch_node(somebody: Terminal) -> str:
    somebody.types("vnode", "attach", "--name", NODE).answers("READY", INTERRUPT)
    return somebody.reads()


@pytest.mark.usefixtures("our_images")
def test_quick_starts_give_an_encrypted_average_and_leave_nothing_behind(
    terminal: Terminal, engine: Any, home: Path, study: Study, port: int, average_image: str
) -> None:
    make_server(terminal, port)
    start_server(terminal)
    make_node(terminal, port, study.data)
    key = make_key(terminal)
    ready = f"The node {NODE} is ready"
    assert ready in terminal.does("vnode", "start", "--name", NODE)

    assert "Running" in terminal.does("vnode", "list")
    average = study.average("http://localhost", port, key, average_image)
    assert average == pytest.approx(study.pooled, abs=1e-9)
    assert "The node goes on" in watch_node(terminal)

    assert "Stopped the node" in terminal.does("vnode", "stop", "--name", NODE)
    assert "Stopped the server" in terminal.does("vserver", "stop", "--name", SERVER)
    assert containers(engine) == []
    terminal.does("vnode", "remove", "--name", NODE, "--with-key", "--yes")
    terminal.does("vserver", "remove", "--name", SERVER, "--yes")
    assert left_behind(engine, home) == []
