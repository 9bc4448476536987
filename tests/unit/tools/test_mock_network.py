"""Mocks beyond one function at one organization: failures, variables, databases, the 4.x style."""

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.unit.tools.conftest import NAME
from vantage6.algorithm.tools.mock_client import MockAlgorithmClient as MockOf4
from vantage6.common.errors import InvalidInput, NotConfigured, NotFound, RunFailed
from vantage6.tools.exceptions import AlgorithmExecutionError, InputError, OutputError
from vantage6.tools.mock_client import ClientMockProtocol, MockAlgorithmClient

SOURCE = """
import os
import sys

from vantage6.algorithm.tools.decorators import algorithm_client, data, metadata
from vantage6.common.errors import RunFailed


def master(client, data, partial, ids=(0, 1)):
    task = client.create_new_task({"method": partial}, list(ids))
    try:
        return {"results": client.wait_for_results(task["id"]), "task": task["id"]}
    except RunFailed as error:
        return {"failed": error.message}


def here(client, data):
    task = client.create_new_task({"method": "variables"}, [1])
    own = os.environ.get("LIMIT")
    return [own, client.get_results(task["id"])[0], os.environ.get("LIMIT")]


def RPC_variables(data):
    return os.environ.get("LIMIT")


def RPC_fail_at_one(data):
    if data["n"][0] == 3:
        raise ZeroDivisionError("secret")
    return len(data)


def RPC_exit(data):
    sys.exit(0)


def RPC_lambda(data):
    return lambda: None


@algorithm_client
def central(client, ids):
    task = client.task.create({"method": "partial"}, organizations=ids)
    runs = client.run.from_task(task["id"])
    return {
        "all": client.wait_for_results(task["id"]),
        "first": client.result.get(runs[0]["id"]),
        "task": task["parent"]["id"],
    }


@data(1)
def partial(frame):
    return int(frame["n"].sum())


@data(2)
def both(first, second):
    return [list(first.columns), list(second.columns)]


@metadata
def about(run):
    return [run.task_id, run.node_id, run.collaboration_id, run.organization_id]


def plain():
    return "by its plain name"
"""


@pytest.fixture(autouse=True)
def sources(algorithm: Path) -> None:
    (algorithm / NAME / "__init__.py").write_text(SOURCE)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for i, text in enumerate(("n\n1\n2\n", "n\n3\n")):
        (tmp_path / f"{i}.csv").write_text(text)
    return [tmp_path / f"{i}.csv" for i in range(2)]


def make(files: list[Path], **options: Any) -> ClientMockProtocol:
    return ClientMockProtocol(files, NAME, **options)


def answer(client: ClientMockProtocol, method: str, **kwargs: Any) -> Any:
    input_ = {"method": method, "master": True, "kwargs": kwargs}
    return client.get_results(client.create_new_task(input_, [0])["id"])[0]


# --- failures ---------------------------------------------------------------------------------


def test_error_comes_through_all_functions_as_it_is(files: list[Path]) -> None:
    with pytest.raises(ZeroDivisionError, match="secret") as caught:
        answer(make(files), "master", partial="fail_at_one")

    assert any(entry.name == "RPC_fail_at_one" for entry in caught.traceback)


def test_failed_run_is_told_as_in_containers(files: list[Path]) -> None:
    client = make(files, raise_errors=False)

    told = answer(client, "master", partial="fail_at_one")

    assert told == {"failed": "1 of 2 runs of task 1 failed: organization 1: crashed"}
    good, bad = client.get_task(1)["results"]
    assert (good["status"], bad["status"], bad["result"]) == ("completed", "crashed", None)
    assert bad["log"].startswith("error > the algorithm failed: ZeroDivisionError in RPC_fail")
    assert "secret" not in bad["log"]
    assert client.get_task(1)["status"] == "failed"


def test_results_of_a_failed_task_are_refused(files: list[Path]) -> None:
    client = make(files, raise_errors=False)
    task = client.create_new_task({"method": "fail_at_one"}, [0, 1])

    for ask in (client.get_results, client.wait_for_results):
        with pytest.raises(RunFailed, match="organization 1: crashed"):
            ask(task["id"])


