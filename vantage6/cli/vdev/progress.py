"""What a person sees while something takes time: plain lines, and a live one at a terminal."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

import click

_CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Steps with the seconds since the start.

    Parameters
    ----------
    stream
        Where to write; standard output when left out.
    clock
        Seconds that only grow.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stdout
        self._clock, self._start = clock, clock()
        self._live = ""

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def step(self, text: str) -> None:
        """Say what has been reached; the line stays."""
        self.end()
        click.echo(f"{self.seconds:5.1f} s  {text}", file=self._stream)

    def live(self, text: str) -> None:
        """Say how it stands; replaced by what comes next. Nothing without a terminal."""
        if text == self._live or not self._stream.isatty():
            return
        click.echo(f"{_CLEAR_LINE}{self.seconds:5.1f} s  {text}", nl=False, file=self._stream)
        self._live = text

    def end(self) -> None:
        """Take the live line away."""
        if self._live:
            click.echo(_CLEAR_LINE, nl=False, file=self._stream)
            self._live = ""
