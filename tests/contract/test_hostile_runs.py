"""Algorithms that take all they can get: each ends with its reason, and the node goes on."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.runtime_rigs import DockerRig, Ends, make_spec, run_and_read
from tests.fakes.waiting import eventually
from vantage6.node.runtime.base import Phase, RunReport, RunSpec
from vantage6.node.runtime.docker import DockerRuntime
from vantage6.node.runtime.docker_limits import Limits

pytestmark = pytest.mark.docker

MB = 10**6
TIGHT = Limits(
    memory_bytes=64 * MB, processes=40, disk_bytes=20 * MB, log_bytes=200_000, look_s=0.2
)
SHORT = Limits(seconds=0.5)
STUBBORN = """
import signal
for number in range(1, 64):
    if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
        signal.signal(number, signal.SIG_IGN)
"""
FOREVER = STUBBORN + "\nwhile True: time.sleep(1)"

ENDS: dict[str, tuple[str, int, str | None]] = {
    "memory": ("held = [bytearray(2**20) for _ in range(1000)]", 137, "out of memory"),
    "shared memory": (
        "for i in range(4): open(f'/dev/shm/{i}', 'wb').write(bytes(15 * 10**6))\n"
        "held = bytearray(40 * 10**6)",
        137,
        "out of memory",
    ),
    "memory of a child": (
        "if os.fork() == 0: held = [bytearray(2**20) for _ in range(1000)]\n"
        "os.wait(); sys.exit(5)",
        5,
        "out of memory",
    ),
    "many files in its container": (
        "for i in range(3): open(f'/tmp/{i}', 'wb').write(bytes(9 * 10**6))\norder('never')",
        137,
        "disk limit of 20 MB",
    ),
    "many files in the temporary folder": (
        "for i in range(3): open(f'/mnt/tmp/{i}', 'wb').write(bytes(9 * 10**6))\norder('never')",
        137,
        "disk limit of 20 MB",
    ),
    "one large file": (
        "with open(os.environ['OUTPUT_FILE'], 'wb') as file:\n"
        "    while True: file.write(bytes(10**6))",
        1,
        None,
    ),
    "a hole of a terabyte": (
        "print(outcome(lambda: os.truncate(os.environ['OUTPUT_FILE'], 10**12)), flush=True)",
        0,
        None,
    ),
    "a line without end": (
        "for _ in range(2000): sys.stdout.buffer.write(b'\\xff\\x00' * 5000)",
        0,
        None,
    ),
    "lines without end": (
        "sys.stdout.write(''.join(f'line {i}\\n' for i in range(200_000)))",
        0,
        None,
    ),
}


class Field:
    """Runs that were started together; `seconds` is how long it took until all had ended."""

    def __init__(self, rig: DockerRig, folder: Path) -> None:
        self.runtime: DockerRuntime = rig.runtime(limits=TIGHT)
        ends, begin = Ends(self.runtime), time.monotonic()
        self.runs: dict[str, RunSpec] = {}
        for result_id, (name, (program, *_)) in enumerate(ENDS.items(), start=1):
            # Each in a tree of its own: what a tree writes counts for all runs in it.
            own = folder / str(result_id)
            self.runs[name] = make_spec(own, rig.image, program, result_id)
            self.runtime.start(self.runs[name])
        waiting = {spec.result_id for spec in self.runs.values()}
        while waiting:
            waiting.discard(ends.next())
        self.seconds = time.monotonic() - begin

    def report(self, name: str) -> RunReport:
        return self.runtime.poll(self.runs[name].result_id)

    def log(self, name: str) -> str:
        return self.runtime.log(self.runs[name].result_id)


@pytest.fixture(scope="module")
def field(probe_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    rig = DockerRig(f"hostile {os.getpid()}", probe_image, "")
    yield Field(rig, tmp_path_factory.mktemp("hostile"))
    rig.close()


@pytest.mark.parametrize("name", ENDS)
def test_run_that_takes_too_much_ends_and_says_of_what(field: Field, name: str) -> None:
    _, exit_code, reason = ENDS[name]
    found = field.report(name)
    assert (found.phase, found.exit_code, found.reason) == (Phase.FINISHED, exit_code, reason)


def test_log_is_bounded_and_its_end_is_kept(field: Field) -> None:
    assert field.log("lines without end").endswith("line 199999\n")
    for name in ("lines without end", "a line without end"):
        assert 10_000 < len(field.log(name)) <= TIGHT.log_bytes


def test_size_of_a_file_is_bounded_with_holes_too(field: Field) -> None:
    assert "File too large" in field.log("one large file")
    assert (field.runs["one large file"].folder / "output").stat().st_size <= 20 * MB
    assert field.log("a hole of a terabyte") == "OSError\n"
    output = field.runs["a hole of a terabyte"].folder / "output"
    assert output.stat().st_size == 0


def test_time_limit_ends_a_run_that_ignores_every_signal(
    docker_rig: DockerRig, tmp_path: Path
) -> None:
    runtime = docker_rig.runtime(limits=SHORT)
    ends = Ends(runtime)
    runtime.start(make_spec(tmp_path, docker_rig.image, FOREVER, 7))
    assert ends.next() == 7
    found = runtime.poll(7)
    assert (found.exit_code, found.reason) == (137, "time limit of 0.5 s")


def test_time_limit_counts_from_the_start_also_for_the_next_process(
    docker_rig: DockerRig, tmp_path: Path
) -> None:
    earlier = docker_rig.runtime()
    earlier.start(make_spec(tmp_path, docker_rig.image, FOREVER, 7))
    earlier.close()
    later = docker_rig.runtime(limits=SHORT)
    ends = Ends(later)
    later.adopt(7)
    assert (ends.next(), later.poll(7).reason) == (7, "time limit of 0.5 s")


def processes(engine: Any, rig: DockerRig) -> int:
    name = f"vantage6-{rig.node.replace(' ', '-')}-result-7"
    return len(engine.top(name)["Processes"])


BOMB = f"""{STUBBORN}
while True:
    try:
        os.fork()
    except OSError:
        time.sleep(0.05)
"""


def test_fork_bomb_stays_within_its_limit_and_can_be_killed(
    docker_rig: DockerRig, tmp_path: Path, engine: Any
) -> None:
    runtime = docker_rig.runtime(limits=TIGHT)
    ends = Ends(runtime)
    runtime.start(make_spec(tmp_path, docker_rig.image, BOMB, 7))
    eventually(lambda: processes(engine, docker_rig) >= TIGHT.processes)
    assert processes(engine, docker_rig) == TIGHT.processes
    runtime.kill(7)
    assert (ends.next(), runtime.poll(7).exit_code) == (7, 137)


def test_read_only_container_keeps_what_programs_need(
    docker_rig: DockerRig, tmp_path: Path
) -> None:
    program = """
places = ["/tmp/x", "/var/tmp/x", "/run/x", "/mnt/tmp/x", "/usr/x", "/etc/passwd", "/x"]
report(**{place: outcome(lambda: open(place, "a").close()) for place in places})
"""
    limits = Limits(read_only=True, user="image")
    spec = make_spec(tmp_path, docker_rig.image, program, 7)
    found = run_and_read(docker_rig, spec, docker_rig.runtime(limits=limits))
    closed = {"/usr/x", "/etc/passwd", "/x"}
    assert {place for place, outcome in found.items() if outcome == "OSError"} == closed
    assert {found[place] for place in found.keys() - closed} == {"done"}
