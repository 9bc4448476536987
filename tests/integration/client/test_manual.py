"""Every script of the manual's chapter on the Python client, verbatim, with our own client.

The extraction, and the same scripts with published clients, are in `tests.compat.client`.
"""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.compat.client import manual
from tests.compat.client.administration import Administration, follow_the_manual
from tests.compat.client.nodes import AGES, PlayedNode
from tests.compat.client.servers import API_KEYS, EXAMPLE, PASSWORD, RunningServer
from tests.integration.client.terminal import Site, Terminal, listening_server, work
from vantage6.client.logs import log
from vantage6.common.encryption import RSACryptor, is_envelope
from vantage6.common.errors import EncryptionMismatch, NotAuthenticated

pytestmark = pytest.mark.integration
EXAMPLES = Path(__file__).parents[3] / "examples"
AVERAGE = ("v6-average-py", EXAMPLES / "average")
NODES_WORK_WHILE_IT_SLEEPS = "class time: sleep = staticmethod(lambda seconds: pause())"
# The manual asks the organizations 2 and 3, and the algorithm all of the collaboration: the
# average that it prints needs the same one at the fourth.
DATA = {**AGES, 4: (53.25, 53.25)}


@pytest.fixture(scope="module", autouse=True)
def _quiet_again() -> Iterator[None]:
    """The manual's client says all it does at the terminal; the next tests are not about that."""
    yield
    log.handlers.clear()
    log.setLevel(logging.NOTSET)


# --- the administrator ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def administration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Administration]:
    """An empty server, on which everything was done that the manual says."""
    folder = tmp_path_factory.mktemp("administration")
    with listening_server(folder, api_path="") as server:
        # In 3.5 names are where the manual has them.
        yield follow_the_manual("3.5.2", Terminal(folder), server, folder)


def test_every_script_of_the_chapter_is_run_here() -> None:
    shared = Path(manual.__file__).with_name("administration.py")
    source = "".join(file.read_text("utf-8") for file in (Path(__file__), shared))

    assert {name for name in manual.SCRIPTS if f'"{name}"' not in source} == set()


def test_help_shows_the_parameters(terminal: Terminal) -> None:
    manual.run(terminal, "help")

    assert "Name of the algorithm's image" in terminal.printed


def test_what_the_administrator_made_is_at_the_server(administration: Administration) -> None:
    client, keys = administration.client, administration.keys
    made = client.organization.get(2)

    assert client.organization.get()["public_key"] == RSACryptor(keys[1]).public_key_str
    assert made["public_key"] == RSACryptor(keys[2]).public_key_str
    assert (made["name"], made["domain"]) == ("The_Shire", "the_shire.org")
    collaboration = client.collaboration.get(1)
    assert (collaboration["name"], collaboration["encrypted"]) == ("fictional_collab", True)
    assert [link["id"] for link in collaboration["organizations"]] == [1, 2]


def test_the_node_that_was_registered_can_log_in(administration: Administration) -> None:
    registered = administration.console.value("api_key")

    node = PlayedNode(administration.server.api, registered["api_key"])

    assert (node.organization, node.id) == (1, registered["id"])


def test_encryption_is_set_up_in_either_way(administration: Administration) -> None:
    console = administration.console
    with_key, without = manual.SCRIPTS["set up encryption"].split("# or, if you don't use")

    console.run("# or, if you don't use" + without)
    dummy = console.value("type(client.cryptor).__name__")
    console.run(with_key.replace("/path/to/private/key", str(administration.keys[1])))

    assert dummy == "DummyCryptor"
    assert console.value("type(client.cryptor).__name__") == "RSACryptor"


def test_an_encrypted_task_can_be_created_and_only_with_a_key(
    administration: Administration,
) -> None:
    console = administration.console
    administration.add_organization(3, "Rohan")
    administration.add_node(2), administration.add_node(3)

    manual.run(console, "create an RPC task")

    runs = administration.client.request(f"task/{console.value('average_task')['id']}/result")
    assert [is_envelope(run["input"]) for run in runs] == [True, True]
    console.run("with_key = client.cryptor\nclient.setup_encryption(None)")
    with pytest.raises(EncryptionMismatch, match="setup_encryption"):
        manual.run(console, "create an RPC task")


def test_the_log_in_of_the_manual_fails_with_a_wrong_password(
    administration: Administration,
) -> None:
    console = administration.console
    log_in = manual.SCRIPTS["log in"].replace("config.password", "'Wrong-horse-1'")

    with pytest.raises(NotAuthenticated):
        Terminal(console.folder).run(log_in)


# --- the researcher ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The network that the manual shows, not encrypted."""
    with listening_server(tmp_path_factory.mktemp("example"), EXAMPLE) as server:
        yield server


@pytest.fixture(scope="module")
def sites(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> list[Site]:
    folder = tmp_path_factory.mktemp("sites")
    made = []
    for organization, ages in DATA.items():
        csv = folder / f"{organization}.csv"
        csv.write_text("\n".join(["age", *map(str, ages)]))
        node = PlayedNode(server.api, API_KEYS[organization])
        made.append(Site(node, csv, AVERAGE, folder))
    return made


@pytest.fixture(scope="module")
def terminal(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal in which ``client`` is logged in as a user of example_org1."""
    blanks = {
        "https://MY VANTAGE6 SERVER": server.origin,
        "443": str(None),
        'server_api = ""': 'server_api = "/api"',
        "MY USERNAME": "user1",
        "MY PASSWORD": PASSWORD,
        "FILEPATH TO MY PRIVATE KEY": "",
    }
    terminal = Terminal(tmp_path_factory.mktemp("terminal"))
    (terminal.folder / "config.py").write_text(manual.filled_in("config", blanks))
    manual.run(terminal, "log in")
    return terminal


def ask(terminal: Terminal, sites: list[Site], script: str) -> Any:
    """Run the scripts around one task."""
    terminal.run(NODES_WORK_WHILE_IT_SLEEPS)
    manual.run(terminal, script)
    manual.run(terminal, "wait", during_pause=lambda: work(sites))
    assert terminal.printed.endswith("Waiting for results\nResults are ready!\n")
    manual.run(terminal, "take the id", "list the results")


def test_the_master_task_gives_what_the_manual_shows(
    terminal: Terminal, sites: list[Site]
) -> None:
    ask(terminal, sites, "create a master task")

    for answered, printed in manual.shown(terminal, "show the master result"):
        assert answered == printed


def test_the_rpc_task_gives_what_the_manual_shows(terminal: Terminal, sites: list[Site]) -> None:
    ask(terminal, sites, "create an RPC task")

    for answered, printed in manual.shown(terminal, "show the RPC results"):
        assert answered == printed


def test_waiting_gives_the_same_as_the_loop_of_the_manual(
    terminal: Terminal, sites: list[Site]
) -> None:
    manual.run(terminal, "create an RPC task")
    work(sites)

    results = terminal.value("client.wait_for_results(average_task['id'], timeout=30)")

    assert [entry["result"]["sum"] for entry in results] == [253, 173]


@pytest.mark.parametrize("script", ["show collaborations", "show organizations"])
def test_lists_are_those_that_the_manual_shows(terminal: Terminal, script: str) -> None:
    ((answered, printed),) = manual.shown(terminal, script)

    assert answered == printed