@pytest.mark.parametrize(
    ("method", "error"), [("exit", AlgorithmExecutionError), ("lambda", OutputError)]
)
def test_end_that_is_no_exception_of_the_algorithm_is_one_of_ours(
    files: list[Path], method: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        make(files).create_new_task({"method": method}, [0])


# --- variables of a node ----------------------------------------------------------------------


def test_each_run_sees_the_variables_of_its_node(files: list[Path]) -> None:
    client = make(files, environment=[{"LIMIT": 5}, {"LIMIT": "7"}])

    assert answer(client, "here") == ["5", "7", "5"]
    assert "LIMIT" not in os.environ


def test_run_does_not_see_the_variables_of_the_one_that_asked(files: list[Path]) -> None:
    client = make(files, environment=[{"LIMIT": 5}, {}])

    assert answer(client, "here") == ["5", None, "5"]


def test_variables_of_the_test_itself_are_seen(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make(files)
    monkeypatch.setenv("LIMIT", "9")

    assert answer(client, "here") == ["9", "9", "9"]


def test_variables_are_restored_after_a_failure(files: list[Path]) -> None:
    client = make(files, environment={"LIMIT": 5})
    before = dict(os.environ)

    with pytest.raises(ZeroDivisionError):
        client.create_new_task({"method": "fail_at_one"}, [1])

    assert dict(os.environ) == before
    assert answer(client, "here") == ["5", "5", "5"]


def test_variables_must_match_the_data(files: list[Path]) -> None:
    with pytest.raises(InvalidInput, match="environment has 1 entries for 2 data sets"):
        make(files, environment=[{}])


# --- tasks ------------------------------------------------------------------------------------


def test_subtask_knows_its_parent(files: list[Path]) -> None:
    client = make(files)

    told = answer(client, "master", partial="variables")

    assert told["task"] == 1
    assert client.get_task(0)["parent"] is None
    assert client.get_task(1)["parent"]["id"] == 0
    assert [task["complete"] for task in client.tasks] == ["true", "true"]


def test_mock_says_what_it_does_not_have(files: list[Path]) -> None:
    client = MockAlgorithmClient([{"database": str(files[0])}], NAME)

    with pytest.raises(NotConfigured, match="a mock has no VPN"):
        client.vpn.get_addresses()
    with pytest.raises(NotFound, match="no answer to GET user"):
        client.request("user")
    for absent in (lambda: client.run.get(5), lambda: client.request("collaboration/5")):
        with pytest.raises(NotFound):
            absent()


def test_mock_needs_data() -> None:
    with pytest.raises(InvalidInput, match="at least one data set"):
        ClientMockProtocol([], NAME)


# --- several databases ------------------------------------------------------------------------


def site(**labels: str) -> list[dict[str, Any]]:
    """Databases with one column each, of the name of their label."""
    return [{"database": pd.DataFrame({c: [1]}), "label": label} for label, c in labels.items()]


def test_function_gets_the_databases_in_the_order_asked_for() -> None:
    client = MockAlgorithmClient([site(patients="p", visits="v")], NAME)

    plain = client.task.create({"method": "both", "databases": ["patients", "visits"]}, [0])
    asked = client.task.create(
        {"method": "both", "databases": ["visits", {"label": "patients"}]}, [0]
    )

    assert client.result.get(plain["id"]) == [[["p"], ["v"]]]
    assert client.result.get(asked["id"]) == [[["v"], ["p"]]]


def test_database_that_is_not_there_is_told() -> None:
    client = MockAlgorithmClient([site(patients="p", other="o")], NAME)

    with pytest.raises(InputError, match="the mock has the databases patients, other"):
        client.task.create({"method": "both", "databases": ["visits"]}, [0])
    with pytest.raises(InputError, match="takes 2 databases and the task names 1"):
        client.task.create({"method": "both"}, [0])


def test_labels_must_differ() -> None:
    twice = [*site(a="x"), *site(a="y")]

    with pytest.raises(InvalidInput, match="different labels"):
        MockAlgorithmClient([twice], NAME)


# --- the style of 4.x -------------------------------------------------------------------------


def test_decorated_functions_run_in_the_mock_of_4x(files: list[Path]) -> None:
    client = MockOf4([[{"database": str(f), "db_type": "csv"}] for f in files], NAME)

    task = client.task.create({"method": "central", "kwargs": {"ids": [0, 1]}}, organizations=[0])

    assert task["id"] == 1
    expected = {"all": [3, 3], "first": 3, "task": 1}
    assert client.wait_for_results(task["id"]) == [expected]
    assert client.result.from_task(task["id"]) == [expected]
    assert client.result.get(task["results"][0]["id"]) == expected


def test_run_says_what_it_is_part_of() -> None:
    data = [[{"database": pd.DataFrame({"n": [1]})}]] * 2
    client = MockOf4(data, NAME, collaboration_id=9, organization_ids=[4, 5], node_ids=[14, 15])

    task = client.task.create({"method": "about"}, organizations=[5, 4])

    assert client.result.from_task(task["id"]) == [[1, 15, 9, 5], [1, 14, 9, 4]]
    assert (client.node_id, client.organization_id) == (14, 4)


def test_functions_are_called_by_plain_name_as_in_images_of_4x() -> None:
    client = MockOf4([[{"database": pd.DataFrame()}]], NAME)

    task = client.task.create({"method": "plain"}, organizations=[0])

    assert client.result.from_task(task["id"]) == ["by its plain name"]


def test_preprocessing_is_done_before_functions_get_the_data() -> None:
    steps = [{"function": "filter_range", "parameters": {"column": "n", "min_": 1}}]
    data = {"database": pd.DataFrame({"n": [1, 2, 3]}), "preprocessing": steps}
    client = MockOf4([[data]], NAME)

    task = client.task.create({"method": "partial"}, organizations=[0])

    assert client.result.from_task(task["id"]) == [5]
