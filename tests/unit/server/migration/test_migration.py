"""The migrations make exactly the tables of the models."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from vantage6.common.errors import ConfigurationError
from vantage6.server.model import Base
from vantage6.server.session import Database


@pytest.fixture
def empty(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield database
    database.dispose()


def test_head_is_what_the_models_say(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrade_twice_changes_nothing(empty):
    empty.upgrade()
    empty.upgrade()
    assert "task" in inspect(empty.engine).get_table_names()


def test_ids_are_never_reused_because_tables_autoincrement(database):
    with database.engine.connect() as connection:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type='table'"))
        definitions = {name: sql for name, sql in rows if sql}
    for name in ("authenticatable", "organization", "collaboration", "task", "result"):
        assert "AUTOINCREMENT" in definitions[name]


def test_servers_that_start_together_migrate_once(empty):
    with ThreadPoolExecutor(3) as servers:
        started = [servers.submit(empty.upgrade) for _ in range(3)]
    assert [server.exception() for server in started] == [None, None, None]


def test_database_of_an_older_server_is_refused_with_a_hint(empty):
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE authenticatable (id INTEGER PRIMARY KEY)"))
    with pytest.raises(ConfigurationError, match="a database of its own"):
        empty.upgrade()


def test_rows_of_the_first_schema_get_the_first_token_epoch(empty):
    config = Config()
    config.set_main_option("script_location", "vantage6.server:migration")
    with empty.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO authenticatable (type) VALUES ('user')"))
        connection.commit()
    empty.upgrade()
    with empty.engine.connect() as connection:
        epochs = connection.execute(text("SELECT token_epoch FROM authenticatable")).scalars()
        assert epochs.all() == [0]
