"""Bringing the tables of a database to the schema that this version of the server works with.

A schema has the number of the migration that made it; the migrations are in `versions`.
"""

import logging

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from vantage6.common.errors import ConfigurationError

log = logging.getLogger(__name__)


def upgrade(connection: Connection) -> None:
    """Run the migrations that a database lacks, inside the transaction of the caller.

    Parameters
    ----------
    connection
        Nobody else changes the tables before its transaction ends. In SQLite references are not
        enforced meanwhile: changing a table means to copy and drop it, and dropping would cascade.

    Raises
    ------
    ConfigurationError
        When the tables are those of a newer server, or not ours, or cannot be changed.
    """
    config = Config()
    config.set_main_option("script_location", "vantage6.server:migration")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present == newest:
        return
    if present is None:
        _refuse_strange_tables(connection)
    elif present not in {migration.revision for migration in script.walk_revisions()}:
        raise ConfigurationError(
            f"the database was used by a newer server: its schema is {present}, and this server"
            f" knows {newest} and older ones. Start the newer version, or restore a backup that"
            " was made before it"
        )
    else:
        log.warning(
            "the database is changed from schema %s to %s; only a backup leads back to the"
            " version before",
            present,
            newest,
        )
    try:
        command.upgrade(config, "head")
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        raise ConfigurationError(
            f"the database could not be changed to schema {newest}; nothing was changed: {reason}"
        ) from error
    _require_whole(connection)


def _refuse_strange_tables(connection: Connection) -> None:
    if "authenticatable" in inspect(connection).get_table_names():
        raise ConfigurationError(
            "the database was made by an older server without migrations; "
            "give this server a database of its own ('uri')"
        )


def _require_whole(connection: Connection) -> None:
    """Check in SQLite what was not enforced while its tables were copied."""
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise ConfigurationError(f"the database refers to rows that do not exist, in: {tables}")
