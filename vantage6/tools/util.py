"""Lines in the log of a run, in the form ``info > text``.

The log travels to the server in the clear: never say data, input or results.
"""

import sys


def info(msg: object) -> None:
    """Say what the algorithm does."""
    _say("info", msg)


def warn(msg: object) -> None:
    """Say what may be wrong."""
    _say("warn", msg)


def error(msg: object) -> None:
    """Say what went wrong."""
    _say("error", msg)


def _say(level: str, msg: object) -> None:
    # Flushed at once: the log of a container that is killed shows how far it came.
    sys.stdout.write(f"{level} > {msg}\n")
    sys.stdout.flush()
