"""Processes that outlive the one that started them, remembered in small files.

Per run there is a folder ``<result id>`` with

=============  =================================================================================
``process``    JSON: the numbers of the process and of its group, when it started, its port
``output``     what it printed
``exit``       its exit code; written by a shell that waits for it, since only a parent learns it
=============  =================================================================================

The number of a process may belong to another one later, so a process is only the one that is
meant when it also started at the time that was written down.
"""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_PROCESS, _OUTPUT, _EXIT = "process", "output", "exit"
_KILLED = 128 + signal.SIGKILL
_LONGEST_OUTPUT = 10 * 1024 * 1024

# Prints the group and the process, and ends; what it leaves behind waits for the command. The
# command and its arguments are arguments here too, never text of this script.
_SUPERVISE = """
folder=$1
shift
(
    "$@"
    echo $? > "$folder/exit.new"
    mv "$folder/exit.new" "$folder/exit"
) > "$folder/output" 2>&1 < /dev/null &
echo $$ $!
"""


@dataclass(frozen=True, slots=True)
class Process:
    """A process; `group` is the number of its process group, `started` an opaque mark."""

    result_id: int
    pid: int
    group: int
    started: str
    port: int

    @property
    def key(self) -> tuple[int, str]:
        """Tells this process from all others there ever were."""
        return self.pid, self.started


class ProcessTable:
    """The processes of one folder; iterating gives all that are remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __iter__(self) -> Iterator[Process]:
        folders = list(self._folder.iterdir()) if self._folder.is_dir() else []
        for folder in folders:
            if folder.name.isdecimal() and (process := self.find(int(folder.name))):
                yield process

    def spawn(
        self,
        result_id: int,
        command: Sequence[str],
        environment: Mapping[str, str],
        working_folder: Path,
        port: int,
    ) -> Process:
        """Start a command in a session of its own.

        Raises
        ------
        OSError
            When there can be no such process; then nothing is remembered.
        """
        folder = self._of(result_id)
        folder.mkdir(mode=0o700, parents=True)
        try:
            answer = subprocess.run(  # noqa: S603  # arguments, no text of a shell
                ["/bin/sh", "-c", _SUPERVISE, "sh", str(folder.resolve()), *command],
                cwd=working_folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                start_new_session=True,
                check=True,
            )
            group, pid = (int(number) for number in answer.stdout.split())
            process = Process(result_id, pid, group, start_mark(pid) or "", port)
            self._remember(process)
        except subprocess.CalledProcessError as error:
            self.remove(result_id)
            raise OSError(error.stderr.decode(errors="replace")) from error
        except OSError:
            self.remove(result_id)
            raise
        return process

    def find(self, result_id: int) -> Process | None:
        """What is remembered of a run, whether or not it still runs."""
        try:
            return Process(**json.loads((self._of(result_id) / _PROCESS).read_text()))
        except FileNotFoundError:
            return None

    def exit_code(self, process: Process) -> int | None:
        """Exit code as a shell says it; None while the process runs."""
        # In this order: between the two looks it may end, and then it has left its exit code.
        runs = is_running(process)
        try:
            return int((self._of(process.result_id) / _EXIT).read_text())
        except FileNotFoundError:
            return None if runs else _KILLED

    def output(self, result_id: int) -> bytes:
        """What was printed, the end of it; empty when nothing is known."""
        try:
            with (self._of(result_id) / _OUTPUT).open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _LONGEST_OUTPUT))
                return file.read()
        except FileNotFoundError:
            return b""

    def kill(self, process: Process) -> None:
        """Kill the whole group, unless the process has ended."""
        if is_running(process):
            with suppress(ProcessLookupError):
                os.killpg(process.group, signal.SIGKILL)

    def remove(self, result_id: int) -> None:
        """Forget a run and what it printed."""
        shutil.rmtree(self._of(result_id), ignore_errors=True)

    def _of(self, result_id: int) -> Path:
        return self._folder / str(result_id)

    def _remember(self, process: Process) -> None:
        file = self._of(process.result_id) / _PROCESS
        new = file.with_suffix(".new")
        new.write_text(json.dumps(asdict(process)))
        new.replace(file)


def is_running(process: Process) -> bool:
    """Whether this very process is there and has not ended."""
    return bool(process.started) and start_mark(process.pid) == process.started


def start_mark(pid: int) -> str | None:
    """When a process was started, in the words of the system; None when none runs."""
    stat = Path("/proc") / str(pid) / "stat"
    if Path("/proc/self/stat").exists():
        try:
            # The name in parentheses may contain anything; the state comes right after it, and
            # the start in clock ticks since boot is the 22nd field of all.
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]
    answer = subprocess.run(  # noqa: S603
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    state, _, started = answer.partition(" ")
    return None if not state or state.startswith("Z") else started.strip()
