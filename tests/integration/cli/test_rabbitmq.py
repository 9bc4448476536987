"""Two servers in containers share their work through the RabbitMQ that `vserver start` started."""

import base64
import os
import queue
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
import yaml
from click.testing import CliRunner
from tests.e2e.cli.study import KEY, PASSWORD, Study
from tests.images import make_images
from vantage6.cli.vserver import cli as vserver

pytestmark = [pytest.mark.integration, pytest.mark.docker, pytest.mark.timeout(600)]

RABBIT = f"rabbit-{os.getpid()}"
SERVERS = (f"first-{os.getpid()}", f"second-{os.getpid()}")
LIMIT_S = 30


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """Names of the images of the server and of RabbitMQ."""
    return make_images("server", "compose")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "DATA_DIRS"):
        monkeypatch.setenv(f"XDG_{name}", str(tmp_path / name.lower()))
    return tmp_path


def call(command: str, *arguments: str) -> str:
    result = CliRunner().invoke(vserver, [command, *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def ports(home: Path) -> list[int]:
    """Write the configurations of both servers; where they will listen."""
    found = []
    for name in SERVERS:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            found.append(int(listener.getsockname()[1]))
        settings = {
            "ip": "127.0.0.1",
            "port": found[-1],
            "uri": f"sqlite:///{home}/shared/study.sqlite",
            "jwt_secret_key": "a key that both servers have",
            "rabbitmq_uri": f"amqp://v6:secret@{RABBIT}/study",
        }
        file = home / f"{name}.yaml"
        file.write_text(yaml.safe_dump({"application": settings}))
        file.chmod(0o600)
    (home / "shared").mkdir()
    return found


@pytest.fixture
def both(ports: list[int], home: Path, engine: Any, images: dict[str, str]) -> Iterator[list[str]]:
    """Addresses of two servers that run."""
    study = Study(home, encrypted=False)
    files = [str(home / f"{name}.yaml") for name in SERVERS]
    call("import", str(study.entities), "--config", files[0])
    for file in files:
        options = ("--config", file, "--rabbitmq-image", images["rabbitmq"])
        assert "is ready" in call("start", *options)
    yield [f"http://127.0.0.1:{port}" for port in ports]
    for container in engine.containers.list(all=True, ignore_removed=True):
        if container.name == RABBIT or any(name in container.name for name in SERVERS):
            container.remove(force=True)
    for name in SERVERS:
        for network in engine.networks.list(names=[name]):
            network.remove()


def token(server: str, path: str, **credentials: str) -> str:
    answer = requests.post(f"{server}/api/token/{path}", json=credentials, timeout=LIMIT_S)
    assert answer.ok, answer.text
    return str(answer.json()["access_token"])


def create_task(server: str) -> int:
    headers = {
        "Authorization": f"Bearer {token(server, 'user', username='alice', password=PASSWORD)}"
    }
    me = requests.get(f"{server}/api/organization", headers=headers, timeout=LIMIT_S).json()
    organization = (me["data"] if isinstance(me, dict) else me)[0]["id"]
    body = {
        "collaboration_id": 1,
        "image": "vantage6/average:3.12",
        "name": "queued",
        "organizations": [{"id": organization, "input": base64.b64encode(b"{}").decode()}],
    }
    answer = requests.post(f"{server}/api/task", json=body, headers=headers, timeout=LIMIT_S)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_node_at_one_server_hears_of_a_task_at_the_other(
    both: list[str], home: Path, engine: Any
) -> None:
    first, second = both
    heard: queue.Queue[Any] = queue.Queue()
    node = socketio.Client()
    node.on("new_task", heard.put, namespace="/tasks")
    headers = {"Authorization": f"Bearer {token(first, 'node', api_key=KEY)}"}
    node.connect(first, headers, namespaces=["/tasks"], transports=["websocket"])
    try:
        task = create_task(second)
        assert heard.get(timeout=LIMIT_S) == task
    finally:
        node.disconnect()

    for name in SERVERS:
        call("stop", "--config", str(home / f"{name}.yaml"))
    left = [
        each.name
        for each in engine.containers.list(all=True, ignore_removed=True)
        if each.name == RABBIT
    ]
    assert left == []
