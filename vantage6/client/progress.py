"""One line at a terminal that says how long is being waited for what."""

import sys
import time
from typing import TextIO

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """A line that is written over and over, and removed at the end; nothing outside of terminals.

    Parameters
    ----------
    stream
        Where to write.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_shown = self._stream.isatty()
        self._start = time.monotonic()

    def show(self, text: str) -> None:
        """Replace the line."""
        if self._is_shown:
            elapsed_s = time.monotonic() - self._start
            self._stream.write(f"{_CLEAR}{text} ({elapsed_s:.0f} s)")
            self._stream.flush()

    def close(self) -> None:
        """Remove the line."""
        if self._is_shown:
            self._stream.write(_CLEAR)
            self._stream.flush()
