"""A central run that asks other nodes through its proxy, plain and encrypted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.fakes.waiting import eventually
from tests.integration.node.conftest import MakeNode, RealServer, RunningNode
from tests.integration.server.world import IMAGE
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.encryption import RSACryptor, is_envelope

PLANTED_INPUT, PLANTED_RESULT = b"json.planted-input", b"json.planted-result"


@dataclass
class Algorithm:
    """What a central run sees: the proxy of its node, and its token."""

    port: int
    token: str
    collaboration_id: int

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"http://127.0.0.1:{self.port}/{path}"
        return requests.request(method, url, headers=headers, timeout=40, **options)

    def create_subtask(self, organizations: list[int], payload: bytes) -> dict[str, Any]:
        text = bytes_to_base64s(payload)
        body = {
            "name": "sub",
            "image": IMAGE,
            "collaboration_id": self.collaboration_id,
            "organizations": [{"id": i, "input": text} for i in organizations],
        }
        answer = self.ask("POST", "task", json=body)
        assert answer.status_code == 200, answer.text
        task: dict[str, Any] = answer.json()
        return task


def central(server: RealServer, node: RunningNode, **task: Any) -> Algorithm:
    (run,) = server.post_task("alpha", **task)
    server.await_status(run, "active")
    study = server.world.collaborations["study"]
    return Algorithm(node.runtime.ports[run], node.token(run), study)


def run_of(server: RealServer, task_id: int) -> int:
    (run,) = server.root.get("result", {"task_id": task_id})
    return int(run["id"])


def test_a_central_run_gets_the_result_of_its_sub_task(
    server: RealServer, node: RunningNode, make_node: MakeNode
) -> None:
    beta = make_node(server, "beta")
    beta.start()
    beta.await_ready()
    algorithm = central(server, node)

    task = algorithm.create_subtask([server.world.organizations["beta"]], PLANTED_INPUT)
    run = run_of(server, task["id"])
    beta.await_start(run)
    assert (beta.engine.runs[run].spec.folder / "input").read_bytes() == PLANTED_INPUT
    beta.runtime.finish(run, output=PLANTED_RESULT)

    assert algorithm.ask("GET", f"task/{task['id']}?wait=30").json()["complete"] is True
    (row,) = algorithm.ask("GET", f"task/{task['id']}/result").json()
    assert base64s_to_bytes(row["result"]) == PLANTED_RESULT


def test_a_sub_task_at_the_same_node_does_not_wait_for_its_central_run(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, limits={"concurrent": 1})
    node.start()
    node.await_ready()
    algorithm = central(server, node)

    task = algorithm.create_subtask([server.world.organizations["alpha"]], PLANTED_INPUT)

    node.await_start(run_of(server, task["id"]))


def test_what_the_server_refuses_reaches_the_algorithm_unchanged(
    server: RealServer, node: RunningNode
) -> None:
    algorithm = central(server, node)

    missing = algorithm.ask("GET", "task/999999")
    algorithm.token = "of.another.run"
    refused = algorithm.ask("GET", "organization")

    assert missing.status_code == 404
    assert isinstance(missing.json()["msg"], str)
    assert refused.status_code == 401


def test_the_door_of_an_adopted_run_still_knows_its_token(
    server: RealServer, node: RunningNode
) -> None:
    algorithm = central(server, node)
    (run,) = node.engine.runs

    node.restart()
    eventually(lambda: run in node.runtime.ports)
    algorithm.port = node.runtime.ports[run]

    assert algorithm.ask("GET", "organization").status_code == 200


# --- encrypted --------------------------------------------------------------------------------


@pytest.fixture
def encrypted(own_server: RealServer) -> Iterator[RealServer]:
    own_server.start()
    study = own_server.world.collaborations["study"]
    own_server.root.patch(f"collaboration/{study}", {"encrypted": True})
    yield own_server


def encrypting_node(server: RealServer, make_node: MakeNode, name: str) -> RunningNode:
    node = make_node(server, name, encryption={"enabled": True})
    node.data.mkdir()
    RSACryptor.create_new_rsa_key(node.data / "private_key.pem")
    node.start()
    node.await_ready()
    return node


def test_in_an_encrypted_collaboration_the_server_sees_nothing_readable(
    encrypted: RealServer, make_node: MakeNode, tmp_path: Path
) -> None:
    alpha = encrypting_node(encrypted, make_node, "alpha")
    beta = encrypting_node(encrypted, make_node, "beta")
    cryptor = RSACryptor(alpha.data / "private_key.pem")
    sealed = cryptor.encrypt_bytes_to_str(PLANTED_INPUT, cryptor.public_key_str)
    algorithm = central(encrypted, alpha, input=sealed)

    task = algorithm.create_subtask([encrypted.world.organizations["beta"]], PLANTED_INPUT)
    run = run_of(encrypted, task["id"])
    beta.await_start(run)
    assert (beta.engine.runs[run].spec.folder / "input").read_bytes() == PLANTED_INPUT
    beta.runtime.finish(run, output=PLANTED_RESULT)
    row = encrypted.await_status(run, "completed")
    (plain,) = algorithm.ask("GET", f"task/{task['id']}/result").json()

    assert base64s_to_bytes(plain["result"]) == PLANTED_RESULT
    assert is_envelope(row["result"])
    assert is_envelope(row["input"])
    _assert_absent(tmp_path.glob("server.sqlite*"))


def _assert_absent(files: Iterator[Path]) -> None:
    stored = b"".join(file.read_bytes() for file in files)
    for secret in (PLANTED_INPUT, PLANTED_RESULT):
        assert secret not in stored
        assert bytes_to_base64s(secret).encode() not in stored
