"""One instance of a node on this host: its lock, and the file that says how it is doing.

`READY_FILE` in the data folder is for whoever started the node. Its first line is one of `State`;
the further lines of ``failed`` say why and what to do, that of ``ready`` is the version. The file
is there from the start on; after an orderly stop it is gone, after a kill -9 it is left behind,
but the lock is free.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from vantage6.common.errors import V6Error

READY_FILE = "ready"
LOCK_FILE = "lock"


class State(str, Enum):
    """First line of `READY_FILE`."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


class AlreadyRunning(V6Error):
    """The node runs already on this host."""

    code = "already_running"


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the lock of a data folder; the system frees it however the process ends.

    The file holds the number of the process that has, or had, the lock.

    Raises
    ------
    AlreadyRunning
        When another process holds it.
    """
    with (data / LOCK_FILE).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            process = file.read().strip()
            raise AlreadyRunning(
                f"this node runs already as process {process}; stop it first (data folder {data})"
            ) from error
        # Who sees the new process must not read what an old one left behind.
        clear_state(data)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def write_state(data: Path, state: State, more: str = "") -> None:
    """Replace the content of `READY_FILE`, in one step for those who read it."""
    new = data / f".{READY_FILE}"
    new.write_text("\n".join(filter(None, [state.value, more])) + "\n", "utf-8")
    new.replace(data / READY_FILE)


def read_state(data: Path) -> tuple[State | None, str]:
    """State of the node in a data folder, and what it says more.

    The state is None when the node does not run or just begins.
    """
    try:
        first, _, rest = (data / READY_FILE).read_text("utf-8").partition("\n")
    except FileNotFoundError:
        return None, ""
    return State(first), rest.strip()


def clear_state(data: Path) -> None:
    """Remove `READY_FILE`."""
    (data / READY_FILE).unlink(missing_ok=True)
