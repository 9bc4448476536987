"""Servers on copies of the world in SQLite and PostgreSQL, and what tests of them need."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url, select
from tests.fakes.mailbox import Mailbox
from tests.integration.server.world import (
    IMAGE,
    INPUT,
    Callers,
    PostgresTemplate,
    Template,
    World,
    database_server,
    settings_for,
)
from vantage6.server.app import Server, create_app


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(f"sqlite:///{tmp_path_factory.mktemp('template')}/server.sqlite")


@pytest.fixture(scope="session")
def postgres_template(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresTemplate]:
    # The folder of the test run names the database: runs side by side have one each.
    name = "v6_" + tmp_path_factory.mktemp("postgres").parent.name.replace("-", "_")
    url = make_url(postgres_url)
    with database_server(url) as run:
        run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        run(f'CREATE DATABASE "{name}"')
    template = PostgresTemplate(url.set(database=name).render_as_string(hide_password=False))
    yield template
    template.drop()
    with database_server(url) as run:
        run(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(
    scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def template(request: pytest.FixtureRequest) -> Template:
    return request.getfixturevalue(f"{request.param}_template")


# --- server -----------------------------------------------------------------------------------


@pytest.fixture
def world(template: Template) -> World:
    return template.world


@pytest.fixture
def make_server(template: Template, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Builds a server on a copy of the world; settings can be changed by keyword."""
    made: list[Server] = []
    with template.copy(tmp_path) as uri:

        def make(**changes: Any) -> Server:
            made.append(create_app(settings_for(uri, **changes), tmp_path))
            return made[-1]

        yield make
        # What is done beside a request, such as mails, may still use the database.
        for thread in threading.enumerate():
            if thread.name == "aside":
                thread.join(timeout=30)
        for server in made:
            server.database.dispose()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    return make_server()


@pytest.fixture
def callers(server: Server, world: World) -> Callers:
    return Callers(server, world)


@pytest.fixture
def post_task(callers: Callers, world: World) -> Callable[..., dict[str, Any]]:
    """Stores a task of the study and returns its JSON."""

    def post(*organizations: str, by: str = "researcher", **changes: Any) -> dict[str, Any]:
        ids = [world.organizations[name] for name in organizations or ("alpha", "beta", "gamma")]
        body = {
            "name": "mean age",
            "image": IMAGE,
            "collaboration_id": world.collaborations["study"],
            "organizations": [{"id": id_, "input": INPUT} for id_ in ids],
        }
        answer = callers.user(by).post("task", body | changes)
        assert answer.status_code == 201, answer.json
        return answer.json

    return post


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[dict[str, Any]]:
    with mailbox.listening() as settings:
        yield settings


# --- counting ---------------------------------------------------------------------------------


@dataclass
class Counter:
    """SQL statements and commits that were seen."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@pytest.fixture
def counted(server: Server) -> Callable[[], Any]:
    @contextmanager
    def counting() -> Iterator[Counter]:
        seen = Counter()

        def statement(_c: Any, _u: Any, sql: str, *_: Any) -> None:
            seen.statements.append(sql)

        def commit(_: Any) -> None:
            seen.commits += 1

        engine = server.database.engine
        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
        yield seen
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)

    return counting


@pytest.fixture
def stored(server: Server) -> Callable[[Any], int]:
    """Number of rows in a table."""

    def count(model: Any) -> int:
        with server.database.begin() as session:
            return len(session.scalars(select(model.id)).all())

    return count
