"""The client against the server: what the manual shows, task to result, plain and encrypted."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from tests.integration.client.conftest import MakeClient
from tests.integration.server.world import Callers, World
from vantage6.client import Client, RSACryptor
from vantage6.common import payload
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.encryption import is_envelope
from vantage6.common.errors import (
    EncryptionMismatch,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    RunFailed,
    WaitTimeout,
)
from vantage6.server.app import Server
from vantage6.server.model import Collaboration, Organization

pytestmark = pytest.mark.integration
INPUT = {"method": "average_partial", "kwargs": {"column_name": "planted_column"}}


def create(client: Client, world: World, *organizations: str) -> dict[str, Any]:
    task: dict[str, Any] = client.task.create(
        collaboration=world.collaborations["study"],
        organizations=[world.organizations[name] for name in organizations],
        name="an-awesome-task",
        image="registry.example.org/average:1",
        description="",
        input=INPUT,
        data_format="json",
    )
    return task


def run_of(callers: Callers, task: dict[str, Any], node: str) -> dict[str, Any]:
    """The run of a task that waits at a node."""
    found = callers.node(node).get("result", task_id=task["id"], state="open").json
    own: list[dict[str, Any]] = [
        run for run in found if run["organization"]["id"] == callers.world.organizations[node]
    ]
    return own[0]


def finish(callers: Callers, run: dict[str, Any], node: str, **values: Any) -> None:
    """What a node reports when a run has ended."""
    now = datetime.now(timezone.utc).isoformat()
    body = {"status": "completed", "finished_at": now, **values}
    answer = callers.node(node).patch(f"result/{run['id']}", body)
    assert answer.status_code == 200, answer.json


def written(value: Any) -> str:
    return bytes_to_base64s(payload.dump(value))


def test_administrator_sets_up_a_collaboration_as_the_manual_shows(
    make_client: MakeClient,
) -> None:
    client = make_client("root")

    made = client.organization.create(
        name="The_Shire",
        address1="501 Buckland Road",
        address2="Matamata",
        zipcode="3472",
        country="New Zealand",
        domain="the_shire.org",
        public_key=None,
    )
    collaboration = client.collaboration.create(
        name="fictional_collab", organizations=[made["id"]], encrypted=True
    )
    node = client.node.create(collaboration=collaboration["id"], organization=made["id"])

    assert len(node["api_key"]) == 36
    shire = {"id": made["id"], "name": "The_Shire"}
    assert shire in client.organization.list(fields=["id", "name"], page=None)
    assert client.collaboration.get(collaboration["id"])["encrypted"] is True


def test_researcher_finds_out_whom_to_ask(client: Client, world: World) -> None:
    found = client.collaboration.list(fields=["id", "name", "organizations"])

    assert [entry["name"] for entry in found] == ["study"]
    members = {link["id"] for link in found[0]["organizations"]}
    assert members == {world.organizations[name] for name in ("alpha", "beta", "gamma")}
    assert client.whoami is not None
    assert client.whoami.organization_name == "alpha"
    assert client.user.get()["username"] == "researcher"
    assert client.util.get_server_version()["version"]


def test_results_come_as_objects(client: Client, callers: Callers, world: World) -> None:
    task = create(client, world, "alpha", "beta")
    values = {"alpha": {"sum": 253, "count": 4}, "beta": {"sum": 173, "count": 4}}
    for node, value in values.items():
        run = run_of(callers, task, node)
        assert payload.load(base64s_to_bytes(run["input"])) == INPUT
        finish(callers, run, node, result=written(value))

    info = client.task.get(task["id"], include_results=True)
    results = client.wait_for_results(task["id"], timeout=5)

    assert info["complete"]
    assert sorted(r["result"]["sum"] for r in results) == [173, 253]
    assert client.result.list(task=task["id"])["data"][0]["result"] in values.values()
    assert client.get_results(task_id=task["id"])[0]["result"].startswith(b"json.")
    assert client.task.list(fields=["id"]) == [{"id": task["id"]}]


def test_failed_run_is_explained(client: Client, callers: Callers, world: World) -> None:
    task = create(client, world, "beta")
    log = "info > wrapper for x\nerror > The column does not hold numbers\n"
    finish(callers, run_of(callers, task, "beta"), "beta", status="crashed", result="", log=log)

    with pytest.raises(RunFailed, match=r"beta: crashed \(error > The column does not hold num"):
        client.wait_for_results(task["id"], timeout=5)


def test_errors_are_those_of_the_server(client: Client, world: World) -> None:
    with pytest.raises(NotFound):
        client.task.get(999)
    with pytest.raises(InvalidInput):
        client.request("task", json={"collaboration_id": "x"}, method="post")
    with pytest.raises(Forbidden):
        client.organization.create("new")
    assert world.organizations["alpha"] == client.organization.get()["id"]


def test_wrong_password_is_refused(make_client: MakeClient) -> None:
    client = make_client()

    with pytest.raises(NotAuthenticated):
        client.authenticate("researcher", "Wrong-password-1")


def test_refreshed_login_goes_on(client: Client) -> None:
    before = client.token

    client.refresh_token()

    assert client.token != before
    assert client.user.get()["username"] == "researcher"


@pytest.fixture
def keys(server: Server, world: World, tmp_path: Path) -> dict[str, Path]:
    """The study is encrypted, and alpha and beta have keys at the server."""
    files = {name: tmp_path / f"{name}.pem" for name in ("alpha", "beta")}
    for file in files.values():
        RSACryptor.create_new_rsa_key(file)
    with server.database.begin():
        Collaboration.by_id(world.collaborations["study"]).encrypted = True
        for name, file in files.items():
            organization = Organization.by_id(world.organizations[name])
            organization.public_key = RSACryptor(file).public_key_str
    return files


def test_encrypted_task_is_readable_for_those_concerned_only(
    client: Client, callers: Callers, world: World, keys: dict[str, Path]
) -> None:
    client.setup_encryption(keys["alpha"])

    task = create(client, world, "beta")

    run = run_of(callers, task, "beta")
    beta = RSACryptor(keys["beta"])
    assert is_envelope(run["input"])
    assert payload.load(beta.decrypt_str_to_bytes(run["input"])) == INPUT
    to_alpha = beta.encrypt_bytes_to_str(
        payload.dump({"sum": 1.5}), RSACryptor(keys["alpha"]).public_key_str
    )
    finish(callers, run, "beta", result=to_alpha)
    assert client.wait_for_results(task["id"], timeout=5)[0]["result"] == {"sum": 1.5}


def test_encrypted_collaboration_without_a_key_stores_nothing(
    client: Client, world: World, keys: dict[str, Path]
) -> None:
    assert keys

    with pytest.raises(EncryptionMismatch, match="setup_encryption"):
        create(client, world, "beta")

    assert client.task.list(include_metadata=False) == []


def test_key_of_the_organization_is_not_replaced(
    make_client: MakeClient, keys: dict[str, Path]
) -> None:
    admin = make_client("admin")
    before = admin.organization.get()["public_key"]

    with pytest.raises(EncryptionMismatch, match="overwrite=True"):
        admin.setup_encryption(keys["beta"])
    assert admin.organization.get()["public_key"] == before

    admin.setup_encryption(keys["beta"], overwrite=True)
    assert admin.organization.get()["public_key"] == RSACryptor(keys["beta"]).public_key_str


def test_unanswered_task_does_not_keep_the_researcher_waiting(
    client: Client, world: World
) -> None:
    task = create(client, world, "gamma")

    with pytest.raises(WaitTimeout, match="has not ended after"):
        client.wait_for_results(task["id"], timeout=0.3)
