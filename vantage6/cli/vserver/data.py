"""`import` and `shell`: the contents of a server's database."""

import code
import contextlib
import contextvars
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vantage6.cli import options
from vantage6.cli.context import Configured, Selection
from vantage6.common.errors import ConfigurationError

if TYPE_CHECKING:
    from vantage6.server.config import ServerConfig
    from vantage6.server.session import Database


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.selection("server")
@click.option("--drop-all", is_flag=True, help="Empty the database first, where that is allowed")
def import_(selection: Selection, file: Path, drop_all: bool) -> None:
    """Import organizations, users and collaborations from a YAML FILE."""
    from vantage6.common.echo import info
    from vantage6.server.fixtures import import_fixtures, load

    fixtures = load(file)
    configured = _configured(selection)
    if drop_all and not configured.settings.allow_drop_all:
        raise ConfigurationError(
            f"--drop-all removes everything: 'allow_drop_all' in {configured.instance.file} does"
            " not allow that"
        )
    with _database(configured) as database:
        with database.begin():
            count = import_fixtures(fixtures, drop_all=drop_all)
        if drop_all:
            _prepare(database, configured)  # the user root was removed as well
    info(
        f"Imported {count.organizations} organizations, {count.users} users,"
        f" {count.collaborations} collaborations and {count.nodes} nodes"
    )


@click.command()
@options.selection("server")
def shell(selection: Selection) -> None:
    """Python shell on a server's database, with `db` in scope."""
    with _database(_configured(selection)) as database:
        # What is attached stays attached in its context, so the shell gets one of its own.
        contextvars.copy_context().run(_interact, database)


def _configured(selection: Selection) -> "Configured[ServerConfig]":
    from vantage6.cli.context import configure, find
    from vantage6.server.config import ServerConfig

    return configure(find(selection), ServerConfig)


@contextlib.contextmanager
def _database(configured: "Configured[ServerConfig]") -> "Iterator[Database]":
    """The database of a server, brought up to date."""
    from vantage6.server.config import database_uri
    from vantage6.server.session import Database

    database = Database(database_uri(configured.settings.uri, configured.folders.data))
    try:
        _prepare(database, configured)
        yield database
    finally:
        database.dispose()


def _prepare(database: "Database", configured: "Configured[ServerConfig]") -> None:
    from vantage6.server import startup

    startup.prepare(database, configured.loaded.environment)


def _interact(database: "Database") -> None:
    from vantage6.server import db

    scope, banner = {"db": db}, "vantage6: `db` has the tables, as in db.User.get()"
    session = database.attach_shell()
    try:
        _run_shell(scope, banner)
    finally:
        session.close()


def _run_shell(scope: dict[str, Any], banner: str) -> None:
    if importlib.util.find_spec("IPython") is None:
        code.interact(banner, local=scope, exitmsg="")
    else:
        ipython = importlib.import_module("IPython")
        ipython.start_ipython(argv=["--no-banner"], user_ns=scope)
