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
from vantage6.cli.exits import Refused
from vantage6.common.echo import info

if TYPE_CHECKING:
    from vantage6.server.config import ServerConfig
    from vantage6.server.fixtures import Imported
    from vantage6.server.session import Database


@click.command("import", epilog="Example: vserver import entities.yaml --name main")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@options.selection("server")
@click.option(
    "--existing",
    type=click.Choice(["refuse", "keep", "update"]),
    default="refuse",
    show_default=True,
    help="What becomes of what is there already: nothing is imported, it is left as it is, or it"
    " gets the values of the file",
)
@click.option("--drop-all", is_flag=True, help="Empty the database first, where that is allowed")
@options.yes("Do not ask before the database is emptied")
@options.without_container
def import_(selection: Selection, file: Path, existing: str, drop_all: bool, yes: bool) -> None:
    """Import organizations, users and collaborations.

    FILE is YAML; all of it is stored, or nothing.
    """
    from vantage6.server.fixtures import Existing, import_fixtures, load

    fixtures = load(file)
    configured = _configured(selection)
    if drop_all:
        _require_droppable(configured)
    with _database(configured) as database:
        if drop_all and not yes and not _confirm_drop(database):
            info("Nothing was removed, and nothing imported")
            return
        with database.begin():
            done = import_fixtures(fixtures, existing=Existing(existing), drop_all=drop_all)
        if drop_all:
            _prepare(database, configured)  # the user root was removed as well
    _report(done)


def _require_droppable(configured: "Configured[ServerConfig]") -> None:
    if not configured.settings.allow_drop_all:
        raise Refused(
            f"--drop-all removes everything: 'allow_drop_all' in {configured.instance.file} does"
            " not allow that"
        )


def _confirm_drop(database: "Database") -> bool:
    from sqlalchemy import func, select

    from vantage6.server.model import Organization, Task, User

    with database.begin() as session:
        there = [
            f"{session.scalar(select(func.count(table.id)))} {noun}"
            for table, noun in ((Organization, "organizations"), (User, "users"), (Task, "tasks"))
        ]
    return click.confirm(
        f"Everything in {database.engine.url!r} will be removed, among it {', '.join(there)}."
        " Go on?"
    )


def _report(done: "Imported") -> None:
    kinds = ("organization", "user", "collaboration", "node")
    counts = [f"{done.number(kind)} {kind}s" for kind in kinds]
    info(f"Imported {', '.join(counts[:-1])} and {counts[-1]}")
    for title, names in (("Updated", done.changed), ("Left as it is", done.kept)):
        for name in names:
            info(f"{title}: {name}")


@click.command(epilog="Example: vserver shell --name main")
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

    scope = {"db": db, "Scope": db.Scope, "Operation": db.Operation}
    banner = "vantage6: `db` has the tables; db.User.get() shows them, db.User.help() says more"
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
