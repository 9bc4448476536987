"""The mock clients: the same calls as in containers, without containers."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.unit.tools.conftest import NAME
from vantage6.common.errors import InvalidInput, NotFound
from vantage6.tools.mock_client import ClientMockProtocol, MockAlgorithmClient

SOURCE = """
def master(client, data, column_name):
    ids = [o["id"] for o in client.get_organizations_in_my_collaboration()]
    task = client.create_new_task({"method": "sum", "kwargs": {"column_name": column_name}}, ids)
    assert client.get_task(task["id"])["complete"]
    return {"sum": sum(client.get_results(task_id=task["id"]))}


def central(client, data):
    ids = [o["id"] for o in client.organization.list()]
    task = client.task.create({"method": "rows"}, ids)
    here = [client.organization_id, client.node.get()["id"], client.collaboration.get()["id"]]
    return {"rows": client.wait_for_results(task["id"]), "here": here}


def RPC_sum(data, column_name):
    return data[column_name].sum()


def RPC_rows(data):
    rows = data["n"].count()
    del data["n"]
    return rows


def RPC_frame(data):
    return data


def RPC_fail(data):
    raise ZeroDivisionError("as it is")
"""
MASTER = {"method": "master", "master": 1, "kwargs": {"column_name": "n"}}


@pytest.fixture
def files(tmp_path: Path, algorithm: Path) -> list[str]:
    (algorithm / NAME / "__init__.py").write_text(SOURCE)
    for i, text in enumerate(("n\n1\n2\n", "n\n3\n")):
        (tmp_path / f"{i}.csv").write_text(text)
    return [str(tmp_path / f"{i}.csv") for i in range(2)]


@pytest.fixture
def old(files: list[str]) -> ClientMockProtocol:
    return ClientMockProtocol(datasets=files, module=NAME)


def make_new(files: list[str], **ids: Any) -> MockAlgorithmClient:
    datasets = [{"database": files[0], "type": "csv"}, {"database": pd.read_csv(files[1])}]
    return MockAlgorithmClient(datasets, NAME, **ids)


def test_central_function_runs_partial_ones(
    old: ClientMockProtocol, capsys: pytest.CaptureFixture[str]
) -> None:
    task = old.create_new_task(input_=MASTER, organization_ids=[0])

    assert old.get_results(task.get("id")) == [{"sum": 6}]
    assert old.wait_for_results(task["id"]) == [{"sum": 6}]
    assert (task["complete"], old.n) == ("true", 2)
    assert capsys.readouterr().out == ""


def test_partial_function_answers_in_the_order_that_was_asked(old: ClientMockProtocol) -> None:
    task = old.create_new_task({"method": "sum", "kwargs": {"column_name": "n"}}, [1, 0])

    assert old.get_results(task["id"]) == [3, 3]
    assert [result["organization"] for result in task["results"]] == [1, 0]
    organization = old.get_organizations_in_my_collaboration()[1]
    assert organization == {"id": 1, "name": "mock-1", "domain": "mock-1.org"}


def test_every_run_gets_fresh_data_as_in_a_container(old: ClientMockProtocol) -> None:
    for _ in range(2):
        task = old.create_new_task({"method": "rows"}, [0])
        assert old.get_results(task["id"]) == [2]


def test_results_take_the_formats_of_a_container(old: ClientMockProtocol) -> None:
    as_pickle = old.create_new_task({"method": "frame"}, [0])
    as_json = old.create_new_task({"method": "frame", "output_format": "json"}, [0])

    pd.testing.assert_frame_equal(old.get_results(as_pickle["id"])[0], old.datasets[0])
    assert old.get_results(as_json["id"]) == [{"n": {"0": 1, "1": 2}}]


def test_error_of_the_algorithm_is_passed_on(old: ClientMockProtocol) -> None:
    with pytest.raises(ZeroDivisionError, match="as it is"):
        old.create_new_task({"method": "fail"}, [0])


@pytest.mark.parametrize(
    ("ids", "error"), [(None, InvalidInput), ([], InvalidInput), ([2], NotFound)]
)
def test_organizations_must_exist(
    old: ClientMockProtocol, ids: list[int] | None, error: type[Exception]
) -> None:
    with pytest.raises(error, match="organization"):
        old.create_new_task(MASTER, ids)


def test_unknown_task_is_named(old: ClientMockProtocol) -> None:
    with pytest.raises(NotFound, match="task 5"):
        old.get_task(5)


def test_central_function_stands_where_it_was_sent(files: list[str]) -> None:
    client = make_new(files, collaboration_id=9, organization_ids=[4, 5], node_ids=[14, 15])

    task = client.task.create({"method": "central", "master": True}, organization_ids=[5])

    expected = {"rows": [2, 1], "here": [5, 15, 9]}
    assert client.result.get(task["id"]) == [expected]
    assert client.organization_id == 4


def test_task_has_the_fields_of_a_real_one(files: list[str]) -> None:
    client = make_new(files)

    task = client.task.create({"method": "rows"}, [0, 1], name="n")

    assert task == client.task.get(task["id"])
    assert (task["name"], task["status"], task["image"]) == ("n", "completed", "mock_image")
    assert task["collaboration"]["id"] == 1
    assert client.organization.get(1)["name"] == "mock-1"
    assert client.collaboration.get(is_encrypted=False)["encrypted"] is False
    assert client.node.get(is_online=False)["status"] == "offline"
    with pytest.raises(NotFound):
        client.organization.get(2)


def test_ids_must_match_the_data(files: list[str]) -> None:
    with pytest.raises(InvalidInput, match="organization_ids has 1 entries for 2 data sets"):
        make_new(files, organization_ids=[1])
