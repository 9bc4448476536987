"""Results: decrypted, read, marked where that cannot be done, and never dropped."""

import os
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.fakes.rest import FakeRest
from tests.unit.client.conftest import organization, result
from vantage6.client import Client, RSACryptor
from vantage6.client.resource.result import NO_RESULT


class Exploit:
    """Runs a command in whoever opens it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch exploited",)


def test_result_is_what_the_algorithm_returned(client: Client, rest: FakeRest) -> None:
    rest.on("GET /result/9", result())
    rest.on("GET /result", [result()])

    assert client.result.get(9)["result"] == {"average": 3.5}
    assert client.result.get(9, fields=["result"]) == {"result": {"average": 3.5}}
    assert client.result.from_task(4)[0]["result"] == {"average": 3.5}
    assert client.result.from_task(4, field="id") == [{"id": 9}]


def test_list_keeps_its_page_links(client: Client, rest: FakeRest) -> None:
    rest.on("GET /result", {"data": [result()], "links": {"self": "x"}})

    answer = client.result.list(task=4)

    assert answer["data"][0]["result"] == {"average": 3.5}
    assert answer["links"] == {"self": "x"}


def test_former_call_gives_bytes(client: Client, rest: FakeRest) -> None:
    rest.on("GET /result", [result()])
    rest.on("GET /result/9", result())

    assert client.get_results(task_id=4)[0]["result"] == b'json.{"average": 3.5}'
    assert client.get_results(9)["input"] == b'json.{"method": "x"}'


def test_legacy_pickles_of_harmless_types_are_read(client: Client, rest: FakeRest) -> None:
    frame = pd.DataFrame({"name": ["a", "b"], "n": [1, 2]})
    rest.on("GET /result/9", result(data=pickle.dumps({"table": frame})))

    pd.testing.assert_frame_equal(client.result.get(9)["result"]["table"], frame)


@pytest.mark.parametrize("prefix", [b"", b"pickle."])
def test_exploit_pickles_are_refused(
    client: Client, rest: FakeRest, prefix: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = prefix + pickle.dumps(Exploit())
    rest.on("GET /result/9", result(data=data))

    entry = client.result.get(9)

    assert "not a harmless type" in entry["error"]
    assert entry["result"] == data
    assert list(tmp_path.iterdir()) == []


def test_unreadable_results_stay_in_the_list(client: Client, rest: FakeRest) -> None:
    rest.on("GET /result", [result(1, data=b"json.{"), result(2), result(3, result="#")])

    entries = client.result.from_task(4)

    assert [entry["id"] for entry in entries] == [1, 2, 3]
    assert ["error" in entry for entry in entries] == [True, False, True]


@pytest.mark.parametrize("empty", [None, ""])
def test_run_that_ended_without_a_result_is_marked(
    client: Client, rest: FakeRest, empty: str | None
) -> None:
    rest.on("GET /result", [result(result=empty), result(result=empty, finished_at=None)])

    ended, running = client.result.from_task(4)

    assert ended["error"] == NO_RESULT
    assert "error" not in running


def test_encrypted_results_need_the_key(
    client: Client, rest: FakeRest, key_files: tuple[Path, Path]
) -> None:
    own = RSACryptor(key_files[0])
    text = own.encrypt_bytes_to_str(b"json.[1]", own.public_key_str)
    rest.on("GET /result/9", result(result=text))
    rest.on("GET /organization/1", organization(1, own.public_key_str))

    assert "no private key is set up" in client.result.get(9)["error"]
    client.setup_encryption(key_files[0])
    assert client.result.get(9)["result"] == [1]


def test_plain_results_are_read_with_a_key_set_up(
    client: Client, rest: FakeRest, key_files: tuple[Path, Path]
) -> None:
    key = RSACryptor(key_files[0]).public_key_str
    rest.on("GET /organization/1", organization(1, key))
    rest.on("GET /result/9", result(input="encrypted$for$another"))
    client.setup_encryption(key_files[0])

    entry = client.result.get(9)

    assert entry["result"] == {"average": 3.5}
    assert entry["input"] == "encrypted$for$another"
