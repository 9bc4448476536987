"""A migrated database in a file of its own for every test, and who asks it."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, make_url, text
from tests.fakes.publisher import RecordingPublisher
from vantage6.server.model import Result
from vantage6.server.permission.principal import Principal
from vantage6.server.service import authentication, principals
from vantage6.server.session import Database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """File of a migrated database without rows; each test works on a copy."""
    file = tmp_path_factory.mktemp("migrated") / "template.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.dispose()
    return file


@pytest.fixture
def published() -> RecordingPublisher:
    """Everything that left the server after a commit."""
    return RecordingPublisher()


@pytest.fixture
def database(migrated: Path, tmp_path: Path, published: RecordingPublisher) -> Iterator[Database]:
    file = tmp_path / "server.sqlite"
    shutil.copyfile(migrated, file)
    database = Database(f"sqlite:///{file}", deliver=published)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def postgres_migrated(postgres_url: str) -> Iterator[str]:
    """URL of a database with tables and without rows in PostgreSQL, to make copies of."""
    with _new_postgres(postgres_url) as url:
        database = Database(url)
        database.upgrade()
        database.dispose()
        yield url


@pytest.fixture
def postgres_copy(postgres_url: str, postgres_migrated: str) -> Iterator[Database]:
    """A copy of it."""
    with _new_postgres(postgres_url, make_url(postgres_migrated).database) as url:
        database = Database(url)
        yield database
        database.dispose()


@pytest.fixture
def postgres_blank(postgres_url: str) -> Iterator[Database]:
    """A database of its own without tables."""
    with _new_postgres(postgres_url) as url:
        database = Database(url)
        yield database
        database.dispose()


@contextmanager
def _new_postgres(url: str, template: str | None = "template1") -> Iterator[str]:
    name = f"v6_unit_{uuid.uuid4().hex}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


_BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=_BOTH)
def either(request: pytest.FixtureRequest) -> Database:
    """The same with tables."""
    name = {"sqlite": "database", "postgres": "postgres_copy"}[request.param]
    database: Database = request.getfixturevalue(name)
    return database


@pytest.fixture
def unit(database: Database) -> Iterator[None]:
    """The whole test is one unit of work."""
    with database.begin():
        yield


@dataclass
class Counter:
    """SQL statements and commits that were seen."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0


@pytest.fixture
def counted(database: Database):
    """Context manager that counts SQL statements and commits."""

    @contextmanager
    def counting() -> Iterator[Counter]:
        seen = Counter()

        def statement(_c, _u, text, *_):
            seen.statements.append(text)

        def commit(_):
            seen.commits += 1

        event.listen(database.engine, "before_cursor_execute", statement)
        event.listen(database.engine, "commit", commit)
        try:
            yield seen
        finally:
            event.remove(database.engine, "before_cursor_execute", statement)
            event.remove(database.engine, "commit", commit)

    return counting


@pytest.fixture
def as_user():
    """Principal of a user."""
    return lambda user: principals.user(user.id)


@pytest.fixture
def as_node():
    """Principal of a node."""
    return lambda node: principals.node(node.id)


@pytest.fixture
def as_container():
    """Principal of the container of a run, with the token that its node gets."""

    def log_in(run: Result) -> Principal:
        actor = principals.node(run.node.id)
        claims = authentication.container_identity(actor, run.task_id, run.task.image)
        return principals.container(claims)

    return log_in
