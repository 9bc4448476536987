"""What a command does with the signals that end it."""

import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, being terminated, and the end of the terminal."""


@contextmanager
def handled(
    handler: Callable[..., Any] | signal.Handlers, signals: Iterable[signal.Signals] = ENDS
) -> Iterator[None]:
    """Handle signals so for a while; afterwards as before."""
    previous = {number: signal.signal(number, handler) for number in signals}
    try:
        yield
    finally:
        for number, before in previous.items():
            signal.signal(number, before)
