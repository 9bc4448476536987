"""Background processes of the demo network."""

import fcntl
import sys
import threading

import pytest
from vantage6.cli.vdev.child import Child, ChildFailed

READY = "import pathlib, sys; pathlib.Path('ready').touch()\n"
LIMIT_S = 10


@pytest.fixture
def child(home):
    """Make a child that runs a piece of Python; all are ended after the test."""
    made = []

    def make(program, **environment):
        command = [sys.executable, "-c", program]
        made.append(Child("the tool", command, home / "out.log", environment))
        return made[-1]

    yield make
    for each in made:
        each.kill_group()


def is_ready(home):
    return (home / "ready").exists


def test_child_is_waited_for_until_ready(child, home):
    tool = child(READY + "import time; time.sleep(60)")
    tool.start()

    tool.wait_until(is_ready(home), LIMIT_S)

    assert tool.is_running
    assert tool.exit_code is None


def test_child_that_ends_early_is_told_with_its_last_words(child, home):
    tool = child("print('no such server'); raise SystemExit(3)")
    tool.start()

    with pytest.raises(ChildFailed, match=r"(?s)the tool ended with code 3.*no such server"):
        tool.wait_until(is_ready(home), LIMIT_S)


def test_child_that_is_late_is_told(child, home):
    tool = child("import time; time.sleep(60)")
    tool.start()

    with pytest.raises(ChildFailed, match=r"not ready within 0\.05 s"):
        tool.wait_until(is_ready(home), 0.05)


def test_stop_is_graceful_first(child, home):
    tool = child(
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n" + READY + "time.sleep(60)"
    )
    tool.start()
    tool.wait_until(is_ready(home), LIMIT_S)

    tool.stop(LIMIT_S)

    assert tool.exit_code == 7


def test_stop_ends_by_force_what_does_not_listen(child, home):
    tool = child(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        + READY
        + "time.sleep(60)"
    )
    tool.start()
    tool.wait_until(is_ready(home), LIMIT_S)

    tool.stop(0.05)

    assert tool.exit_code == -9


def test_stop_takes_the_grandchildren_along(child, home):
    grandchild = "import fcntl, time\nf = open('lock', 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\n"
    grandchild += READY + "time.sleep(60)"
    tool = child(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {grandchild!r}])")
    tool.start()
    tool.wait_until(is_ready(home), LIMIT_S)

    tool.stop()

    with (home / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # waits until the grandchild is gone


def test_killed_child_starts_again(child, home):
    tool = child(READY + "import time; time.sleep(60)")
    tool.start()
    first = tool.pid
    tool.kill()
    assert tool.exit_code == -9

    tool.start()

    assert tool.is_running
    assert tool.pid != first


def test_child_gets_the_environment_and_keeps_ctrl_c_away(child, home):
    tool = child("import os; print(os.environ['WORD'], os.getpgid(0) == os.getpid())", WORD="hi")
    tool.start()
    done = threading.Event()
    tool.wait_until(lambda: done.is_set() or tool.exit_code == 0, LIMIT_S)

    assert "hi True" in tool.tail()


def test_everything_is_harmless_before_the_start(child):
    tool = child("")

    tool.stop()
    tool.kill()

    assert (tool.pid, tool.exit_code, tool.is_running, tool.tail()) == (None, None, False, "")
