"""The clients of central functions, against a proxy without sockets."""

import pickle
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import jwt
import numpy as np
import pandas as pd
import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.tools.conftest import IDENTITY, run_row, token
from vantage6.common import payload
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.errors import Forbidden, InvalidToken, PayloadError, RunFailed, WaitTimeout
from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient

AnyClient = TypeVar("AnyClient", ContainerClient, AlgorithmClient)
INPUT = {"method": "sum", "kwargs": {"column_name": "n"}}


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def make(proxy: FakeRest, pauses: list[float]) -> Iterator[Callable[..., Any]]:
    made = []

    def make(kind: type[AnyClient]) -> AnyClient:
        client = kind(
            token=token(), host="http://proxy", port="8080", path="", pause=pauses.append
        )
        proxy.attach(client._api)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def old(make: Callable[..., Any]) -> ContainerClient:
    client: ContainerClient = make(ContainerClient)
    return client


@pytest.fixture
def new(make: Callable[..., Any]) -> AlgorithmClient:
    client: AlgorithmClient = make(AlgorithmClient)
    return client


def test_token_says_where_it_runs(old: ContainerClient) -> None:
    said = {name: getattr(old, name) for name in ("image", "database", "collaboration_id")}

    assert said == {key: IDENTITY[key] for key in said}
    assert (old.host_node_id, old.organization_id, old.task_id) == (3, 1, 20)


def test_token_of_a_user_is_refused() -> None:
    with pytest.raises(InvalidToken, match="not one of a container"):
        ContainerClient(jwt.encode({"sub": 5}, "x" * 32), "http://proxy")


def test_subtask_has_the_form_of_3_x(old: ContainerClient, proxy: FakeRest) -> None:
    assert old.create_new_task(input_=INPUT, organization_ids=[1, 2]) == {"id": 21}

    body = proxy.last("POST /task").body
    text = bytes_to_base64s(payload.dump(INPUT))
    assert body == {
        "name": "subtask",
        "image": "registry/sample:1",
        "collaboration_id": 7,
        "description": "task from container on node_id=3",
        "organizations": [{"id": 1, "input": text}, {"id": 2, "input": text}],
        "database": "default",
    }
    assert proxy.last("POST /task").authorization == f"Bearer {token()}"


@pytest.mark.parametrize(
    ("value", "start"),
    [(np.float64(1.5), b"json."), (np.arange(2), b"\x80"), (pd.DataFrame({"a": [1]}), b"\x80")],
)
def test_input_is_json_where_nothing_is_lost(
    old: ContainerClient, proxy: FakeRest, value: Any, start: bytes
) -> None:
    old.create_new_task({"method": "x", "kwargs": {"value": value}}, [1])

    text = proxy.last("POST /task").body["organizations"][0]["input"]
    assert base64s_to_bytes(text).startswith(start)


def test_results_are_read_in_every_format(old: ContainerClient, proxy: FakeRest) -> None:
    frame = pd.DataFrame({"name": ["a"]})
    legacy = bytes_to_base64s(pickle.dumps(frame))
    proxy.on("GET /task/21/result", [run_row(1, {"a": 1}), run_row(2, 0, result=legacy)])

    first, second = old.get_results(task_id=21)

    assert first == {"a": 1}
    pd.testing.assert_frame_equal(second, frame)


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        ({"status": "crashed", "result": None}, "organization 2: crashed"),
        ({"status": "killed by user"}, "organization 2: killed by user"),
        ({"status": None, "result": ""}, "organization 2: no result"),
        ({"status": "completed", "result": ""}, "organization 2: completed without a result"),
    ],
)
def test_failed_runs_are_never_left_out(
    old: ContainerClient, proxy: FakeRest, failed: dict[str, Any], told: str
) -> None:
    proxy.on("GET /task/21/result", [run_row(1, 5), run_row(2, 5, **failed)])

    with pytest.raises(RunFailed, match=f"1 of 2 runs of task 21 failed: {told}"):
        old.get_results(21)


def test_runs_that_go_on_are_left_out(old: ContainerClient, proxy: FakeRest) -> None:
    open_ = {"status": "active", "finished_at": None, "result": None}
    proxy.on("GET /task/21/result", [run_row(1, 5), run_row(2, 0, **open_)])

    assert old.get_results(21) == [5]


def test_unreadable_result_is_an_error(old: ContainerClient, proxy: FakeRest) -> None:
    proxy.on("GET /task/21/result", [run_row(1, 0, result=bytes_to_base64s(b"json.{"))])

    with pytest.raises(PayloadError, match="result of task 21 cannot be read"):
        old.get_results(21)


def test_refusal_of_the_server_is_raised(old: ContainerClient, proxy: FakeRest) -> None:
    proxy.on("POST /task", Refusal(401, {"msg": "other image", "code": "forbidden"}))

    with pytest.raises(Forbidden, match="other image"):
        old.create_new_task(INPUT, [1])


def test_waiting_asks_the_proxy_to_hold_the_question_back(
    old: ContainerClient, proxy: FakeRest, pauses: list[float]
) -> None:
    running = {"id": 21, "complete": False}
    proxy.on("GET /task/21", running, running, {"id": 21, "complete": True})

    assert old.wait_for_results(21) == [10, 20]

    assert proxy.last("GET /task/21").query == {"wait": ["30"]}
    # A proxy that answers at once is not asked in a tight loop.
    assert len(pauses) == 2
    assert 0 < pauses[0] < pauses[1]


def test_waiting_ends_in_time(old: ContainerClient, proxy: FakeRest) -> None:
    proxy.on("GET /task/21", {"id": 21, "complete": False})

    with pytest.raises(WaitTimeout, match="task 21 has not ended"):
        old.wait_for_results(21, timeout=0)


def test_addresses_of_ports_are_flat(old: ContainerClient, proxy: FakeRest) -> None:
    ports = [{"port": 5, "label": "a"}, {"port": 6, "label": "b"}]
    proxy.on("GET /task/21/result", [{"node": {"ip": "10.0.0.2"}, "ports": ports}])

    assert old.get_algorithm_addresses(21)[0] == {"ip": "10.0.0.2", "port": 5, "label": "a"}
    assert old.get_algorithm_address_by_label(21, "b") == "10.0.0.2:6"
    assert old.get_algorithm_address_by_label(21, "c") is None


def test_old_client_has_the_methods_of_the_tutorial(old: ContainerClient) -> None:
    assert [o["id"] for o in old.get_organizations_in_my_collaboration()] == [1, 2]
    assert old.get_task(21)["complete"] is True
    assert old.request("task/21") == {"id": 21, "complete": True}


def test_new_client_groups_methods_by_noun(new: AlgorithmClient, proxy: FakeRest) -> None:
    for route in ("/organization", "/organization/2", "/collaboration/7", "/node/3"):
        proxy.on(f"GET {route}", [{"id": 1}] if route == "/organization" else {"id": route[-1]})

    assert new.task.create(INPUT, organizations=[1], name="n", description="d") == {"id": 21}
    assert proxy.last("POST /task").body["description"] == "d"
    assert new.task.get(21)["complete"] is True
    assert new.result.get(task_id=21) == new.wait_for_results(21) == [10, 20]
    assert new.organization.list() == [{"id": 1}]
    assert proxy.last("GET /organization").query == {"collaboration_id": ["7"]}
    ids = [new.organization.get(2)["id"], new.collaboration.get()["id"], new.node.get()["id"]]
    assert ids == ["2", "7", "3"]
