"""Two organizations that share a plain and an encrypted collaboration, at a server of any make."""

import json
import uuid
from pathlib import Path
from typing import Any

import pandas as pd
from vantage6.cli.vdev.files import free_port
from vantage6.client import Client
from vantage6.common.api_session import ApiSession
from vantage6.common.encryption import RSACryptor

USERNAME, PASSWORD = "alice", "Correct-horse-1"
COLUMN = "age"
KINDS = {"plain": False, "encrypted": True}
"""The collaborations, and whether they are encrypted."""
DATA = {"alpha": [1.5, 2.25], "beta": [4.125, 10.0, 20.5]}
"""The organizations, and what the database of each holds."""
AVERAGE = pd.Series([*DATA["alpha"], *DATA["beta"]]).mean()
_VECTORS = Path(__file__).parent / "vectors" / "encryption.json"


class Federation:
    """The organizations, their keys and databases, and the address of their server.

    The user belongs to ``alpha``.
    """

    def __init__(self, folder: Path, base_image: str, host: str = "127.0.0.1") -> None:
        self.folder, self.base_image = folder, base_image
        self.host, self.port = host, free_port()
        self.api_keys = {(kind, name): str(uuid.uuid4()) for kind in KINDS for name in DATA}
        self.keys: dict[str, Path] = {}
        self.databases: dict[str, Path] = {}
        texts = [key["private_key"] for key in json.loads(_VECTORS.read_text("utf-8"))["keys"]]
        for (name, values), text in zip(DATA.items(), texts, strict=True):
            self.keys[name], self.databases[name] = folder / f"{name}.pem", folder / f"{name}.csv"
            self.keys[name].write_text(text)
            self.keys[name].chmod(0o600)
            pd.DataFrame({COLUMN: values}).to_csv(self.databases[name], index=False)

    def encryption(self, kind: str, organization: str) -> dict[str, Any]:
        """The block of that name in the configuration of a node."""
        if not KINDS[kind]:
            return {"enabled": False}
        return {"enabled": True, "private_key": str(self.keys[organization])}

    # --- the server's side ------------------------------------------------------------------

    def entities(self) -> dict[str, Any]:
        """What a server of ours imports."""
        organizations: list[dict[str, Any]] = [
            {"name": name, "public_key": RSACryptor(self.keys[name]).public_key_str}
            for name in DATA
        ]
        organizations[0]["users"] = [{"username": USERNAME, "password": PASSWORD}]
        collaborations = [
            {
                "name": kind,
                "encrypted": is_encrypted,
                "participants": [
                    {"name": name, "api_key": self.api_keys[kind, name]} for name in DATA
                ],
            }
            for kind, is_encrypted in KINDS.items()
        ]
        return {"organizations": organizations, "collaborations": collaborations}

    def register(self, root: ApiSession) -> None:
        """Make the same at a running server, one request after the other, as root."""
        place = dict.fromkeys(("domain", "address1", "address2", "zipcode", "country"), "x")
        ids = {name: root.post("organization", {"name": name, **place})["id"] for name in DATA}
        for kind, is_encrypted in KINDS.items():
            body = {
                "name": kind,
                "organization_ids": list(ids.values()),
                "encrypted": is_encrypted,
            }
            collaboration = root.post("collaboration", body)["id"]
            for name, id_ in ids.items():
                node = {"organization_id": id_, "collaboration_id": collaboration}
                self.api_keys[kind, name] = root.post("node", node)["api_key"]
        user: dict[str, Any] = {"username": USERNAME, "password": PASSWORD}
        user |= {"firstname": "x", "lastname": "x", "email": "alice@example.org", "roles": []}
        rules = [rule["id"] for rule in root.get("rule")]
        root.post("user", user | {"organization_id": ids["alpha"], "rules": rules})

    # --- the researcher's side ----------------------------------------------------------------

    def client(self, kind: str) -> Client:
        """Client of the user, with the key of the organization where it takes one."""
        client = Client(f"http://{self.host}", self.port, "/api")
        client.authenticate(USERNAME, PASSWORD)
        client.setup_encryption(self.keys["alpha"] if KINDS[kind] else None)
        return client


def ask(
    client: Client,
    kind: str,
    image: str,
    method: str,
    *organizations: str,
    data_format: str = "json",
    **kwargs: Any,
) -> int:
    """Send a task to organizations, and have its output in the format of its input; its id."""
    collaborations = _ids(client.collaboration.list(fields=["id", "name"]))
    ids = _ids(client.organization.list(fields=["id", "name"]))
    asked: dict[str, Any] = {"method": method, "master": method == "master", "kwargs": kwargs}
    if data_format == "json":
        asked["output_format"] = "json"
    task = client.task.create(
        collaboration=collaborations[kind],
        organizations=[ids[name] for name in organizations],
        name=method,
        image=image,
        description="",
        input=asked,
        data_format=data_format,
    )
    return int(task["id"])


def _ids(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {row["name"]: row["id"] for row in rows}
