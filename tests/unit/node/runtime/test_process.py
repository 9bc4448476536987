"""Processes that outlive the node, and the refusal to use them in earnest."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.runtime import FakeDoor
from vantage6.common import contract
from vantage6.common.errors import RuntimeUnavailable
from vantage6.common.status import TaskStatus
from vantage6.node.runtime.base import RunSpec, StartError
from vantage6.node.runtime.process import ProcessRuntime, wrapper_command
from vantage6.node.runtime.process_table import Process, ProcessTable, is_running, start_mark

DEADLINE_S = 10.0
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def spawn(table: ProcessTable, folder: Path, command: list[str]) -> Process:
    return table.spawn(7, command, {"PATH": os.defpath}, folder, port=1)


def await_end(table: ProcessTable, process: Process) -> int:
    """Exit code, as soon as there is one."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        exit_code = table.exit_code(process)
        if exit_code is not None:
            return exit_code
        os.sched_yield()
    raise AssertionError("the process did not end")


@pytest.fixture
def table(tmp_path: Path) -> ProcessTable:
    return ProcessTable(tmp_path / "processes")


def test_exit_code_is_that_of_the_command(table: ProcessTable, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit(4)"]
    assert await_end(table, spawn(table, tmp_path, command)) == 4


def test_arguments_are_never_read_by_a_shell(table: ProcessTable, tmp_path: Path) -> None:
    evil = "$(touch hacked); `touch hacked` && 'touch hacked'"
    await_end(table, spawn(table, tmp_path, ["/bin/echo", evil]))
    assert table.output(7).decode() == f"{evil}\n"
    assert not (tmp_path / "hacked").exists()


def test_killing_reaches_what_the_process_started(table: ProcessTable, tmp_path: Path) -> None:
    script = """
import subprocess
child = subprocess.Popen(["sleep", "60"])
print(child.pid, flush=True)
child.wait()
"""
    process = spawn(table, tmp_path, [sys.executable, "-c", script])
    deadline = time.monotonic() + DEADLINE_S
    while not table.output(7) and time.monotonic() < deadline:
        os.sched_yield()
    grandchild = int(table.output(7))
    table.kill(process)
    assert await_end(table, process) == 137
    while start_mark(grandchild) and time.monotonic() < deadline:
        os.sched_yield()
    assert start_mark(grandchild) is None


def test_process_with_the_number_of_an_earlier_one_is_not_taken_for_it(
    table: ProcessTable, tmp_path: Path
) -> None:
    process = spawn(table, tmp_path, SLEEP)
    earlier = replace(process, started="1")
    table.kill(earlier)
    assert not is_running(earlier)
    assert is_running(process)
    table.kill(process)
    await_end(table, process)


def test_process_that_was_killed_from_outside_has_ended(
    table: ProcessTable, tmp_path: Path
) -> None:
    process = spawn(table, tmp_path, SLEEP)
    os.killpg(process.group, 9)
    assert await_end(table, process) == 137


def test_folder_that_cannot_be_entered_leaves_nothing(table: ProcessTable, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        spawn(table, tmp_path / "missing", SLEEP)
    assert list(table) == []


class TestRuntime:
    """The runtime around the processes."""

    def make(
        self, folder: Path, package: str = "pandas", *, allowed: bool = True
    ) -> ProcessRuntime:
        return ProcessRuntime(folder, {"image": package}, FakeDoor(), allowed=allowed)

    def test_outside_development_it_refuses(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeUnavailable, match="no isolation"):
            self.make(tmp_path, allowed=False).check()

    def test_in_development_it_says_loudly_what_it_is_not(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.make(tmp_path).check()
        assert caplog.records[0].levelname == "WARNING"
        assert "NO ISOLATION" in caplog.text

    def test_image_without_a_package_is_refused_with_those_that_have_one(
        self, tmp_path: Path
    ) -> None:
        spec = RunSpec(7, 1, "other", tmp_path, tmp_path)
        with pytest.raises(StartError, match="only image") as caught:
            self.make(tmp_path).start(spec)
        assert caught.value.status is TaskStatus.NO_DOCKER_IMAGE

    @pytest.mark.parametrize("package", ["", "a b", "os;x", "-c", "a..b", "'x'", "a/b", "/a/b"])
    def test_package_that_is_no_name_is_refused(self, tmp_path: Path, package: str) -> None:
        spec = RunSpec(7, 1, "image", tmp_path, tmp_path)
        with pytest.raises(StartError, match="package"):
            self.make(tmp_path, package).start(spec)

    def test_package_is_an_argument_and_not_code(self) -> None:
        command = wrapper_command("my.algorithm")
        assert command[0] == sys.executable
        assert command[-1] == "my.algorithm"
        assert "my.algorithm" not in command[2]

    def test_folder_of_a_package_stands_for_an_image_too(self, tmp_path: Path) -> None:
        package = tmp_path / "v6-rows-py"
        package.mkdir()
        (package / "__init__.py").write_text("def RPC_rows(data):\n    return len(data)\n")
        (tmp_path / "data.csv").write_text("a\n1\n2\n")
        (tmp_path / "input").write_text('{"method": "rows"}')
        variables = {
            contract.INPUT_FILE: str(tmp_path / "input"),
            contract.OUTPUT_FILE: str(tmp_path / "output"),
            contract.REQUESTED_LABEL: contract.DEFAULT_LABEL,
            contract.database_uri(contract.DEFAULT_LABEL): str(tmp_path / "data.csv"),
        }

        subprocess.run(wrapper_command(str(package)), check=True, env=variables)

        assert (tmp_path / "output").read_text() == "json.2"
