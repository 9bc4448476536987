"""Clients of a real server: every organization of its small world, in the same process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.wsgi import WsgiAdapter
from tests.integration.server.world import PASSWORD, Callers, Template, World, settings_for
from vantage6.client import Client
from vantage6.server.app import Server, create_app

MakeClient = Callable[..., Client]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(f"sqlite:///{tmp_path_factory.mktemp('client')}/server.sqlite")


@pytest.fixture
def world(template: Template) -> World:
    return template.world


@pytest.fixture
def server(template: Template, tmp_path: Path) -> Iterator[Server]:
    with template.copy(tmp_path) as uri:
        server = create_app(settings_for(uri), tmp_path)
        yield server
        server.database.dispose()


@pytest.fixture
def callers(server: Server, world: World) -> Callers:
    return Callers(server, world)


@pytest.fixture
def make_client(server: Server) -> Iterator[MakeClient]:
    """Makes clients that are logged in."""
    made = []

    def make(username: str = "researcher", **options: Any) -> Client:
        client = Client("http://server", 5000, server.prefix, **options)
        WsgiAdapter(server.app).attach(client.session)
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
