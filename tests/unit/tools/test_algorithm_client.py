"""The clients of central functions, against a proxy without sockets."""

import pickle
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, TypeVar

import jwt
import numpy as np
import pandas as pd
import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.tools.conftest import IDENTITY, run_row, token
from vantage6.common import payload
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.errors import (
    Forbidden,
    InvalidToken,
    NotAuthenticated,
    PayloadError,
    RunFailed,
    WaitTimeout,
)
from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient
from vantage6.tools.decorated_client import DecoratedClient
from vantage6.tools.decorators import algorithm_client
from vantage6.tools.dispatch import dispatch
from vantage6.tools.exceptions import ClientError

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
def decorated(make: Callable[..., Any]) -> DecoratedClient:
    client: DecoratedClient = make(DecoratedClient)
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
    assert old.get_other_node_ip_and_port(task_id=21)[1] == {"ip": "10.0.0.2", "port": 6}


def test_old_client_has_the_methods_of_the_tutorial(old: ContainerClient) -> None:
    assert [o["id"] for o in old.get_organizations_in_my_collaboration()] == [1, 2]
    assert old.get_task(21)["complete"] is True
    assert old.request("task/21", retry=False) == {"id": 21, "complete": True}


def test_task_can_be_posted_in_the_general_way(old: ContainerClient, proxy: FakeRest) -> None:
    old.post_task("n", "other:1", 8, INPUT, "d", [2], database="b")

    body = proxy.last("POST /task").body
    said = {name: body[name] for name in ("name", "image", "collaboration_id", "database")}
    assert said == {"name": "n", "image": "other:1", "collaboration_id": 8, "database": "b"}
    assert [organization["id"] for organization in body["organizations"]] == [2]


def test_container_needs_no_login_and_cannot_refresh(
    old: ContainerClient, proxy: FakeRest
) -> None:
    old.authenticate()

    with pytest.raises(NotAuthenticated, match="cannot refresh"):
        old.refresh_token()
    assert proxy.asked == []


def test_address_and_token_are_there_for_own_requests(old: ContainerClient) -> None:
    assert (old.host, old.port, old.path) == ("http://proxy", 8080, "")
    assert old.base_path == "http://proxy:8080"
    assert old.generate_path_to("task/1") == "http://proxy:8080/task/1"
    assert old.headers == {"Authorization": f"Bearer {old.token}"}
    assert old._access_token == old.token


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


# --- methods of 4.x -----------------------------------------------------------------------------


def test_run_says_what_it_is_without_what_it_returned(
    new: AlgorithmClient, proxy: FakeRest
) -> None:
    proxy.on("GET /result/5", run_row(2, 20, id=5, input="anNvbi57fQ=="))

    run = new.run.get(5)

    assert (run["id"], run["status"]) == (5, "completed")
    assert [set(row) & {"input", "result"} for row in [run, *new.run.from_task(21)]] == [set()] * 3


def test_result_of_one_run(decorated: DecoratedClient, proxy: FakeRest) -> None:
    proxy.on("GET /result/5", run_row(2, 20))
    proxy.on("GET /result/6", run_row(2, 0, finished_at=None, result=None, status="active"))
    proxy.on("GET /result/7", run_row(2, 0, result=None, status="crashed"))

    assert decorated.result.get(5) == decorated.result.get(id_=5) == 20
    assert decorated.result.get(6) is None
    with pytest.raises(RunFailed, match="run 7 failed: crashed"):
        decorated.result.get(7)


def test_same_name_means_in_each_line_what_it_meant_there(
    new: AlgorithmClient, decorated: DecoratedClient, proxy: FakeRest
) -> None:
    proxy.on("GET /result/21", run_row(2, "of the run"))

    assert new.result.get(21) == decorated.result.get(task_id=21) == [10, 20]
    assert decorated.result.get(21) == new.result.get(id_=21) == "of the run"
    assert new.result.from_task(21) == decorated.result.from_task(21) == [10, 20]
    with pytest.raises(ClientError, match="task_id="):
        new.result.get()


