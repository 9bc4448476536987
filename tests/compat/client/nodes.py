"""The nodes of a network, played by the test over REST, as published nodes do it."""

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import requests
import socketio
from vantage6.common import payload, safe_pickle
from vantage6.common.encryption import Cryptor, DummyCryptor

Compute = Callable[[dict[str, Any], int], Any]
"""From the input of a run and the id of the organization to the result."""
LIMIT_S = 30
NAMESPACE = "/tasks"
AGES = {2: (41, 52, 38, 42), 3: (61, 72, 58, 62)}
"""The column that the manual's example asks for, by organization."""


def average(input_: dict[str, Any], organization: int) -> dict[str, Any]:
    """What the manual's algorithm answers."""
    assert input_["kwargs"] == {"column_name": "age"}
    if input_["method"] == "master":
        everything = [age for ages in AGES.values() for age in ages]
        return {"average": sum(everything) / len(everything)}
    assert input_["method"] == "average_partial"
    return {"sum": sum(AGES[organization]), "count": len(AGES[organization])}


@dataclass
class PlayedNode:
    """A node that is logged in."""

    api: str
    api_key: str
    cryptor: Cryptor = field(default_factory=DummyCryptor)

    def __post_init__(self) -> None:
        self.session = requests.Session()
        log_in = self.call("post", "token/node", json={"api_key": self.api_key})
        self.session.headers["Authorization"] = f"Bearer {log_in['access_token']}"
        self.id = int(log_in["node_url"].rpartition("/")[2])
        node = self.call("get", f"node/{self.id}")
        self.organization: int = node["organization"]["id"]

    def call(self, verb: str, path: str, **options: Any) -> Any:
        answer = self.session.request(verb, f"{self.api}/{path}", timeout=LIMIT_S, **options)
        assert answer.ok, answer.text
        return answer.json()

    def open_runs(self, task: int) -> list[dict[str, Any]]:
        query = {"state": "open", "include": "task", "node_id": self.id, "task_id": task}
        runs: list[dict[str, Any]] = self.call("get", "result", params=query)
        return runs

    def report(self, run: dict[str, Any], **values: Any) -> None:
        """Patch a run, in the order of a published node."""
        moment = datetime.now(timezone.utc).replace(tzinfo=None).isoformat()
        self.call("patch", f"result/{run['id']}", json={"started_at": moment})
        final = {"status": "completed", "log": "done", "finished_at": moment, **values}
        self.call("patch", f"result/{run['id']}", json=final)

    def work(self, task: int, compute: Compute, output_format: str = payload.LEGACY) -> list[Any]:
        """Answer every open run of a task; the inputs that they had."""
        inputs = []
        for run in self.open_runs(task):
            data = self.cryptor.decrypt_str_to_bytes(run["input"])
            inputs.append(payload.load(data, safe_pickle.read))
            value = payload.dump(compute(inputs[-1], self.organization), output_format)
            initiator = self.call("get", f"organization/{run['task']['initiator']}")
            sealed = self.cryptor.encrypt_bytes_to_str(value, initiator["public_key"])
            self.report(run, result=sealed)
        return inputs


class Events:
    """What a node hears."""

    def __init__(self) -> None:
        self._heard: queue.Queue[tuple[str, Any]] = queue.Queue()

    def hear(self, name: str, content: Any = None) -> None:
        self._heard.put((name, content))

    def next(self, name: str) -> Any:
        """The content of the next event of that name."""
        while (event := self._heard.get(timeout=LIMIT_S))[0] != name:
            pass
        return event[1]


@contextmanager
def online(node: PlayedNode) -> Iterator[Events]:
    """Connect the socket of a node."""
    events = Events()
    client = socketio.Client(reconnection=False)
    client.on("*", events.hear, namespace=NAMESPACE)
    client.connect(
        node.api.removesuffix("/api"),
        headers=dict(node.session.headers),
        namespaces=[NAMESPACE],
        transports=["websocket"],
    )
    try:
        yield events
    finally:
        client.shutdown()


def work(nodes: dict[int, PlayedNode], task: int, compute: Compute = average) -> list[Any]:
    """Let all nodes answer a task; the inputs that they had."""
    return [value for node in nodes.values() for value in node.work(task, compute)]
