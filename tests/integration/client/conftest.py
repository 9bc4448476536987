"""A real server and its clients in one process, without sockets; each test finds it as new."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from tests.fakes.keys import write_small_key
from tests.fakes.news import Silence
from tests.fakes.wsgi import WsgiAdapter
from tests.integration.client.rig import Rig
from tests.integration.server.world import PASSWORD, Callers, Template, World, settings_for
from vantage6.client import Client
from vantage6.server.app import Server, create_app
from vantage6.server.model import User
from vantage6.server.session import Database

MakeClient = Callable[..., Client]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    template = Template(f"sqlite:///{tmp_path_factory.mktemp('client')}/server.sqlite")
    database = Database(template.uri)
    with database.begin():
        for user in User.get():
            # Real passwords, but cheap ones to check: every test logs in.
            password = "root" if user.username == "root" else PASSWORD
            hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))
            user.password_hash = hashed.decode()
    database.dispose()
    return template


@pytest.fixture
def world(template: Template) -> World:
    return template.world


@pytest.fixture(scope="module")
def _built(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    with template.copy(folder) as uri:
        server = create_app(settings_for(uri), folder)
        yield server
        server.database.dispose()


@pytest.fixture
def server(_built: Server, template: Template) -> Iterator[Server]:
    """One for all tests of a file, with a new copy of the world for each."""
    yield _built
    _built.database.dispose()
    with template.copy(Path(str(_built.database.engine.url.database)).parent):
        pass


@pytest.fixture
def callers(server: Server, world: World) -> Callers:
    return Callers(server, world)


@pytest.fixture
def rig(server: Server, callers: Callers) -> Rig:
    return Rig(server, callers)


@pytest.fixture
def make_client(server: Server) -> Iterator[MakeClient]:
    """Makes clients that are logged in."""
    made = []

    def make(username: str = "researcher", **options: Any) -> Client:
        client = Client("http://server", 5000, server.prefix, **options)
        WsgiAdapter(server.app).attach(client.session)
        Silence().attach(client)
        made.append(client)
        client.authenticate(username, "root" if username == "root" else PASSWORD)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: MakeClient) -> Client:
    """Researcher of alpha."""
    return make_client()


@pytest.fixture(scope="session")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Private keys of two organizations."""
    folder = tmp_path_factory.mktemp("keys")
    return {name: write_small_key(folder / f"{name}.pem") for name in ("alpha", "beta")}


@pytest.fixture
def keys(rig: Rig, key_files: dict[str, Path]) -> dict[str, Path]:
    """The study is encrypted, and alpha and beta have keys at the server."""
    rig.encrypt_study(key_files)
    return key_files
