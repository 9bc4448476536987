"""The manual's administrator, who makes a network with encryption on an empty server."""

import json
from dataclasses import dataclass
from pathlib import Path

from tests.compat.client import manual
from tests.compat.client.nodes import PlayedNode
from tests.compat.client.published import Console, Remote
from tests.compat.client.servers import RunningServer
from vantage6.common.encryption import RSACryptor

VECTORS = Path(__file__).parents[1] / "vectors" / "encryption.json"
KNOWN_KEYS = [key["private_key"] for key in json.loads(VECTORS.read_text("utf-8"))["keys"]]
"""Making one takes a second."""


@dataclass(frozen=True)
class Administration:
    """A terminal in which ``client`` is logged in as root, with the key of its organization."""

    console: Console
    server: RunningServer
    keys: dict[int, Path]
    """Files with the private keys, by organization."""

    @property
    def client(self) -> Remote:
        return Remote(self.console, "client")

    def add_organization(self, number: int, name: str) -> None:
        """One more organization in the collaboration; 3.x clients only have the request for it."""
        public_key = RSACryptor(self.keys[number]).public_key_str
        self.client.organization.create(name, "", "", "", "", "", public_key=public_key)
        self.client.request("collaboration/1/organization", json={"id": number}, method="post")

    def add_node(self, number: int) -> PlayedNode:
        """The node of an organization, with its key."""
        made = self.client.node.create(collaboration=1, organization=number)
        return PlayedNode(self.server.api, made["api_key"], RSACryptor(self.keys[number]))


def follow_the_manual(
    version: str, console: Console, server: RunningServer, folder: Path
) -> Administration:
    """Do everything that the manual says, from log-in to the first node."""
    keys = {number: folder / f"organization{number}.pem" for number in (1, 2, 3, 4)}
    for number, key in zip((3, 4), KNOWN_KEYS, strict=True):
        keys[number].write_text(key)
    # The manual is that of 3.5; in 3.11 the class is in another place.
    old, new = "vantage6.client.encryption", "vantage6.common.encryption"
    module = old if version == "3.5.2" else new
    console.run(f"""
import pathlib
from {module} import RSACryptor
RSACryptor.create_new_rsa_key(pathlib.Path({str(keys[1])!r}))
""")
    log_in(console, server, keys[1])
    blanks = {old: module, "/path/to/private/key": str(keys[2])}
    console.run(manual.filled_in("make a key", blanks))
    manual.run(console, "create an organization", "list organizations", "create a collaboration")
    manual.run(console, "list organizations and collaborations", "register a node")
    return Administration(console, server, keys)


def log_in(console: Console, server: RunningServer, key: Path) -> None:
    """Write the manual's config.py beside the terminal, and log in with it."""
    blanks = {
        "https://MY VANTAGE6 SERVER": "http://127.0.0.1",
        "443": str(server.port),
        "MY USERNAME": "root",
        "MY PASSWORD": "root",
        "FILEPATH TO MY PRIVATE KEY": str(key),
    }
    (console.folder / "config.py").write_text(manual.filled_in("config", blanks))
    manual.run(console, "log in")
