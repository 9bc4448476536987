"""What a network that was ended in the middle of a task has left: algorithms, and nothing else."""

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

from vantage6.common import contract

_PROCESSES = Path("/proc")


def end_algorithm_processes(folder: Path) -> int:
    """Kill the algorithms of the process runtime with their input below `folder`; how many."""
    count = 0
    for pid in _algorithms(folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            count += 1
    return count


def remove_algorithm_containers(nodes: Sequence[str]) -> int:
    """Remove the algorithm containers of these nodes; how many."""
    from vantage6.cli.containers import engine, remove_runs

    client = engine()
    try:
        return remove_runs(client, nodes)
    finally:
        client.close()


def _algorithms(folder: Path) -> Iterator[int]:
    # The input file is in the environment of every algorithm, see contract. Where there is no
    # /proc, as on macOS, algorithms end by themselves.
    mark = os.fsencode(f"{contract.INPUT_FILE}={folder}{os.sep}")
    for entry in _PROCESSES.glob("[0-9]*"):
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # ended meanwhile, or somebody else's
        if any(variable.startswith(mark) for variable in variables):
            yield int(entry.name)
