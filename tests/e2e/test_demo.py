"""`vdev demo` and demo networks, as a person calls them."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from vantage6.cli.vdev.algorithms import EXAMPLES
from vantage6.cli.vdev.average import pooled_average
from vantage6.cli.vdev.network import example_data

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

COMMAND = [sys.executable, "-c", "from vantage6.cli.vdev import cli; cli()"]
COLUMN = "mean_radius"
LIMIT_S = 120


@pytest.fixture
def environment(tmp_path):
    """Folders of our own for everything that a command may write."""
    places = ("TMPDIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
    return os.environ | dict.fromkeys(places, str(tmp_path))


@pytest.fixture
def call(environment):
    """Call `vdev`; gives the completed process."""

    def run(*arguments):
        return subprocess.run(
            [*COMMAND, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )

    return run


def processes_in(folder):
    """Command lines of the processes that have to do with a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if int(entry.name) != os.getpid() and os.fsencode(f"{folder}/vantage6-demo") in line:
            found.append(line)
    return found


def ask_after_pasting(printed):
    """Run a researcher's script in a terminal that got the `export` lines of what was printed."""
    lines = [line for line in printed.splitlines() if line.startswith("export ")]
    script = shlex.join([sys.executable, str(EXAMPLES / "average" / "run.py")])
    shell = "\n".join([*lines, script])
    return subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=LIMIT_S)


def test_demo_shows_the_federated_answer_beside_the_pooled_one(call, tmp_path):
    result = call("demo", "--runtime", "process")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "NO ISOLATION" in result.stdout
    assert "federated average of mean_radius: 14.127291739" in result.stdout
    assert "pooled pandas average           : 14.127291739" in result.stdout
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert processes_in(tmp_path) == []


def test_demo_that_is_interrupted_leaves_nothing_behind(environment, tmp_path):
    command = [*COMMAND, "demo", "--runtime", "process"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as demo:
        for line in demo.stdout:
            if "is at the server" in line:
                demo.send_signal(signal.SIGTERM)
        assert demo.wait(LIMIT_S) == 130

    assert list(tmp_path.iterdir()) == []
    assert processes_in(tmp_path) == []


def test_column_that_is_not_there_is_told_with_those_that_are(call, tmp_path):
    result = call("demo", "--runtime", "process", "--column", "blood_type")

    assert result.returncode == 1
    assert "no column 'blood_type'; it has: mean_radius, " in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_run_that_fails_is_told_with_the_end_of_its_log(call, tmp_path):
    result = call("demo", "--runtime", "process", "--column", "diagnosis")

    assert result.returncode == 1
    assert "the run is 'crashed'" in result.stdout
    assert "error > " in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_demo_network_is_made_started_stopped_and_removed(call, tmp_path):
    name = ("--name", "trial")
    steps = [
        call("create-demo-network", *name, "--num-nodes", "1", "--runtime", "process"),
        call("start-demo-network", *name),
    ]
    asked = ask_after_pasting(steps[1].stdout)
    steps += [call("stop-demo-network", *name), call("remove-demo-network", *name)]

    assert [step.returncode for step in steps] == [0, 0, 0, 0], steps
    assert asked.returncode == 0, asked.stderr
    (hospital,) = [files["default"] for files in example_data()[:1]]
    assert json.loads(asked.stdout) == {
        "average": pytest.approx(pooled_average([hospital], COLUMN))
    }
    assert not list(tmp_path.rglob("*trial*"))
