"""The database of a server: whether it is reachable, its schema, and whose password is `root`."""

from collections.abc import Iterator

import bcrypt
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from vantage6.cli.context import Configured
from vantage6.cli.doctor.diagnosis import Diagnosis, doubt, fine, wrong
from vantage6.cli.exits import ExitStatus
from vantage6.cli.server_database import problem_with_form, problem_with_uri
from vantage6.common.logs import RedactionFilter
from vantage6.server.config import ServerConfig
from vantage6.server.engine import make_engine
from vantage6.server.model import User
from vantage6.server.startup import OPEN_ENVIRONMENTS, ROOT_NAME

_WRONG = ExitStatus.CONFIGURATION


def at_database(server: Configured[ServerConfig]) -> Iterator[Diagnosis]:
    """Whether the server can use its database; nothing is changed in it."""
    uri = server.settings.uri
    if problem_with_form(uri):
        return  # `check` says it
    url = make_url(uri)
    if url.get_backend_name() == "sqlite":
        file = server.folders.data / str(url.database)
        if not file.is_file():
            yield fine("uri", f"{file} is made at the first start")
            return
        url = url.set(database=str(file))
    text = url.render_as_string(hide_password=False)
    problem = problem_with_uri(text)
    if problem:
        remedy = "check host, port, name, password and database, and whether it runs"
        yield wrong("uri", problem, remedy, ExitStatus.UNREACHABLE)
        return
    yield from _inside(text, server.loaded.environment)


def _inside(uri: str, environment: str) -> Iterator[Diagnosis]:
    engine = make_engine(uri)
    try:
        with engine.connect() as connection:
            schema = _schema(connection)
            yield schema
            if environment not in OPEN_ENVIRONMENTS and not schema.finding.remedy:
                yield from _first_password(connection)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        text = f"the database cannot be read ({RedactionFilter().redact(reason)})"
        yield wrong("uri", text, "restore a backup, or name another database", _WRONG)
    finally:
        engine.dispose()


def _schema(connection: Connection) -> Diagnosis:
    config = Config()
    config.set_main_option("script_location", "vantage6.server:migration")
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    present = MigrationContext.configure(connection).get_current_revision()
    if present is None:
        return doubt("schema", "the database is empty", "start the server: it makes its tables")
    if present == newest:
        return fine("schema", f"is {present}, which this version works with")
    if present in {each.revision for each in script.walk_revisions()}:
        text = f"is {present}; the next start changes it to {newest}"
        return doubt("schema", text, "make a backup of the database before")
    text = f"is {present}, of a newer server; this one knows {newest} and older ones"
    return wrong("schema", text, "start the newer version, or restore an older backup", _WRONG)


def _first_password(connection: Connection) -> Iterator[Diagnosis]:
    stored = connection.scalar(select(User.password_hash).where(User.username == ROOT_NAME))
    if stored and bcrypt.checkpw(ROOT_NAME.encode(), stored.encode()):
        text = f"the password of {ROOT_NAME} is the one that everybody knows"
        yield doubt("root", text, "change it, as with `client.util.change_my_password`")
