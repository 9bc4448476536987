"""`start`, `stop` and `remove` of containers: what is wrong is said, and nothing is left."""

import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from sqlalchemy import make_url
from tests.fakes.waiting import eventually
from tests.images import make_images
from tests.integration.cli.daemons import containers, free_port, user_folder
from tests.integration.cli.serving import serving
from tests.integration.server.world import database_server
from vantage6 import __version__
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver

pytestmark = [pytest.mark.integration, pytest.mark.docker, pytest.mark.timeout(300)]
NAME = f"start-{os.getpid()}"
NODE, SERVER = f"vantage6-{NAME}-user", f"vantage6-{NAME}-user-server"


@pytest.fixture(scope="module")
def our_images() -> dict[str, str]:
    """Names of the images of server and node."""
    return make_images("server", "node")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoNetwork]:
    """A server, and an organization with a key."""
    with serving(tmp_path_factory.mktemp("net"), nodes=1) as network:
        yield network


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, engine: Any) -> Iterator[Path]:
    """Folder of the user; containers of a test go with it."""
    with user_folder(tmp_path, engine, NAME) as folder:
        yield folder


@pytest.fixture
def node(network: DemoNetwork, folder: Path) -> Callable[..., Path]:
    """Write the configuration of a node, with changes."""

    def write(**changes: Any) -> Path:
        member = network.plan.members[0]
        settings = {
            "api_key": member.api_key,
            "server_url": "http://127.0.0.1",
            "port": network.plan.port,
            "databases": member.databases,
            "encryption": {"enabled": True, "private_key": member.key_file},
        }
        file = folder / "config/vantage6/node" / f"{NAME}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({"application": settings | changes}))
        file.chmod(0o600)
        return file

    return write


@pytest.fixture
def server(folder: Path) -> Callable[..., Path]:
    """Write the configuration of a server."""

    def write(**settings: Any) -> Path:
        file = folder / "config/vantage6/server" / f"{NAME}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump({"application": {"ip": "127.0.0.1"} | settings}))
        file.chmod(0o600)
        return file

    return write


def call(program: Any, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(program, [command, "--name", NAME, "--user", *arguments])


# --- what is wrong is said ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"api_key": "unknown"}, ExitStatus.LOGIN, "key"),
        ({"port": 9}, ExitStatus.UNREACHABLE, "127.0.0.1:9"),
        ({"api_path": "/wrong"}, ExitStatus.UNREACHABLE, "API path"),
        ({"encryption": {"enabled": False}}, ExitStatus.ENCRYPTION, "encrypt"),
        (
            {"databases": [{"label": "default", "uri": "/no/such.csv", "type": "csv"}]},
            ExitStatus.CONFIGURATION,
            "there is no /no/such.csv",
        ),
        ({"images": {"node": "no.example/such:1"}}, ExitStatus.ENGINE, "--image"),
        ({"runtime": "process"}, ExitStatus.REFUSED, "vnode-local start"),
    ],
)
def test_node_that_cannot_work_is_not_started(
    node: Callable[..., Path],
    engine: Any,
    our_images: dict[str, str],
    changes: dict[str, Any],
    status: ExitStatus,
    words: str,
) -> None:
    node(**changes)

    result = call(vnode, "start")

    assert result.exit_code == status, result.output
    assert words in result.output
    assert containers(engine, NAME) == []


