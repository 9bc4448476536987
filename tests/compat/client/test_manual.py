"""Every script of the manual's chapter on the Python client, run by the published client.

There are two worlds. An administrator starts with an empty server and makes everything, with
encryption; the researcher's part follows there as well. And a researcher works without encryption
in the network that the manual shows.
"""

from pathlib import Path
from typing import Any

import pytest
from tests.compat.client import manual
from tests.compat.client.administration import Administration
from tests.compat.client.conftest import Network
from tests.compat.client.nodes import PlayedNode, work
from tests.compat.client.published import Console, Remote, ScriptFailed
from vantage6.common.encryption import RSACryptor, is_envelope

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
NODES_WORK_WHILE_IT_SLEEPS = "class time: sleep = staticmethod(lambda seconds: pause())"
ENCRYPTED = pytest.mark.parametrize("network", ["encrypted"], indirect=True)
SHIRE = {
    "name": "The_Shire",
    "address1": "501 Buckland Road",
    "address2": "Matamata",
    "zipcode": "3472",
    "country": "New Zealand",
    "domain": "the_shire.org",
}


def test_every_script_of_the_chapter_is_run_here() -> None:
    files = (Path(__file__), Path(__file__).with_name("administration.py"))
    source = "".join(file.read_text("utf-8") for file in files)

    assert {name for name in manual.SCRIPTS if f'"{name}"' not in source} == set()


def test_help_shows_the_parameters(console: Console) -> None:
    manual.run(console, "help")

    assert "Docker image name which contains the algorithm" in console.printed


def test_the_key_of_the_administrator_is_at_the_server(administration: Administration) -> None:
    root = administration.client.organization.get()

    assert root["name"] == "root"
    assert root["public_key"] == RSACryptor(administration.keys[1]).public_key_str


def test_the_organization_is_made_with_its_key(administration: Administration) -> None:
    made = administration.client.organization.get(2)

    assert {name: made[name] for name in SHIRE} == SHIRE
    assert made["public_key"] == RSACryptor(administration.keys[2]).public_key_str


def test_the_collaboration_is_made_and_encrypted(administration: Administration) -> None:
    made = administration.client.collaboration.get(1)

    assert (made["name"], made["encrypted"]) == ("fictional_collab", True)
    assert [link["id"] for link in made["organizations"]][:2] == [1, 2]


def test_the_node_is_registered_and_its_key_works(administration: Administration) -> None:
    registered = administration.console.value("api_key")

    node = PlayedNode(administration.server.api, registered["api_key"])

    assert (node.organization, node.id) == (1, registered["id"])


def test_encryption_is_set_up_in_either_way(administration: Administration) -> None:
    console = administration.console
    with_key, without = manual.SCRIPTS["set up encryption"].split("# or, if you don't use")

    console.run("client.setup_encryption(None)" + "\n" + "# or, if you don't use" + without)
    dummy = console.value("type(client.cryptor).__name__")
    console.run(with_key.replace("/path/to/private/key", str(administration.keys[1])))

    assert dummy == "DummyCryptor"
    assert console.value("type(client.cryptor).__name__") == "RSACryptor"


# --- the researcher ---------------------------------------------------------------------------


def ask(network: Network, script: str) -> list[Any]:
    """Run the scripts around one task; the inputs that its nodes saw."""
    console, nodes = network.console, network.nodes
    console.run(NODES_WORK_WHILE_IT_SLEEPS)
    manual.run(console, script)
    seen: list[Any] = []
    task: int = console.value("average_task['id']")
    manual.run(console, "wait", during_pause=lambda: seen.extend(work(nodes, task)))
    assert console.printed.endswith("Waiting for results\nResults are ready!\n")
    manual.run(console, "take the id", "list the results")
    return seen


def test_the_master_task_gives_what_the_manual_shows(
    network: Network,
) -> None:
    seen = ask(network, "create a master task")

    asked = {"method": "master", "kwargs": {"column_name": "age"}, "master": True}
    assert seen == [asked, asked]
    for answered, printed in manual.shown(network.console, "show the master result"):
        assert answered == printed


def test_the_rpc_task_gives_what_the_manual_shows(
    network: Network,
) -> None:
    seen = ask(network, "create an RPC task")

    asked = {"method": "average_partial", "kwargs": {"column_name": "age"}, "master": False}
    assert seen == [asked, asked]
    for answered, printed in manual.shown(network.console, "show the RPC results"):
        assert answered == printed


@ENCRYPTED
def test_the_server_keeps_nothing_readable_of_an_encrypted_task(network: Network) -> None:
    ask(network, "create an RPC task")

    task = network.console.value("average_task['id']")
    rows = network.client.request(f"task/{task}/result")
    assert [is_envelope(row[name]) for row in rows for name in ("input", "result")] == [True] * 4


@ENCRYPTED
def test_an_unencrypted_task_is_refused_in_an_encrypted_collaboration(network: Network) -> None:
    console = network.console
    console.run("with_key = client.cryptor\nclient.setup_encryption(None)")

    manual.run(console, "create an RPC task")

    console.run("client.cryptor = with_key")
    assert set(console.value("average_task")) >= {"msg"}
    assert "id" not in console.value("average_task")


def test_the_collaboration_and_its_organizations_are_found(console: Console) -> None:
    ((answered, printed),) = manual.shown(console, "show collaborations")

    assert answered == printed


def test_names_of_organizations_are_found(console: Console, client: Remote) -> None:
    # What the manual prints never came from a 3.x client that asks for metadata: it filters the
    # envelope. The same call without metadata answers what the manual shows.
    ((answered, printed),) = manual.shown(console, "show organizations")

    names = client.organization.list(fields=["id", "name"], include_metadata=False)

    assert answered == [{}, {}]
    assert isinstance(printed, list)
    assert [entry for entry in names if entry in printed] == printed


def test_the_log_in_of_the_manual_fails_with_a_wrong_password(
    administration: Administration,
) -> None:
    script = (
        manual.SCRIPTS["log in"]
        .replace("client", "stranger")
        .replace("vantage6.stranger", "vantage6.client")
    )

    with pytest.raises(ScriptFailed, match="AuthenticationException"):
        administration.console.run(script.replace("config.password", "'Wrong-horse-1'"))
