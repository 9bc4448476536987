"""A small world for a server's database, and callers who know its addresses.

World: the organizations `alpha`, `beta` and `gamma` work together in the collaboration `study`,
each with a node; `gamma` and `delta` in another one. Users are named after their role.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from flask.testing import FlaskClient
from sqlalchemy import URL, create_engine, make_url, text
from tests.integration.server.conformance import conformance_of
from vantage6.common.encoding import bytes_to_base64s
from vantage6.server import startup
from vantage6.server.app import Server
from vantage6.server.config import ServerConfig
from vantage6.server.model import Base, Collaboration, Node, Organization, Role, User
from vantage6.server.model.user import hash_password
from vantage6.server.permission.principal import Kind
from vantage6.server.session import Database
from werkzeug.test import TestResponse

SECRET = "a secret that is long enough for every test of the server and its tokens"
PASSWORD = "Correct-horse-1"
IMAGE = "registry.example.org/average:1"
ORGANIZATIONS = ("alpha", "beta", "gamma", "delta")
USERS = (
    ("researcher", "Researcher", "alpha"),
    ("viewer", "Viewer", "alpha"),
    ("admin", "Organization Admin", "alpha"),
    ("coordinator", "Collaboration Admin", "beta"),
    ("outsider", "Researcher", "delta"),
    ("nobody", None, "alpha"),
)
INPUT = bytes_to_base64s(b'json.{"method": "average"}')


@dataclass
class World:
    """Ids of what is in the database, by name."""

    organizations: dict[str, int] = field(default_factory=dict)
    collaborations: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, int] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


def populate() -> World:
    world = World()
    made = {name: Organization(name=name, country="NL").save() for name in ORGANIZATIONS}
    world.organizations = {name: row.id for name, row in made.items()} | {"root": 1}
    for name, members in (("study", ORGANIZATIONS[:3]), ("other", ("gamma", "delta"))):
        row = Collaboration(name=name, encrypted=False)
        row.organizations = [made[member] for member in members]
        world.collaborations[name] = row.save().id
        for member in members:
            _add_node(world, made[member], row)
    roles = {role.name: role for role in Role.get()}
    password_hash = hash_password(PASSWORD)
    for name, role, organization in USERS:
        held = [roles[role]] if role else []
        user = User(username=name, organization=made[organization], roles=held)
        user.email = f"{name}@example.org"
        user.password_hash = password_hash
        world.users[name] = user.save().id
    root = User.find("root")
    world.users["root"] = root.id
    return world


def _add_node(world: World, organization: Organization, collaboration: Collaboration) -> None:
    label = organization.name if collaboration.name == "study" else f"{organization.name}-other"
    world.keys[label] = f"00000000-0000-4000-8000-{len(world.keys):012d}"
    node = Node(
        name=f"{organization.name} - {collaboration.name} Node",
        api_key=world.keys[label],
        organization=organization,
        collaboration=collaboration,
    )
    world.nodes[label] = node.save().id


def settings_for(uri: str, **changes: Any) -> ServerConfig:
    plain = {"uri": uri, "jwt_secret_key": SECRET, "max_body_kb": 4, "max_page_size": 5}
    return ServerConfig(**(plain | changes))


# --- databases --------------------------------------------------------------------------------


class Template:
    """A prepared database, of which every test gets a copy in the same state."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        database = Database(uri)
        startup.prepare(database, "test")
        with database.begin():
            self.world = populate()
        database.dispose()

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """URI of a copy."""
        file = folder / "server.sqlite"
        shutil.copyfile(str(make_url(self.uri).database), file)
        yield f"sqlite:///{file}"


class PostgresTemplate(Template):
    """The same; copies are used again and again, because making one is slow."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self._url = make_url(uri)
        self._made = 0
        self._free: list[str] = []
        tables = Base.metadata.sorted_tables
        self._run(
            uri,
            "CREATE SCHEMA original",
            *(f'CREATE TABLE original."{table}" AS TABLE "{table}"' for table in tables),
        )
        # Much faster than emptying tables with TRUNCATE, which makes each of them anew.
        self._restoring = [
            *(f'DELETE FROM "{table}"' for table in reversed(tables)),  # noqa: S608
            *(f'INSERT INTO "{table}" TABLE original."{table}"' for table in tables),
            *(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', 'id'),"  # noqa: S608
                f' coalesce(max(id), 0) + 1, false) FROM "{table}"'
                for table in tables
                if table.autoincrement_column is not None
            ),
        ]

    @contextmanager
    def copy(self, folder: Path) -> Iterator[str]:
        """URI of a copy."""
        del folder
        uri = self._free.pop() if self._free else self._make()
        yield uri
        self._run(uri, *self._restoring)
        self._free.append(uri)

    def drop(self) -> None:
        """Remove the copies; all of them are free again."""
        with database_server(self._url) as run:
            for uri in self._free:
                run(f'DROP DATABASE "{make_url(uri).database}" WITH (FORCE)')

    def _make(self) -> str:
        self._made += 1
        name = f"{self._url.database}_{self._made}"
        with database_server(self._url) as run:
            run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            run(f'CREATE DATABASE "{name}" TEMPLATE "{self._url.database}"')
        return self._url.set(database=name).render_as_string(hide_password=False)

    @staticmethod
    def _run(uri: str, *statements: str) -> None:
        parts = make_url(uri).translate_connect_args(username="user", database="dbname")
        with psycopg.connect(**parts) as connection:
            connection.execute("; ".join(statements))


@contextmanager
def database_server(url: URL) -> Iterator[Callable[[str], Any]]:
    """Runs statements about whole databases."""
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield lambda statement: connection.execute(text(statement))
    engine.dispose()


# --- callers ----------------------------------------------------------------------------------


@dataclass
class Caller:
    """Somebody who calls the server with a token, or without one."""

    client: FlaskClient
    token: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def with_token(self, token: str) -> "Caller":
        return Caller(self.client, token)

    def call(self, verb: str, path: str, json: Any = None, **options: Any) -> TestResponse:
        body = {} if json is None else {"json": json}
        answer = self.client.open(
            f"/api/{path}", method=verb, headers=self.headers, **body, **options
        )
        # Every answer that any test gets is one that the API description allows.
        conformance_of(self.client.application).check(verb, f"/api/{path}", answer)
        return answer

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, query_string=query or None)

    def post(self, path: str, json: Any = None) -> TestResponse:
        return self.call("POST", path, json)

    def patch(self, path: str, json: Any = None) -> TestResponse:
        return self.call("PATCH", path, json)

    def delete(self, path: str, json: Any = None) -> TestResponse:
        return self.call("DELETE", path, json)


class Callers:
    """Makes callers; tokens are issued without a password, which bcrypt makes slow."""

    def __init__(self, server: Server, world: World) -> None:
        self._server, self.world = server, world

    def anyone(self) -> Caller:
        return Caller(self._server.app.test_client())

    def user(self, name: str) -> Caller:
        return self._signed(Kind.USER, self.world.users[name])

    def node(self, name: str) -> Caller:
        return self._signed(Kind.NODE, self.world.nodes[name])

    def container(self, node: str, task: dict[str, Any]) -> Caller:
        wanted = {"task_id": task["id"], "image": task["image"]}
        answer = self.node(node).post("token/container", wanted)
        assert answer.status_code == 200, answer.json
        return Caller(self._server.app.test_client(), answer.json["container_token"])

    def _signed(self, kind: Kind, id_: int) -> Caller:
        with self._server.app.app_context():
            token = self._server.tokens.pair(kind, id_)["access_token"]
        return Caller(self._server.app.test_client(), token)
