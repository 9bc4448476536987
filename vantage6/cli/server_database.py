"""Whether a server can use a database."""

_BACKENDS = frozenset({"sqlite", "postgresql", "postgres"})


def problem_with_uri(uri: str) -> str | None:
    """Why a server could not use a database; None when nothing speaks against it.

    A SQLite file is made by the server; to PostgreSQL a connection is made.
    """
    problem = problem_with_form(uri)
    if problem is None and not uri.startswith("sqlite"):
        return _problem_with_connection(uri)
    return problem


def problem_with_form(uri: str) -> str | None:
    """The same without a connection."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(uri)
    except (ArgumentError, ValueError):
        return "that is no database URI, such as postgresql://name:password@host/database"
    if url.get_backend_name() not in _BACKENDS:
        return "the database must be SQLite or PostgreSQL"
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        return "SQLite needs a file, such as sqlite:///server.sqlite"
    return None


def _problem_with_connection(uri: str) -> str | None:
    from sqlalchemy.exc import SQLAlchemyError

    from vantage6.common.logs import RedactionFilter
    from vantage6.server.engine import make_engine

    engine = make_engine(uri)
    try:
        with engine.connect():
            return None
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        return f"the database does not let us in: {RedactionFilter().redact(reason)}"
    finally:
        engine.dispose()
