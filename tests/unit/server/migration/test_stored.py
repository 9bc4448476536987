"""Databases of earlier schemas: what people have is brought up to date, and nothing is lost."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, select, text
from tests.unit.server.migration.store import FOLDER, PASSWORD, SPENT
from vantage6.common.errors import ConfigurationError
from vantage6.server.model import Base, Organization, Result, Task, User
from vantage6.server.service import principals
from vantage6.server.session import Database
from vantage6.server.startup import prepare

REVISIONS = sorted({file.name.partition(".")[0] for file in FOLDER.glob("*.sql")})
EVERY_STORED = pytest.mark.parametrize(
    "stored",
    [
        pytest.param(f"{revision}.{kind}", marks=[pytest.mark.postgres] * (kind == "postgres"))
        for revision in REVISIONS
        for kind in ("sqlite", "postgres")
    ],
    indirect=True,
)
OLDEST = pytest.mark.parametrize(
    "stored",
    ["0001.sqlite", pytest.param("0001.postgres", marks=pytest.mark.postgres)],
    indirect=True,
)

IN_SQLITE = pytest.mark.parametrize("stored", ["0001.sqlite"], indirect=True)


@pytest.fixture
def stored(request, tmp_path):
    """A database as one of the files tells it."""
    script = (FOLDER / f"{request.param}.sql").read_text()
    if request.param.endswith("sqlite"):
        database = Database(load_sqlite(tmp_path / "stored.sqlite", script))
        yield database
        database.dispose()
        return
    database = request.getfixturevalue("postgres_blank")
    load_postgres(database, script)
    yield database


def load_sqlite(file: Path, script: str) -> str:
    with sqlite3.connect(file) as connection:
        connection.executescript(script)
    connection.close()
    return f"sqlite:///{file}"


def load_postgres(database: Database, script: str) -> None:
    with database.engine.begin() as connection:
        connection.detach()  # the script leaves settings behind
        # By the driver, for which a % without values is a %.
        connection.connection.dbapi_connection.execute(script)


def contents(database):
    """Every row of every table, as plain values by column."""
    metadata = MetaData()
    with database.engine.connect() as connection:
        metadata.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in metadata.tables.items()
            if name != "alembic_version"
        }


def kept(before, after):
    """The rows of before that are in after with the same values; columns may have been added."""
    return {
        name: [row for row in rows if any(row.items() <= other.items() for other in after[name])]
        for name, rows in before.items()
    }


def version(database):
    with database.engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


@EVERY_STORED
def test_every_row_is_there_after_the_upgrade(stored):
    before = contents(stored)

    stored.upgrade()

    assert all(before.values())
    assert kept(before, contents(stored)) == before


@EVERY_STORED
def test_tables_are_those_of_the_models_after_the_upgrade(stored):
    stored.upgrade()

    with stored.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@EVERY_STORED
def test_ids_that_were_given_before_the_upgrade_are_not_given_again(stored):
    stored.upgrade()

    with stored.begin():
        organization = Organization(name="new").save()
        user = User(username="new", organization=organization).save()
        task = Task(image="i", run_id=0, collaboration_id=1, initiator_id=2).save()
        assert (organization.id, user.id, task.id) == tuple(last + 1 for last in SPENT.values())


@EVERY_STORED
def test_a_server_starts_on_it_and_people_go_on(stored):
    prepare(stored, "prod")

    with stored.begin():
        root, doctor = User.find("root"), User.find("doctor")
        assert root.check_password(PASSWORD)
        assert (root.token_epoch, root.password_by_mail) == (0, False)
        assert ("task", "VIEW", "ORGANIZATION") in {
            (name, op.name, scope.name) for name, op, scope in principals.user(doctor.id).rules
        }
        assert [task.status for task in Task.get()] == ["completed", "failed"]
        assert Result.by_id(1).log == "line\nline"
        assert Organization.by_id(2).name == "Klinik Süd"


@OLDEST
def test_two_servers_that_start_together_upgrade_once(stored):
    before = contents(stored)
    url = stored.engine.url.render_as_string(hide_password=False)
    servers = [Database(url) for _ in range(2)]

    with ThreadPoolExecutor(2) as threads:
        started = list(threads.map(lambda server: prepare(server, "prod"), servers))

    assert started == [None, None]
    after = contents(stored)
    # Rules and roles follow the code, and a user root is there already.
    followed = {"rule", "role", "role_rule_association"}
    assert kept(before, after).keys() == before.keys()
    assert {name for name in before if len(before[name]) != len(after[name])} <= followed
    for server in servers:
        server.dispose()


@IN_SQLITE
def test_the_way_back_is_named_before_anything_is_changed(stored, caplog):
    stored.upgrade()

    assert "from schema 0001 to " in caplog.text
    assert "only a backup leads back" in caplog.text


def test_nothing_is_said_when_nothing_is_changed(database, caplog):
    database.upgrade()

    assert "backup" not in caplog.text


@IN_SQLITE
def test_a_newer_schema_is_refused_and_left_alone(stored):
    stored.upgrade()
    with stored.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = contents(stored)

    with pytest.raises(ConfigurationError, match="used by a newer server: its schema is 9999"):
        stored.upgrade()

    assert (contents(stored), version(stored)) == (before, "9999")


@OLDEST
def test_an_upgrade_that_fails_changes_nothing_and_says_why(stored):
    with stored.engine.begin() as connection:
        connection.execute(text("CREATE TABLE login_session (mine INTEGER)"))
    before = contents(stored)

    with pytest.raises(ConfigurationError, match=r"nothing was changed.*login_session"):
        stored.upgrade()

    assert (contents(stored), version(stored)) == (before, "0001")


def test_references_are_enforced_again_after_the_upgrade(database):
    database.upgrade()

    with pytest.raises(Exception, match="FOREIGN KEY"), database.begin():
        User(username="lost", organization_id=4711).save()