def test_attributes_of_4_x_are_there(new: AlgorithmClient) -> None:
    assert (new.node_id, new.databases) == (3, [{"label": "default"}])
    assert (new.study_id, new.store_id) == (None, None)


@pytest.mark.parametrize("noun", ["study", "store"])
@pytest.mark.parametrize("method", ["get", "list"])
def test_what_3_x_lacks_is_said(new: AlgorithmClient, noun: str, method: str) -> None:
    with pytest.raises(ClientError, match="not part of vantage6 3"):
        getattr(getattr(new, noun), method)()


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (INPUT, ["b", {"label": "a", "query": "q"}]),
        ({**INPUT, "databases": ["c"]}, ["c"]),
    ],
)
def test_sub_task_is_about_the_databases_of_the_run(
    make: Callable[..., Any], proxy: FakeRest, asked: dict[str, Any], sent: list[Any]
) -> None:
    named = ["b", {"label": "a", "query": "q"}]
    module = ModuleType("sample")

    @algorithm_client
    def central(client: DecoratedClient) -> Any:
        client.task.create(asked, [2])
        return client.databases

    module.central = central  # type: ignore[attr-defined]
    input_ = {"method": "central", "databases": named}

    labels = dispatch(input_, None, module, lambda: make(DecoratedClient))

    (organization,) = proxy.last("POST /task").body["organizations"]
    assert payload.load(base64s_to_bytes(organization["input"]))["databases"] == sent
    assert labels == [{"label": "b"}, named[1]]


# --- addresses ----------------------------------------------------------------------------------


def address(organization_id: int) -> dict[str, Any]:
    return {"ip": "10.0.0.2", "port": 5, "label": "a", "organization_id": organization_id}


@pytest.mark.parametrize(
    ("flags", "query"),
    [
        ({}, {}),
        ({"only_children": True}, {"only_children": ["1"]}),
        ({"only_parent": True, "label": "a"}, {"only_parent": ["1"], "label": ["a"]}),
        (
            {"include_children": True, "include_parent": True},
            {"include_children": ["1"], "include_parent": ["1"]},
        ),
    ],
)
def test_only_flags_that_are_set_are_sent(
    new: AlgorithmClient, proxy: FakeRest, flags: dict[str, Any], query: dict[str, Any]
) -> None:
    proxy.on("GET /vpn/algorithm/addresses", {"addresses": [address(1)]})

    assert new.vpn.get_addresses(**flags) == [address(1)]
    assert proxy.last("GET /vpn/algorithm/addresses").query == query


def test_addresses_of_relatives_have_names(new: AlgorithmClient, proxy: FakeRest) -> None:
    proxy.on("GET /vpn/algorithm/addresses", {"addresses": [address(1), address(2)]})

    assert new.vpn.get_own_address() == [address(1)]
    assert new.vpn.get_sibling_addresses() == [address(2)]
    assert len(new.vpn.get_parent_address()) == len(new.vpn.get_child_addresses()) == 2


# --- waiting -------------------------------------------------------------------------------------


def test_second_argument_of_waiting_is_the_interval_as_in_4_x(
    new: AlgorithmClient, proxy: FakeRest, pauses: list[float]
) -> None:
    running = {"id": 21, "complete": False}
    proxy.on("GET /task/21", running, running, running, {"id": 21, "complete": True})

    new.wait_for_results(21, 7)

    assert [round(pause) for pause in pauses] == [7, 7, 7]


def test_proxy_that_answers_at_once_is_asked_at_growing_intervals(
    new: AlgorithmClient, proxy: FakeRest, pauses: list[float]
) -> None:
    proxy.on("GET /task/21", *[{"id": 21, "complete": False}] * 20, {"id": 21, "complete": True})

    new.wait_for_results(21)

    # 3.11.1 passes the question on and does not hold it back; half a minute takes 20 of them.
    rounded = [round(pause, 1) for pause in pauses]
    assert rounded == sorted(rounded)
    assert (rounded[0], rounded[-1]) == (0.2, 2.0)
    assert sum(rounded) > 30
