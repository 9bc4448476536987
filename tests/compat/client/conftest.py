"""For each published version: its interpreter, and servers with what its scripts need.

Each of them is made once in a session, for the first test that needs it, whatever the order.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from tests.compat.client.administration import Administration, follow_the_manual
from tests.compat.client.nodes import PlayedNode
from tests.compat.client.published import Console, Remote
from tests.compat.client.servers import (
    API_KEYS,
    EXAMPLE,
    PASSWORD,
    RunningServer,
    running_server,
)
from tests.environments import peer

VERSIONS = ("3.11.1", "3.5.2")
Nodes = dict[int, PlayedNode]
_Made = TypeVar("_Made")


class Kept:
    """What was made once for a version.

    Session fixtures with parameters would not do: pytest ends them when the next test has another
    version, and with several workers that is often.
    """

    def __init__(self, version: str, made: dict[tuple[str, str], Any], stack: ExitStack) -> None:
        self.stack = stack
        """Ends what has to be ended."""
        self._version, self._made = version, made

    def __call__(self, what: str, make: Callable[[], _Made]) -> _Made:
        key = (what, self._version)
        if key not in self._made:
            self._made[key] = make()
        made: _Made = self._made[key]
        return made


@pytest.fixture(scope="session")
def keep() -> Iterator[Callable[[str], Kept]]:
    """What was made, by version."""
    made: dict[tuple[str, str], Any] = {}
    with ExitStack() as stack:
        yield lambda version: Kept(version, made, stack)


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """Of the published client."""
    return str(request.param)


@pytest.fixture
def kept(keep: Callable[[str], Kept], version: str) -> Kept:
    """What was made for this version."""
    return keep(version)


@pytest.fixture
def make_console(
    kept: Kept, version: str, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Console]:
    """Starts interpreters with the published client."""
    interpreter = kept("interpreter", lambda: peer(f"vantage6-client=={version}"))

    def make() -> Console:
        console = Console(interpreter, tmp_path_factory.mktemp("console"))
        return kept.stack.enter_context(closing(console))

    return make


# --- the network that the manual shows, not encrypted -----------------------------------------


@pytest.fixture
def example(kept: Kept, version: str, tmp_path_factory: pytest.TempPathFactory) -> RunningServer:
    """Its server."""

    def make() -> RunningServer:
        folder = tmp_path_factory.mktemp(f"example-{version}")
        return kept.stack.enter_context(running_server(folder, EXAMPLE))

    return kept("example", make)


@pytest.fixture
def example_nodes(kept: Kept, example: RunningServer) -> Nodes:
    """Its nodes, by organization."""
    return kept("nodes", lambda: {key: PlayedNode(example.api, API_KEYS[key]) for key in API_KEYS})


@pytest.fixture
def example_console(
    kept: Kept, make_console: Callable[[], Console], example: RunningServer
) -> Console:
    """A terminal in which ``client`` is logged in as a user of example_org1 who may do all."""

    def make() -> Console:
        console = make_console()
        console.run(f"""
from vantage6.client import Client
client = Client('http://127.0.0.1', {example.port}, '/api')
client.authenticate('user1', {PASSWORD!r})
client.setup_encryption(None)
""")
        return console

    return kept("console", make)


@pytest.fixture
def nodes(example_nodes: Nodes) -> Nodes:
    return example_nodes


@pytest.fixture
def console(example_console: Console) -> Console:
    return example_console


@pytest.fixture
def client(console: Console) -> Remote:
    """The published client of that terminal."""
    return Remote(console, "client")


# --- the network that the manual's administrator makes, encrypted -----------------------------


@pytest.fixture
def administration(
    kept: Kept,
    version: str,
    make_console: Callable[[], Console],
    tmp_path_factory: pytest.TempPathFactory,
) -> Administration:
    """An empty server, on which everything was done that the manual says."""

    def make() -> Administration:
        folder = tmp_path_factory.mktemp(f"manual-{version}")
        server = kept.stack.enter_context(running_server(folder, api_path=""))
        return follow_the_manual(version, make_console(), server, folder)

    return kept("administration", make)


@pytest.fixture
def encrypted_nodes(kept: Kept, administration: Administration) -> Nodes:
    """Two more organizations take part there, and three have nodes with keys."""

    def make() -> Nodes:
        administration.add_organization(3, "Rohan")
        administration.add_organization(4, "Gondor")
        return {number: administration.add_node(number) for number in (2, 3, 4)}

    return kept("encrypted nodes", make)


# --- both -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """A terminal with a client, and the nodes of organizations 2, 3 and 4."""

    console: Console
    nodes: Nodes
    is_encrypted: bool
    initiator: int
    """The organization that the client's user belongs to."""

    @property
    def client(self) -> Remote:
        """The client as it is in a new terminal.

        In 3.5 the filters of one call of `get_results` stay for the next one.
        """
        self.console.run("type(client).get_results.__defaults__[-1].clear()")
        return Remote(self.console, "client")


@pytest.fixture(params=["plain", "encrypted"])
def network(request: pytest.FixtureRequest, version: str) -> Network:
    """The one that the manual shows, and the one that its administrator makes."""
    assert version
    if request.param == "plain":
        console = request.getfixturevalue("example_console")
        nodes = request.getfixturevalue("example_nodes")
        return Network(console, nodes, is_encrypted=False, initiator=2)
    administration: Administration = request.getfixturevalue("administration")
    nodes = request.getfixturevalue("encrypted_nodes")
    return Network(administration.console, nodes, is_encrypted=True, initiator=1)
