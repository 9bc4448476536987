"""Engines: how SQLite and PostgreSQL are spoken to, and what their errors mean."""

import os
from contextlib import suppress
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from vantage6.common.errors import Conflict, Unavailable

_BUSY_TIMEOUT_MS = 15_000
_UNIQUE_VIOLATION = "23505"  # SQLSTATE of PostgreSQL


def make_engine(uri: str) -> Engine:
    """Connections to a database; none is made yet.

    Parameters
    ----------
    uri
        SQLAlchemy URI of SQLite or PostgreSQL.
    """
    url = make_url(uri)
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    # Parameters stay hidden: they hold inputs, results and password hashes.
    engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def make_private(url: URL) -> None:
    """Make a new database file readable by its owner only: it holds inputs and password hashes."""
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        with suppress(FileExistsError, FileNotFoundError):
            os.close(os.open(str(url.database), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def translated(error: DBAPIError) -> Exception:
    """What a caller can do something about, in words of the error tree; else unchanged."""
    text = str(error.orig)
    if isinstance(error, IntegrityError):
        duplicate = "UNIQUE" in text or getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION
        return Conflict("this exists already", debug=text) if duplicate else error
    # SQLite reports a wrong statement in the same class as a locked file.
    if isinstance(error, OperationalError) and not text.startswith("no such "):
        return Unavailable("the database is not available", debug=text)
    return error


def _set_up_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.close()
