"""What a network does around a client: nodes find their runs, and report how they ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tests.integration.server.world import IMAGE, Callers, World
from vantage6.client import Client
from vantage6.common import payload
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.encryption import RSACryptor
from vantage6.server.app import Server
from vantage6.server.model import Collaboration, Organization

INPUT = {"method": "average_partial", "kwargs": {"column_name": "planted_column"}}
Run = dict[str, Any]


@dataclass(frozen=True)
class Rig:
    """A server in this process; its small world is described in `tests.integration.server.world`.

    Nodes are named after their organizations.
    """

    server: Server
    callers: Callers

    @property
    def world(self) -> World:
        return self.callers.world

    def create(self, client: Client, *organizations: str, **changes: Any) -> dict[str, Any]:
        """Create a task of the study with a client."""
        plain = {
            "collaboration": self.world.collaborations["study"],
            "organizations": [self.world.organizations[name] for name in organizations],
            "name": "an-awesome-task",
            "image": IMAGE,
            "description": "",
            "input": INPUT,
            "data_format": "json",
        }
        task: dict[str, Any] = client.task.create(**(plain | changes))
        return task

    def run_of(self, task: Mapping[str, Any], node: str) -> Run:
        """The run of a task that waits at a node."""
        found = self.callers.node(node).get("result", task_id=task["id"], state="open").json
        own: list[Run] = [
            run for run in found if run["organization"]["id"] == self.world.organizations[node]
        ]
        return own[0]

    def start(self, task: Mapping[str, Any], node: str) -> None:
        """Report that the run of a node is active."""
        self._report(self.run_of(task, node), node, status="active", started_at=_now())

    def end(self, task: Mapping[str, Any], node: str, **values: Any) -> None:
        """Report that the run of a node has ended; by default it completed."""
        body = {"status": "completed", "finished_at": _now(), **values}
        self._report(self.run_of(task, node), node, **body)

    def answer(self, task: Mapping[str, Any], node: str, value: Any) -> None:
        """Report that the run of a node has completed with a value."""
        self.end(task, node, result=written(value))

    def input_of(self, task: Mapping[str, Any], node: str) -> Any:
        """The input that a node of an unencrypted collaboration reads."""
        return payload.load(base64s_to_bytes(self.run_of(task, node)["input"]))

    def encrypt_study(self, keys: Mapping[str, Path]) -> None:
        """Make the study encrypted; organizations get the public keys of these private ones."""
        with self.server.database.begin():
            Collaboration.by_id(self.world.collaborations["study"]).encrypted = True
            for name, file in keys.items():
                organization = Organization.by_id(self.world.organizations[name])
                organization.public_key = RSACryptor(file).public_key_str

    def _report(self, run: Run, node: str, **body: Any) -> None:
        answer = self.callers.node(node).patch(f"result/{run['id']}", body)
        assert answer.status_code == 200, answer.json


def written(value: Any) -> str:
    return bytes_to_base64s(payload.dump(value))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat()
