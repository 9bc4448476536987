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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vantage6.cli.context import (
    Configured,
    Instance,
    Selection,
    configurations,
    find,
    instances,
)
from vantage6.cli.exits import AlreadyRunning, Refused
from vantage6.cli.progress import wait_until
from vantage6.common.echo import info, warning
from vantage6.common.errors import ConfigurationError
from vantage6.common.paths import Component

_FILE = "lock"
STOP_LIMIT_S = 10


@contextlib.contextmanager
def claim(data: Path) -> Iterator[None]:
    """Be the running process of the instance with this data folder.

    Raises
    ------
    AlreadyRunning
        When another process is.
    ConfigurationError
        When the folder cannot be written.
    """
    with contextlib.ExitStack() as stack:
        try:
            data.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context((data / _FILE).open("a+", encoding="ascii"))
        except OSError as error:
            raise ConfigurationError(f"{data}: cannot be written ({error.strerror})") from error
        if not _lock(file.fileno()):
            raise AlreadyRunning(f"it runs already, as process {_read(data)}; stop that first")
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


def is_running(configured: Configured[Any]) -> bool:
    """Whether an instance runs on this machine."""
    return process_id(configured.folders.data) is not None


def running_of(instance: Instance) -> Configured[Any] | None:
    """The environment of an instance that runs on this machine."""
    return next((each for each in configurations(instance) if is_running(each)), None)


def running(component: Component, *, system: bool) -> list[Configured[Any]]:
    """The instances of a scope that run; a file that cannot be read is warned of."""
    found = []
    for instance in instances(component):
        if instance.system != system:
            continue
        try:
            there = running_of(instance)
        except ConfigurationError as error:
            warning(error.message)
            continue
        if there is not None:
            found.append(there)
    return found


def require_stopped(configured: Configured[Any]) -> None:
    """Refuse to go on with an instance that runs.

    Raises
    ------
    AlreadyRunning
        When it does.
    """
    if is_running(configured):
        kind, name = configured.instance.component, configured.instance.name
        raise AlreadyRunning(f"the {kind} {name} runs; stop it first")


def stop(data: Path, within_s: float, *, force: bool = False) -> bool:
    """Ask the process of an instance to end, and wait until it has.

    Parameters
    ----------
    data
        Data folder of the instance.
    within_s
        Longest time to wait.
    force
        End it at once, without a chance to clean up.

    Returns
    -------
    bool
        False when it still runs after `within_s`; True also when it did not run at all.
    """
    pid = process_id(data)
    if pid is None:
        return True
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL if force else signal.SIGTERM)
    return wait_until(lambda: process_id(data) != pid, within_s, "Stopping")


def stop_selected(selection: Selection, *, every: bool, force: bool) -> None:
    """Stop one instance, or every one of its scope; the `stop` command of all programs.

    Without a name, the only one that runs is meant.

    Raises
    ------
    Refused
        When the one that was named does not run, or does not end in time.
    """
    component = selection.component
    if not every and (selection.name or selection.config):
        instance = find(selection)
        configured = running_of(instance)
        if configured is None:
            raise Refused(f"the {component} {instance.name} does not run here")
        _stop(configured, force=force)
        return
    there = running(component, system=selection.system)
    if not there:
        warning(f"no {component} of the {'system' if selection.system else 'user'} runs here")
    elif len(there) > 1 and not every:
        names = ", ".join(each.instance.name for each in there)
        raise Refused(f"say which one with --name, or --all; there run: {names}")
    for each in there:
        _stop(each, force=force)


def _stop(configured: Configured[Any], *, force: bool) -> None:
    kind, name = configured.instance.component, configured.instance.name
    data = configured.folders.data
    if not is_process_here(data):
        _end_container(configured.instance, force=force)
    elif not stop(data, STOP_LIMIT_S, force=force):
        raise Refused(
            f"the {kind} {name} still runs after {STOP_LIMIT_S} s; its log is"
            f" {configured.log_file}; --force ends it at once"
        )
    info(f"Stopped the {kind} {name}")


def is_process_here(data: Path) -> bool:
    """Whether the running process is one of this machine, and not one in a container.

    The number that it wrote is its own view: in a container it is that of somebody else here.
    """
    pid = process_id(data)
    files = Path(f"/proc/{pid}/fd")
    if not Path("/proc/self/fd").exists():
        return True  # no Linux, where containers are in another machine
    lock = (data / _FILE).resolve()
    try:
        return any(os.path.realpath(file) == str(lock) for file in files.iterdir())
    except OSError:
        return False


def _end_container(instance: Instance, *, force: bool) -> None:
    from vantage6.cli.containers import end_container, engine

    with contextlib.closing(engine(timeout_s=STOP_LIMIT_S + 20)) as client:
        if not end_container(client, instance, STOP_LIMIT_S, force=force):
            kind, name = instance.component, instance.name
            raise Refused(
                f"the {kind} {name} runs, but neither as a process that you may stop nor in a"
                " container of this engine"
            )


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
