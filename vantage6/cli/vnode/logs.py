"""`attach`: the log of a node, live."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from vantage6.cli import options
from vantage6.cli.context import Selection
from vantage6.common.errors import ConfigurationError

_POLL_S = 0.2
_CHUNK = 65536


@click.command()
@options.selection("node")
@click.option("--follow/--no-follow", default=True, help="Wait for more until Ctrl-C")
def attach(selection: Selection, follow: bool) -> None:
    """Show the log of a node; Ctrl-C ends the showing, the node goes on."""
    from vantage6.cli.context import configure, find, model_of

    configured = configure(find(selection), model_of("node"))
    file = configured.log_file
    if not file.exists():
        raise ConfigurationError(f"{file}: there is no log yet; was this node ever started?")
    for text in lines(file, wait=(lambda: time.sleep(_POLL_S)) if follow else None):
        click.echo(text, nl=False)


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
