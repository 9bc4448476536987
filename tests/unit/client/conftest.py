"""A client at a fake server: user 5 of organization 1; collaboration 1 plain, 2 encrypted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.fakes.keys import write_small_key
from tests.fakes.news import Silence
from tests.fakes.rest import FakeRest
from vantage6.client import Client
from vantage6.common.encoding import bytes_to_base64s

SECRET = "x" * 32
MakeClient = Callable[..., Client]


def login(user_id: int = 5) -> dict[str, str]:
    return {"access_token": jwt.encode({"sub": user_id}, SECRET), "refresh_url": "/api/refresh"}


def organization(id_: int, public_key: str = "") -> dict[str, Any]:
    return {"id": id_, "name": f"hospital {id_}", "public_key": public_key}


def result(id_: int = 9, **values: Any) -> dict[str, Any]:
    """A row as the server answers it; `data` is what the container wrote."""
    data = values.pop("data", b'json.{"average": 3.5}')
    return {
        "id": id_,
        "input": bytes_to_base64s(b'json.{"method": "x"}'),
        "result": bytes_to_base64s(data),
        "log": None,
        "status": "completed",
        "finished_at": "2026-01-01T00:00:00+00:00",
        "organization": {"id": 2, "link": "/api/organization/2", "methods": ["GET"]},
        **values,
    }


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two private keys: ours and another one."""
    folder = tmp_path_factory.mktemp("keys")
    files = folder / "own.pem", folder / "other.pem"
    for file in files:
        write_small_key(file)
    return files


@pytest.fixture
def rest() -> FakeRest:
    rest = FakeRest()
    rest.on("POST /token/user", login())
    rest.on("GET /user/5", {"id": 5, "firstname": "Ada", "organization": {"id": 1}})
    for id_ in (1, 2, 3):
        rest.on(f"GET /organization/{id_}", organization(id_))
    rest.on("GET /collaboration/1", {"id": 1, "encrypted": False})
    rest.on("GET /collaboration/2", {"id": 2, "encrypted": True})
    return rest


@pytest.fixture
def make_client(rest: FakeRest) -> Iterator[MakeClient]:
    """Makes clients that talk to the fake server; not logged in."""
    made = []

    def make(**options: Any) -> Client:
        client = Client("http://server", 5000, "/api", **options)
        rest.attach(client.session)
        Silence().attach(client)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    """Logged in."""
    client = make_client()
    client.authenticate("ada", "secret")
    return client
