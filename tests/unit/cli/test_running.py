"""An instance runs exactly as long as its process holds the lock."""

import os
import subprocess
import sys

import pytest
from vantage6.cli.exits import AlreadyRunning
from vantage6.cli.running import claim, is_process_here, process_id, stop
from vantage6.common.errors import ConfigurationError

HOLD = """
import pathlib, signal, sys
from vantage6.cli.running import claim
with claim(pathlib.Path(sys.argv[1])):
    signal.signal(signal.SIGTERM, {handler})
    print("ready", flush=True)
    while True:
        signal.pause()
"""


@pytest.fixture
def holder(tmp_path):
    """Start another process that claims `tmp_path`; gives its Popen."""
    started = []

    def start(handler="lambda *_: sys.exit()"):
        command = [sys.executable, "-c", HOLD.format(handler=handler), str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def test_instance_runs_only_inside_the_claim(tmp_path):
    assert process_id(tmp_path) is None
    with claim(tmp_path / "data"):
        assert process_id(tmp_path / "data") == os.getpid()
    assert process_id(tmp_path / "data") is None


def test_second_process_is_refused(tmp_path, holder):
    process = holder()

    refusal = pytest.raises(AlreadyRunning, match=f"already, as process {process.pid}")
    with refusal, claim(tmp_path):
        pass


def test_process_that_was_killed_counts_as_stopped(tmp_path, holder):
    process = holder()
    process.kill()
    process.wait()

    assert process_id(tmp_path) is None
    with claim(tmp_path):
        assert process_id(tmp_path) == os.getpid()


def test_stop_ends_the_process(tmp_path, holder):
    process = holder()

    assert stop(tmp_path, within_s=5)
    assert process.wait(5) == 0


def test_stop_reports_a_process_that_goes_on(tmp_path, holder):
    holder(handler="signal.SIG_IGN")

    assert not stop(tmp_path, within_s=0.1)


def test_force_ends_a_process_that_goes_on(tmp_path, holder):
    process = holder(handler="signal.SIG_IGN")

    assert stop(tmp_path, within_s=5, force=True)
    assert process.wait(5) != 0


def test_stop_of_what_does_not_run_is_fine(tmp_path):
    assert stop(tmp_path / "nowhere", within_s=0.1)


def test_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    refusal = pytest.raises(ConfigurationError, match="cannot be written")
    with refusal, claim(tmp_path / "file" / "data"):
        pass


def test_process_of_this_machine_is_told_from_one_in_a_container(tmp_path, holder):
    holder()
    here = is_process_here(tmp_path)
    # What a process in a container writes: its own view of its number.
    (tmp_path / "lock").write_text("1\n")

    assert (here, is_process_here(tmp_path)) == (True, False)
