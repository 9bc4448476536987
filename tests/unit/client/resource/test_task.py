"""Creating tasks: formats, encryption per organization, and refusing before anything is sent."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.client.conftest import MakeClient, organization
from vantage6.client import Client, RSACryptor
from vantage6.common import payload
from vantage6.common.encoding import base64s_to_bytes
from vantage6.common.errors import EncryptionMismatch, InvalidInput, PayloadError

INPUT = {"method": "average_partial", "kwargs": {"column_name": "age"}}
KeyFiles = tuple[Path, Path]


@pytest.fixture(autouse=True)
def _accepts_tasks(rest: FakeRest) -> None:
    rest.on("POST /task", {"id": 4, "name": "t", "image": "img"})


def create(client: Client, **values: Any) -> Any:
    task = {"collaboration": 1, "organizations": [2, 3], "name": "t", "image": "img"}
    return client.task.create(**{**task, "input": INPUT, **values})


def sent(rest: FakeRest) -> dict[str, Any]:
    body: dict[str, Any] = rest.last("POST /task").body
    return body


def with_key(client: Client, rest: FakeRest, files: KeyFiles) -> None:
    """Our key is set up, and organizations 2 and 3 have keys at the server."""
    for id_, file in ((1, files[0]), (2, files[0]), (3, files[1])):
        rest.on(f"GET /organization/{id_}", organization(id_, RSACryptor(file).public_key_str))
    client.setup_encryption(files[0])


def test_task_has_the_form_of_3_x_with_json_input(client: Client, rest: FakeRest) -> None:
    assert create(client, fields=["id"]) == {"id": 4}

    inputs = sent(rest)["organizations"]
    assert sent(rest) == {
        "name": "t",
        "image": "img",
        "collaboration_id": 1,
        "description": "",
        "organizations": inputs,
        "database": "default",
    }
    assert [i["id"] for i in inputs] == [2, 3]
    data = base64s_to_bytes(inputs[0]["input"])
    assert data.startswith(b'json.{"method"')
    assert payload.load(data) == INPUT


@pytest.mark.parametrize(("name", "start"), [("legacy", b"\x80\x04"), ("pickle", b"pickle.\x80")])
def test_input_is_written_in_the_format_that_is_asked_for(
    client: Client, rest: FakeRest, name: str, start: bytes
) -> None:
    create(client, data_format=name)

    data = base64s_to_bytes(sent(rest)["organizations"][0]["input"])
    assert data.startswith(start)


def test_every_spelling_of_arguments_is_taken(client: Client, rest: FakeRest) -> None:
    client.task.create(
        collaboration_id=1,
        organization_ids=[2],
        name="t",
        image="img",
        input_=INPUT,
        databases=[{"label": "second"}],
    )

    assert sent(rest)["database"] == "second"
    assert [i["id"] for i in sent(rest)["organizations"]] == [2]


def test_several_databases_go_into_the_input(client: Client, rest: FakeRest) -> None:
    create(client, databases=["cohort", {"label": "costs", "query": "SELECT 1"}])

    body = sent(rest)
    assert body["database"] == "cohort"
    assert payload.load(base64s_to_bytes(body["organizations"][0]["input"])) == {
        **INPUT,
        "databases": [{"label": "cohort"}, {"label": "costs", "query": "SELECT 1"}],
    }


@pytest.mark.parametrize(
    "values",
    [
        {"input": None},
        {"input_": INPUT},
        {"organizations": None},
        {"databases": []},
        {"databases": [{"query": "SELECT 1"}]},
        {"databases": ["a", "b"], "input": "text"},
        {"databases": ["a", "b"], "input": {**INPUT, "databases": ["c"]}},
    ],
)
def test_arguments_that_make_no_task_are_refused(
    client: Client, rest: FakeRest, values: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        create(client, **values)

    assert "POST /task" not in rest.routes()


@pytest.mark.parametrize("values", [{"data_format": "xml"}, {"input": {"method": object()}}])
def test_input_that_cannot_be_written_is_refused(client: Client, values: dict[str, Any]) -> None:
    with pytest.raises(PayloadError):
        create(client, **values)


def test_each_organization_gets_an_input_that_only_it_can_read(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    with_key(client, rest, key_files)

    create(client, collaboration=2)

    for entry, file in zip(sent(rest)["organizations"], key_files, strict=True):
        data = RSACryptor(file).decrypt_str_to_bytes(entry["input"])
        assert payload.load(data) == INPUT


def test_public_keys_are_asked_for_once(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    with_key(client, rest, key_files)

    create(client, collaboration=2)
    create(client, collaboration=2)

    assert rest.routes().count("GET /organization/2") == 1


def test_encrypted_collaboration_without_a_key_sends_nothing(
    client: Client, rest: FakeRest
) -> None:
    with pytest.raises(EncryptionMismatch, match="setup_encryption"):
        create(client, collaboration=2)

    assert "POST /task" not in rest.routes()


def test_plain_collaboration_with_a_key_sends_nothing(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    with_key(client, rest, key_files)

    with pytest.raises(EncryptionMismatch, match="not encrypted"):
        create(client, collaboration=1)

    assert "POST /task" not in rest.routes()


def test_organization_without_a_public_key_sends_nothing(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    with_key(client, rest, key_files)
    rest.on("GET /organization/3", organization(3, ""))

    with pytest.raises(EncryptionMismatch, match="organization 3 has no public key"):
        create(client, collaboration=2)

    assert "POST /task" not in rest.routes()


def test_refusal_is_answered_where_scripts_expect_that(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("POST /task", Refusal(400, {"msg": "no node"}))

    assert create(make_client(raise_errors=False))["msg"] == "no node"
