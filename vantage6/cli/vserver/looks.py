"""What `vserver check` looks at."""

from collections.abc import Iterator

from vantage6.cli.check import Look
from vantage6.cli.context import Configured
from vantage6.cli.facts import Finding, Level
from vantage6.cli.looks import at_folders, problem_with_folder
from vantage6.server.config import ServerConfig, Smtp

Server = Configured[ServerConfig]
_SERIOUS = frozenset({"prod", "acc"})


def at_database(configured: Server) -> Iterator[Finding]:
    """Whether the database is one that the server can use; it is not connected to."""
    from sqlalchemy import make_url

    from vantage6.cli.server_database import problem_with_form

    problem = problem_with_form(configured.settings.uri)
    if problem:
        yield Finding("uri", Level.ERROR, problem, "correct uri")
        return
    url = make_url(configured.settings.uri)
    if url.get_backend_name() == "sqlite":
        folder = (configured.folders.data / str(url.database)).parent
        unwritable = problem_with_folder(folder)
        if unwritable:
            yield Finding("uri", Level.ERROR, unwritable, "name a file in a folder of the server")


def at_dangers(configured: Server) -> Iterator[Finding]:
    """What must not be so where real people work with it."""
    if configured.loaded.environment not in _SERIOUS:
        return
    settings = configured.settings
    if settings.allow_drop_all:
        yield Finding(
            "allow_drop_all",
            Level.WARNING,
            "one command can remove everything",
            "set it to false once the server is in use",
        )
    if settings.debug.flask:
        text = "shows the inside of the server to whoever meets an error"
        yield Finding("debug.flask", Level.WARNING, text, "set it to false")


def at_mail(configured: Server) -> Iterator[Finding]:
    """Whether users can be sent a mail."""
    if configured.settings.smtp == Smtp():
        yield Finding(
            "smtp",
            Level.WARNING,
            "is not set, so that nobody can replace a lost password by mail",
            "name your mail server",
        )


LOOKS: tuple[Look, ...] = (at_database, at_dangers, at_mail, at_folders)