def test_files_of_databases_are_not_looked_for_when_that_is_wished(
    node: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    node(databases=[{"label": "default", "uri": "/no/such.csv", "type": "csv"}])

    result = call(vnode, "start", "--force-db-mount")

    # The engine of this very machine does not see it either.
    assert result.exit_code == ExitStatus.ENGINE, result.output
    assert "/no/such.csv" in result.output
    assert containers(engine, NAME) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_start_that_is_given_up_leaves_nothing(
    node: Callable[..., Path], engine: Any, base_image: str, number: signal.Signals
) -> None:
    # It runs, and never becomes ready.
    recipe = f'FROM {base_image}\nENTRYPOINT ["sh", "-c", "exec sleep 300"]'
    waiting, _ = engine.images.build(fileobj=io.BytesIO(recipe.encode()))
    node()
    program = [sys.executable, "-c", "from vantage6.cli.vnode import cli; cli()"]
    command = [*program, "start", "--name", NAME, "--user", "--image", waiting.id]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        eventually(lambda: [each.status for each in containers(engine, NAME)] == ["running"])

        process.send_signal(number)

        assert process.wait(30) == ExitStatus.INTERRUPTED
    assert containers(engine, NAME) == []
    engine.images.remove(waiting.id, force=True)


def test_port_that_is_taken_is_said_and_nothing_stays(
    server: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server(port=taken.getsockname()[1])

        result = call(vserver, "start")

    assert result.exit_code == ExitStatus.CONFIGURATION, result.output
    assert "--port" in result.output
    assert (containers(engine, NAME), engine.networks.list(names=[NAME])) == ([], [])


def test_server_that_ends_at_once_shows_its_last_lines(
    server: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    server(port=free_port(), uri="postgresql://v6:secret-word@127.0.0.1:9/none")

    result = call(vserver, "start")

    assert result.exit_code != ExitStatus.DONE
    assert "its last lines:" in result.output
    assert "secret-word" not in result.output
    assert (containers(engine, NAME), engine.networks.list(names=[NAME])) == ([], [])


# --- what runs ------------------------------------------------------------------------------


def health(container: Any) -> int:
    """Exit status of the check that the image brings."""
    kind, *test = container.image.attrs["Config"]["Healthcheck"]["Test"]
    command = test if kind == "CMD" else ["sh", "-c", *test]
    return int(container.exec_run(command).exit_code)


def test_container_of_a_node_is_healthy_owned_by_the_caller_and_reads_data_only(
    node: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    node()

    started = call(vnode, "start")
    again = call(vnode, "start")

    assert started.exit_code == 0, started.output
    assert again.exit_code == ExitStatus.ALREADY_RUNNING
    container = engine.containers.get(NODE)
    labels = {"vantage6-type": "node", "system": "False", "name": NAME}
    assert labels.items() <= container.labels.items()
    assert container.attrs["Config"]["User"] == f"{os.getuid()}:{os.getgid()}"
    writable = {m["Destination"] for m in container.attrs["Mounts"] if m["RW"]}
    assert writable == {"/mnt/data", "/mnt/log"}
    assert health(container) == 0
    assert f"running: {__version__}" in call(vnode, "version").output
    assert call(vnode, "stop", "--force").exit_code == 0
    assert containers(engine, NAME) == []


def test_node_is_restarted_with_what_was_wished_and_only_if_it_can_be(
    node: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    node()
    assert call(vnode, "start").exit_code == 0
    before = engine.containers.get(NODE).id

    node(api_key="unknown")
    refused = call(vnode, "restart")

    assert refused.exit_code == ExitStatus.LOGIN, refused.output
    assert engine.containers.get(NODE).id == before
    node()
    tagged = f"vantage6/test-restart:{os.getpid()}"
    engine.images.get(our_images["node"]).tag(tagged)
    try:
        restarted = call(vnode, "restart", "--image", tagged)

        assert restarted.exit_code == 0, restarted.output
        assert engine.containers.get(NODE).attrs["Config"]["Image"] == tagged
        assert call(vnode, "stop", "--all").exit_code == 0
    finally:
        engine.images.remove(tagged)
    assert call(vnode, "version").exit_code == ExitStatus.REFUSED


def test_server_in_a_container_uses_a_database_at_localhost(
    server: Callable[..., Path], engine: Any, our_images: dict[str, str], postgres_url: str
) -> None:
    name, port = f"start_{os.getpid()}", free_port()
    url = make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with database_server(make_url(postgres_url)) as run:
        run(f"CREATE DATABASE {name}")
        server(port=1, uri=url)
        try:
            started = call(vserver, "start", "--port", str(port))

            assert started.exit_code == 0, started.output
            assert health(engine.containers.get(SERVER)) == 0
            assert call(vserver, "stop").exit_code == 0
        finally:
            run(f"DROP DATABASE {name} WITH (FORCE)")
    assert containers(engine, NAME) == []


def test_rabbitmq_in_a_container_does_not_go_with_a_database_at_localhost(
    server: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    uri = "postgresql://v6:secret-word@localhost/v6"
    server(port=free_port(), uri=uri, rabbitmq_uri="amqp://v6:secret-word@rabbit/v6")

    result = call(vserver, "start")

    assert result.exit_code == ExitStatus.CONFIGURATION, result.output
    assert "host.docker.internal" in result.output
    assert "secret-word" not in result.output
    assert (containers(engine, NAME), engine.networks.list(names=[NAME])) == ([], [])


def test_container_of_a_server_is_healthy_and_kept_when_that_is_wished(
    server: Callable[..., Path], engine: Any, our_images: dict[str, str]
) -> None:
    server(port=free_port(), api_path="/other")

    started = call(vserver, "start", "--keep")

    assert started.exit_code == 0, started.output
    assert "The user 'root' was made. Its password is shown this once: " in started.output
    assert health(engine.containers.get(SERVER)) == 0
    assert call(vserver, "stop").exit_code == 0
    assert engine.containers.get(SERVER).status == "exited"
    assert call(vserver, "start").exit_code == 0
    assert call(vserver, "stop", "--all").exit_code == 0
    assert containers(engine, NAME) == []


def test_images_say_what_they_are_and_run_as_nobody_in_particular(
    engine: Any, our_images: dict[str, str]
) -> None:
    for kind in ("server", "node"):
        config = engine.images.get(our_images[kind]).attrs["Config"]
        assert config["Labels"]["org.opencontainers.image.version"] == "3.12"
        assert len(config["Labels"]["org.opencontainers.image.revision"]) == 40
        assert config["User"] not in ("", "0", "root")
