"""Server processes for the published clients."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml
from vantage6.cli.vdev.child import Child
from vantage6.cli.vdev.files import free_port

START_LIMIT_S = 60
PASSWORD = "Correct-horse-1"
API_KEYS = {number: f"00000000-0000-4000-8000-00000000000{number}" for number in (2, 3, 4)}
"""Of the nodes of the example network, by organization."""

EXAMPLE = {
    "organizations": [
        {
            "name": f"example_org{number}",
            "users": [
                {
                    "username": f"user{number}",
                    "password": PASSWORD,
                    "email": f"user{number}@example.org",
                }
            ],
        }
        for number in (1, 2, 3)
    ],
    "collaborations": [
        {
            "name": "example_collab1",
            "encrypted": False,
            "participants": [
                {"name": f"example_org{number}", "api_key": API_KEYS[number + 1]}
                for number in (1, 2, 3)
            ],
        }
    ],
}
"""The network that the manual shows; the organization ``root`` has the first id."""


@dataclass(frozen=True)
class RunningServer:
    """A server that answers."""

    port: int
    api_path: str

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return self.origin + self.api_path

    def answers(self) -> bool:
        try:
            return requests.get(f"{self.api}/health", timeout=START_LIMIT_S).ok
        except requests.ConnectionError:
            return False


@contextmanager
def running_server(
    folder: Path, entities: dict[str, Any] | None = None, api_path: str = "/api", **settings: Any
) -> Iterator[RunningServer]:
    """A server process with its database in `folder`, and some entities in it."""
    server = RunningServer(free_port(), api_path)
    basic = {"ip": "127.0.0.1", "port": server.port, "api_path": api_path}
    places = {"directories": {"data": str(folder), "log": str(folder)}}
    config = folder / "compat.yaml"
    config.write_text(yaml.safe_dump({"environments": {"test": basic | places | settings}}))
    child = Child("server", _command(folder, config, entities), folder / "server.out")
    child.start()
    try:
        child.wait_until(server.answers, START_LIMIT_S)
        yield server
    finally:
        # Nobody needs what it would put in order.
        child.kill_group()


def _command(folder: Path, config: Path, entities: dict[str, Any] | None) -> list[str]:
    program = "from vantage6.cli.vserver.local import cli; cli()"
    command = [sys.executable, "-c", program, "start", "-c", str(config), "-e", "test", "--user"]
    if entities is None:
        return command
    file = folder / "entities.yaml"
    file.write_text(yaml.safe_dump(entities))
    return [*command, "--import", str(file)]
