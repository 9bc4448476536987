"""`attach`: the log of a node or server, live."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from vantage6.cli.context import Selection
from vantage6.cli.exits import Refused

_POLL_S = 0.2
_CHUNK = 65536

follow_flag: Callable[[Any], Any] = click.option(
    "--follow/--no-follow", default=True, help="Wait for more until Ctrl-C"
)


def show_log(selection: Selection, *, follow: bool) -> None:
    """Print the log of an instance, and with `follow` what is added to it, until Ctrl-C.

    Raises
    ------
    Refused
        When there is no log.
    """
    from vantage6.cli.context import configure, find, model_of
    from vantage6.cli.running import running_of
    from vantage6.common.echo import info

    instance = find(selection)
    configured = running_of(instance) or configure(instance, model_of(selection.component))
    file = configured.log_file
    if not file.exists():
        raise Refused(f"{file}: there is no log yet; was this {selection.component} ever started?")
    try:
        for text in lines(file, wait=(lambda: time.sleep(_POLL_S)) if follow else None):
            click.echo(text, nl=False)
    except KeyboardInterrupt:
        info(f"The {selection.component} goes on; stop it with `v{selection.component} stop`")


def lines(file: Path, wait: Callable[[], None] | None) -> Iterator[str]:
    """Text of a growing log file, also across its rotation.

    Parameters
    ----------
    file
        The log file.
    wait
        Called at the end of the file, before looking again; None ends there.
    """
    while True:
        with file.open(encoding="utf-8", errors="replace") as log:
            while _is_same(log.fileno(), file):
                while text := log.read(_CHUNK):
                    yield text
                if wait is None:
                    return
                wait()
            yield log.read()


def _is_same(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        # In the middle of a rotation: the next look finds the new file.
        return True
