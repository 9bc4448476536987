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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.orm import Session

from vantage6.common.errors import Unavailable
from vantage6.common.events import Event
from vantage6.server.engine import make_engine, make_private, translated

log = logging.getLogger(__name__)

_current: ContextVar[Session | None] = ContextVar("vantage6_session", default=None)
_EFFECTS = "effects"
_KEPT = "kept effects"
_START_LOCK = 0x76360001
"""Number of PostgreSQL's advisory lock, so that servers that start together do it one by one."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Effect: send a socket event to a room, or to several; who is in two of them gets it once."""

    event: Event
    room: str | tuple[str, ...]


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
        self.engine: Engine = make_engine(uri)
        self._deliver = deliver

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
            raise translated(error) from error
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
            When the tables are those of a newer server, or not ours.
        Unavailable
            When the database does not answer.
        """
        # Alembic is needed here only, and takes long to import.
        from vantage6.server.migration.upgrade import upgrade

        make_private(self.engine.url)
        try:
            with self.engine.connect() as connection:
                # Not back to the pool, because of what is switched off here.
                connection.detach()
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                _lock(connection)
                upgrade(connection)
                connection.commit()
        except DBAPIError as error:
            raise translated(error) from error

    def attach_shell(self) -> Session:
        """Give the present thread a session that stores every change at once; for the shell."""
        session = InteractiveSession(self.engine)
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


class InteractiveSession(Session):
    """The session of the shell: every `save` and `delete` is stored at once, as a whole.

    Between them no transaction is open: somebody who thinks for an hour holds nothing that the
    server or a migration waits for. What is read is what is stored now.
    """

    def __init__(self, engine: Engine) -> None:
        free = engine.execution_options(isolation_level="AUTOCOMMIT")
        super().__init__(free, autoflush=False, expire_on_commit=False)

    def flush(self, objects: Any = None) -> None:
        """Store every change, or none of them; then the shell goes on as if nothing was edited."""
        connection = self.connection()
        connection.exec_driver_sql("BEGIN")
        try:
            super().flush(objects)
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            self.rollback()
            raise translated(error) from error
        except BaseException:
            self.rollback()
            raise

    def get(self, *arguments: Any, **options: Any) -> Any:
        """The row with a key, as it is stored now."""
        self._forget()
        return super().get(*arguments, **options)

    def scalars(self, *arguments: Any, **options: Any) -> Any:
        """The rows of a select, as they are stored now."""
        self._forget()
        return super().scalars(*arguments, **options)

    def _forget(self) -> None:
        """Read again what others may have changed meanwhile, but not what is being edited."""
        for row in self.identity_map.values():
            if not self.is_modified(row):
                self.expire(row)


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
