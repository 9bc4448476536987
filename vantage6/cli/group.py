"""The root of every command line: the border where errors become one line and an exit status.

`vantage6.cli.exits` has the table of the statuses. With ``--json`` the standard output is one JSON
document whatever happens, see `vantage6.cli.facts`.
"""

import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from vantage6.cli.exits import ExitStatus, status_of
from vantage6.cli.facts import is_json, show_problem
from vantage6.common.echo import error
from vantage6.common.errors import V6Error
from vantage6.common.paths import command_line_log

_PARTS = {
    "server": {
        *("flask", "flask_restful", "flask_jwt_extended", "flask_socketio", "flasgger"),
        *("sqlalchemy", "alembic", "psycopg", "marshmallow", "bcrypt", "pyotp", "gevent", "kombu"),
    },
    "node": {"docker", "waitress", "tenacity"},
    "tools": {"pandas"},
}
"""Libraries by the extra that installs them, for who installed the command line alone."""


class CommandLine(click.Group):
    """A click group that never shows a traceback.

    Notes
    -----
    Modules of commands import click and the light part of `vantage6.common` at their head and all
    else inside the command, so that ``--help`` answers at once. A test holds the list of what must
    not be imported.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (click.Abort, KeyboardInterrupt, EOFError):
            _end(ctx, ExitStatus.INTERRUPTED, "interrupted", _interrupted())
        except V6Error as problem:
            _end(ctx, status_of(problem), problem.code, problem.message)
        except Exception as problem:  # noqa: BLE001  # the border of the command line
            missing = _missing_part(problem)
            if missing:
                _end(ctx, ExitStatus.REFUSED, "not_installed", missing)
            text = _unexpected(problem, ctx.command_path)
            _end(ctx, ExitStatus.UNEXPECTED, "unexpected", text)


def _end(ctx: click.Context, status: ExitStatus, code: str, message: str) -> None:
    if is_json(ctx):
        show_problem(code, message, status)
    else:
        error(message)
    ctx.exit(status)


def _interrupted() -> str:
    if sys.stdin.isatty():
        return "interrupted"
    return "interrupted, or a question had no answer; `--help` names the options that answer it"


def _missing_part(problem: Exception) -> str | None:
    name = (getattr(problem, "name", None) or "") if isinstance(problem, ImportError) else ""
    extra = next((part for part, names in _PARTS.items() if name.split(".")[0] in names), None)
    if extra is None:
        return None
    return f"the {extra} part is not installed here: pip install 'vantage6[{extra}]'"


def _unexpected(problem: Exception, command: str) -> str:
    from vantage6.common.logs import RedactionFilter

    redact = RedactionFilter().redact
    summary = redact(f"{type(problem).__name__}: {problem}".strip())
    details = redact("".join(traceback.format_exception(problem)))
    file = command_line_log()
    try:
        _append(file, f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S} {command}\n{details}\n")
    except OSError as reason:
        return f"unexpected error: {summary}; {file} cannot be written ({reason.strerror})"
    return f"unexpected error: {summary}; the details are in {file}"


def _append(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as log:
        log.write(text)
