"""The root of every command line: the border where errors become one line and an exit code.

====  ============================================================================================
0     done
1     told: what is wrong and what to do about it was printed
2     the command was not called as ``--help`` says
70    unexpected: a defect of vantage6; the details are in the log file that is named
====  ============================================================================================
"""

import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from vantage6.common.echo import error
from vantage6.common.errors import V6Error
from vantage6.common.paths import command_line_log

EXIT_TOLD = 1
EXIT_UNEXPECTED = 70


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
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except V6Error as problem:
            error(problem.message)
            ctx.exit(EXIT_TOLD)
        except Exception as problem:  # noqa: BLE001  # the border of the command line
            error(_unexpected(problem, ctx.command_path))
            ctx.exit(EXIT_UNEXPECTED)


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
