"""Waiting for something that tells nobody when it happens."""

import threading
import time
from collections.abc import Callable

DEADLINE_S = 30.0
_LOOK_S = 0.01


def eventually(condition: Callable[[], object], what: str = "") -> None:
    """Return as soon as `condition` holds; an AssertionError when it does not in time."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"in vain waited for: {what or condition}")
        pause.wait(_LOOK_S)
