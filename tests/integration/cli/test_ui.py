"""`vserver start --with-ui`: a page beside the server, which may ask it from a browser."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from click.testing import CliRunner, Result
from tests.images import make_images
from tests.integration.cli.daemons import containers, free_port, user_folder
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vserver import cli as vserver

pytestmark = [pytest.mark.integration, pytest.mark.docker, pytest.mark.timeout(300)]
NAME = f"ui-{os.getpid()}"
# Stands for the page of 3.x: it shows that, and with which settings, it was started.
PAGE = """
FROM {base}
USER root
ENTRYPOINT []
CMD env > /srv/index.html && exec python3 -m http.server --directory /srv 80
"""
BROKEN = "FROM {base}\nENTRYPOINT []\nCMD echo no page here; exit 1\n"


def build(base: str, kind: str, text: str) -> str:
    name = f"vantage6/test-ui-{kind}:{os.getpid()}"
    subprocess.run(
        ["docker", "build", "-q", "-t", name, "-"],
        input=text.format(base=base).encode(),
        check=True,
        capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )
    return name


@pytest.fixture(scope="module")
def page(base_image: str) -> Iterator[str]:
    """Name of an image with a page."""
    name = build(base_image, "page", PAGE)
    yield name
    subprocess.run(["docker", "rmi", "-f", name], check=True, capture_output=True)


@pytest.fixture(scope="module")
def broken(base_image: str) -> Iterator[str]:
    """Name of an image that ends at once."""
    name = build(base_image, "broken", BROKEN)
    yield name
    subprocess.run(["docker", "rmi", "-f", name], check=True, capture_output=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, engine: Any) -> Iterator[Path]:
    """Folder of the user; containers of a test go with it."""
    make_images("server")
    with user_folder(tmp_path, engine, NAME) as folder:
        yield folder


def configure(folder: Path, **settings: Any) -> int:
    """Write the configuration of a server; its port."""
    port = free_port()
    file = folder / "config/vantage6/server" / f"{NAME}.yaml"
    file.parent.mkdir(parents=True)
    told = {"ip": "127.0.0.1", "port": port, "api_path": "/study"} | settings
    file.write_text(yaml.safe_dump({"application": told}))
    file.chmod(0o600)
    return port


def call(command: str, *arguments: str) -> Result:
    return CliRunner().invoke(vserver, [command, "--name", NAME, "--user", *arguments])


def test_page_is_told_of_the_server_which_answers_it_and_both_end_together(
    folder: Path, engine: Any, page: str
) -> None:
    port, ui_port = configure(folder, images={"ui": page}), free_port()

    started = call("start", "--with-ui", "--ui-port", str(ui_port))

    assert started.exit_code == 0, started.output
    assert f"user interface is ready at http://localhost:{ui_port}" in started.output
    shown = requests.get(f"http://127.0.0.1:{ui_port}", timeout=10).text
    assert {f"SERVER_URL=http://localhost:{port}", "API_PATH=/study"} <= set(shown.split())
    assert engine.containers.get(f"vantage6-{NAME}-user-ui").labels["vantage6-type"] == "ui"
    for origin, allowed in ((f"http://localhost:{ui_port}", True), ("http://evil.example", False)):
        answer = requests.get(
            f"http://127.0.0.1:{port}/study/version", headers={"Origin": origin}, timeout=10
        )
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    assert call("stop").exit_code == 0
    assert containers(engine, NAME) == []


def test_configuration_can_ask_for_it_and_what_a_lost_server_left_is_replaced(
    folder: Path, engine: Any, page: str
) -> None:
    ui_port = free_port()
    configure(folder, images={"ui": page}, ui={"enabled": True, "port": ui_port})
    assert call("start").exit_code == 0
    engine.containers.get(f"vantage6-{NAME}-user-server").remove(force=True)

    again = call("start")

    assert again.exit_code == 0, again.output
    assert requests.get(f"http://127.0.0.1:{ui_port}", timeout=10).ok
    assert call("stop").exit_code == 0


def test_remove_takes_what_a_lost_server_left(folder: Path, engine: Any, page: str) -> None:
    configure(folder, images={"ui": page})
    assert call("start", "--with-ui", "--ui-port", str(free_port())).exit_code == 0
    engine.containers.get(f"vantage6-{NAME}-user-server").remove(force=True)

    removed = call("remove", "--yes")

    assert removed.exit_code == 0, removed.output
    assert (containers(engine, NAME), engine.networks.list(names=[NAME])) == ([], [])


def test_page_that_does_not_come_up_is_said_and_nothing_stays(
    folder: Path, engine: Any, broken: str
) -> None:
    configure(folder, images={"ui": broken})

    result = call("start", "--with-ui", "--ui-port", str(free_port()))

    assert result.exit_code == ExitStatus.REFUSED, result.output
    assert "no page here" in result.output
    assert (containers(engine, NAME), engine.networks.list(names=[NAME])) == ([], [])


def test_port_of_the_page_that_is_taken_is_said_with_the_option(
    folder: Path, engine: Any, page: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        configure(folder, images={"ui": page}, ui={"enabled": True, "port": port})

        result = call("start")

    assert result.exit_code == ExitStatus.CONFIGURATION, result.output
    assert "--ui-port" in result.output
    assert (containers(engine, NAME), engine.networks.list(names=[NAME])) == ([], [])


def test_image_that_cannot_be_had_is_said_before_anything_is_started(
    folder: Path, engine: Any
) -> None:
    configure(folder, images={"ui": "no.example/ui:1"})

    result = call("start", "--with-ui")

    assert result.exit_code == ExitStatus.ENGINE, result.output
    assert "images.ui" in result.output
    assert containers(engine, NAME) == []
