"""The client against the server: what the manual shows, task to result, plain and encrypted."""

from pathlib import Path

import pytest
from tests.integration.client.conftest import MakeClient
from tests.integration.client.rig import INPUT, Rig, written
from tests.integration.server.world import World
from vantage6.client import Client, RSACryptor
from vantage6.common import payload
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

pytestmark = pytest.mark.integration


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


def test_results_come_as_objects(client: Client, rig: Rig) -> None:
    task = rig.create(client, "alpha", "beta")
    values = {"alpha": {"sum": 253, "count": 4}, "beta": {"sum": 173, "count": 4}}
    for node, value in values.items():
        assert rig.input_of(task, node) == INPUT
        rig.answer(task, node, value)

    info = client.task.get(task["id"], include_results=True)
    results = client.wait_for_results(task["id"], timeout=5)

    assert info["complete"]
    assert sorted(r["result"]["sum"] for r in results) == [173, 253]
    assert client.result.list(task=task["id"])["data"][0]["result"] in values.values()
    assert client.get_results(task_id=task["id"])[0]["result"].startswith(b"json.")
    assert client.task.list(fields=["id"]) == [{"id": task["id"]}]


def test_failed_run_is_explained(client: Client, rig: Rig) -> None:
    task = rig.create(client, "beta")
    log = "info > wrapper for x\nerror > The column does not hold numbers\n"
    rig.end(task, "beta", status="crashed", result="", log=log)

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


def test_encrypted_task_is_readable_for_those_concerned_only(
    client: Client, rig: Rig, keys: dict[str, Path]
) -> None:
    client.setup_encryption(keys["alpha"])

    task = rig.create(client, "beta")

    run = rig.run_of(task, "beta")
    beta = RSACryptor(keys["beta"])
    assert is_envelope(run["input"])
    assert payload.load(beta.decrypt_str_to_bytes(run["input"])) == INPUT
    to_alpha = beta.encrypt_bytes_to_str(
        payload.dump({"sum": 1.5}), RSACryptor(keys["alpha"]).public_key_str
    )
    rig.end(task, "beta", result=to_alpha)
    assert client.wait_for_results(task["id"], timeout=5)[0]["result"] == {"sum": 1.5}


def test_encrypted_collaboration_without_a_key_stores_nothing(
    client: Client, rig: Rig, keys: dict[str, Path]
) -> None:
    assert keys

    with pytest.raises(EncryptionMismatch, match="setup_encryption"):
        rig.create(client, "beta")

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


def test_unanswered_task_does_not_keep_the_researcher_waiting(client: Client, rig: Rig) -> None:
    task = rig.create(client, "gamma")

    with pytest.raises(WaitTimeout, match="has not ended after"):
        client.wait_for_results(task["id"], timeout=0.3)


def test_what_failed_in_a_sub_task_is_told(client: Client, rig: Rig) -> None:
    task = rig.create(client, "alpha")
    container = rig.callers.container("alpha", task)
    wanted = {"id": rig.world.organizations["gamma"], "input": written(INPUT)}
    body = {"image": task["image"], "collaboration_id": 1, "organizations": [wanted]}
    below = container.post("task", body).json
    rig.end(below, "gamma", status="not allowed", result="")
    rig.end(task, "alpha", status="crashed", result="", log="error > no results")

    with pytest.raises(RunFailed, match=f"Of its sub-tasks: task {below['id']} at gamma: not all"):
        client.wait_for_results(task["id"], timeout=5)
