"""The one process of an instance: a lock that lives exactly as long as the process does.

The file ``lock`` in the data folder holds the process id, and the process holds a lock on it.
Whether an instance runs is decided by the lock alone: an id may be somebody else's by now, and a
file may have been left by a process that was killed. A node locks its folder itself, in the same
way, see `vantage6.node.instance`; for a server it is done here.
"""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from vantage6.cli.context import Selection, configure, find, model_of
from vantage6.common.echo import info
from vantage6.common.errors import ConfigurationError

_FILE = "lock"
_POLL_S = 0.02
STOP_LIMIT_S = 10


@contextlib.contextmanager
def claim(data: Path) -> Iterator[None]:
    """Be the running process of the instance with this data folder.

    Raises
    ------
    ConfigurationError
        When another process is already, or the folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            data.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context((data / _FILE).open("a+", encoding="ascii"))
        except OSError as error:
            raise ConfigurationError(f"{data}: cannot be written ({error.strerror})") from error
        if not _lock(file.fileno()):
            raise ConfigurationError(f"it runs already, as process {_read(data)}; stop that first")
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def process_id(data: Path) -> int | None:
    """Id of the running process of an instance; None when it does not run."""
    try:
        with (data / _FILE).open(encoding="ascii") as file:
            return None if _lock(file.fileno(), shared=True) else _read(data)
    except OSError:
        return None


def stop(data: Path, within_s: float) -> bool:
    """Ask the process of an instance to end, and wait until it has.

    Returns
    -------
    bool
        False when it still runs after `within_s`; True also when it did not run at all.
    """
    pid = process_id(data)
    if pid is None:
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + within_s
    while process_id(data) == pid:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def stop_instance(selection: Selection) -> None:
    """Stop the selected node or server; the `stop` command of both.

    Raises
    ------
    ConfigurationError
        When it does not run, or does not end in time.
    """
    configured = configure(find(selection), model_of(selection.component))
    name, data = configured.instance.name, configured.folders.data
    pid = process_id(data)
    if pid is None:
        raise ConfigurationError(f"the {selection.component} {name} does not run here")
    if not stop(data, STOP_LIMIT_S):
        raise ConfigurationError(
            f"process {pid} still runs after {STOP_LIMIT_S} s; its log is {configured.log_file}"
        )
    info(f"Stopped the {selection.component} {name}")


def _lock(descriptor: int, *, shared: bool = False) -> bool:
    # Readers ask for a shared lock, so that two that look at once do not see each other.
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(data: Path) -> int | None:
    text = (data / _FILE).read_text("ascii").strip()
    return int(text) if text.isdigit() else None
