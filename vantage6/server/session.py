"""The database, units of work, and what leaves the server after a commit.

Words
-----
unit of work
    One session, one transaction, one commit. `Database.begin` opens it; three places do so: the
    operation decorator, the socket handlers and the commands.
effect
    Something the world hears of only when the commit succeeded: a socket event or a mail.

Both databases work at READ COMMITTED: SQLite's driver starts its transaction at the first write,
so that reading holds nothing. Whoever reads a row to decide what to write holds it first (`hold`).
A unit of work that holds rows must not wait for anything but the database: under gevent a second
writer on SQLite waits inside the C library, which stops the whole process.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session

from vantage6.common.errors import ConfigurationError, Conflict, Unavailable
from vantage6.common.events import Event

log = logging.getLogger(__name__)

_current: ContextVar[Session | None] = ContextVar("vantage6_session", default=None)
_EFFECTS = "effects"
_KEPT = "kept effects"
_BUSY_TIMEOUT_MS = 15_000
_UNIQUE_VIOLATION = "23505"  # SQLSTATE of PostgreSQL
_START_LOCK = 0x76360001
"""Number of PostgreSQL's advisory lock, so that servers that start together do it one by one."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Effect: send a socket event to a room."""

    event: Event
    room: str


class Database:
    """A database and the way to work with it.

    Parameters
    ----------
    uri
        SQLAlchemy URI of SQLite or PostgreSQL.
    deliver
        Receives each effect after the commit, one by one, in the order of `record`.
    """

    def __init__(self, uri: str, *, deliver: Callable[[object], None] | None = None) -> None:
        url = make_url(uri)
        if url.drivername in {"postgres", "postgresql"}:
            url = url.set(drivername="postgresql+psycopg")
        # Parameters stay hidden: they hold inputs, results and password hashes.
        self.engine: Engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
        self._deliver = deliver
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _set_up_sqlite)

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """Open a unit of work: commit at the end, roll back on any exception.

        Raises
        ------
        RuntimeError
            When the caller is inside a unit of work already.
        Conflict
            When another one stored the same unique value meanwhile.
        Unavailable
            When the database does not answer, is locked for too long, or has too much to do.
        """
        if _current.get() is not None:
            raise RuntimeError("units of work do not nest")
        session = Session(self.engine, expire_on_commit=False)
        token = _current.set(session)
        try:
            yield session
            session.commit()
        except DBAPIError as error:
            raise _translated(error) from error
        except NoConnectionLeft as error:
            raise Unavailable("the server is busy; try again", debug=str(error)) from error
        finally:
            _current.reset(token)
            session.close()  # rolls back what was not committed
            self._send(session.info.get(_KEPT, []))
        self._send(session.info.get(_EFFECTS, []))

    def upgrade(self) -> None:
        """Bring the tables to the newest migration; safe when several servers start at once.

        Raises
        ------
        ConfigurationError
            When the database holds tables that no migration of ours made.
        """
        # Alembic is needed here only, and takes long to import.
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "vantage6.server:migration")
        _make_private(self.engine.url)
        with self.engine.connect() as connection:
            _lock(connection)
            tables = inspect(connection).get_table_names()
            if "authenticatable" in tables and "alembic_version" not in tables:
                raise ConfigurationError(
                    "the database was made by an older server without migrations; "
                    "give this server a database of its own ('uri')"
                )
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def attach_shell(self) -> Session:
        """Give the present thread a session that stores every change at once; for the shell."""
        session = Session(
            self.engine.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False
        )
        _current.set(session)
        return session

    def is_alive(self) -> bool:
        """Whether the database answers."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError:
            return False
        return True

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _send(self, effects: list[object]) -> None:
        for effect in effects if self._deliver else ():
            try:
                self._deliver(effect)  # type: ignore[misc]  # not None, see above
            except Exception:
                # What is stored is stored: nodes find out by themselves, people by looking.
                log.exception("effect was not delivered kind=%s", type(effect).__name__)


def current_session() -> Session:
    """Session of the unit of work that the caller is in.

    Raises
    ------
    RuntimeError
        Outside a unit of work.
    """
    session = _current.get()
    if session is None:
        raise RuntimeError("no unit of work: use 'with database.begin():'")
    return session


def record(effect: object) -> None:
    """Queue an effect; it leaves after a successful commit, and never after a rollback."""
    current_session().info.setdefault(_EFFECTS, []).append(effect)


def keep() -> None:
    """Store what was written so far, whatever becomes of the rest of the unit of work.

    Only for what must outlive a refusal, such as the count of wrong passwords. Effects that were
    recorded so far leave at the end of the unit, whatever becomes of it, too.
    """
    session = current_session()
    session.commit()
    session.info.setdefault(_KEPT, []).extend(session.info.pop(_EFFECTS, []))


def let_go() -> None:
    """Give the connection back before something slow; the next statement takes one again.

    Notes
    -----
    For units of work that have only read so far. There are few connections: whoever keeps one
    while a password is checked keeps everybody else waiting.
    """
    current_session().commit()


def be_alone() -> None:
    """Wait until no other server of this database is in such a part, and keep others waiting."""
    _lock(current_session().connection())


def hold() -> None:
    """Be the only writer from here to the end of the unit of work, where rows cannot be locked.

    Notes
    -----
    For SQLite; a no-op on PostgreSQL, where `Base.held` locks the row itself.
    """
    connection = current_session().connection()
    if connection.dialect.name != "sqlite":
        return
    if not connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]  # sqlite3
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_START_LOCK})"))


def _make_private(url: URL) -> None:
    """Make a new database file readable by its owner only: it holds inputs and password hashes."""
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        with suppress(FileExistsError, FileNotFoundError):
            os.close(os.open(str(url.database), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _set_up_sqlite(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.close()


def _translated(error: DBAPIError) -> Exception:
    """What a caller can do something about, in words of the error tree; else unchanged."""
    text = str(error.orig)
    if isinstance(error, IntegrityError):
        duplicate = "UNIQUE" in text or getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION
        return Conflict("this exists already", debug=text) if duplicate else error
    # SQLite reports a wrong statement in the same class as a locked file.
    if isinstance(error, OperationalError) and not text.startswith("no such "):
        return Unavailable("the database is not available", debug=text)
    return error
