"""`vdev lab` as a person uses it: scripts, an algorithm of one's own, and the end."""

import ast
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from tests.examples.references import differences, recorded
from tests.fakes.waiting import eventually
from vantage6.cli.vdev.algorithms import EXAMPLES

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

COMMAND = [sys.executable, "-c", "from vantage6.cli.vdev import cli; cli()", "lab"]
LIMIT_S = 60
IMAGE = "registry.example/whatever:9"
# All of one length: a change within a second must not be missed.
ANSWER = "def RPC_answer(data):\n    print('rows', len(data))\n    return {{'answer': {}}}\n"
BROKEN = "def RPC_answer(data):\n    return data['blood_type']\n"
WAITING = """
import time
def RPC_answer(data):
    print("is waiting", flush=True)
    while True:
        time.sleep(60)
"""
ASK = f"""
import json
from vantage6.client import Client
with Client.from_environment() as client:
    collaboration = client.collaboration.list()[0]
    task = client.task.create(
        collaboration=collaboration["id"],
        organizations=[collaboration["organizations"][1]["id"]],
        name="mine", image="{IMAGE}", description="", input={{"method": "answer"}},
    )
"""
SHOW = """
    print(json.dumps(client.wait_for_results(task["id"], timeout=60)[0]["result"]))
"""


class RunningLab:
    """A lab with everything that it printed so far."""

    def __init__(self, temporary: Path, *options: str) -> None:
        self._temporary = temporary
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*COMMAND, *options],
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def await_line(self, part: str, number: int = 1) -> None:
        """Wait until a number of lines have a text in them."""
        eventually(lambda: self._count(part) >= number or self.process.poll() is not None, part)
        assert self._count(part) >= number, self.lines

    def _count(self, part: str) -> int:
        return sum(part in line for line in self.lines)

    @property
    def environment(self) -> dict[str, str]:
        """What a shell has after the lines that the lab printed for it."""
        exports = [line[len("export ") :] for line in self.lines if line.startswith("export ")]
        return dict(shlex.split(line)[0].split("=", 1) for line in exports)

    @property
    def snippet(self) -> str:
        """The Python that it printed."""
        match = re.search(r"^from vantage6.*?(?=\n\n)", "\n".join(self.lines), re.M | re.S)
        assert match is not None, self.lines
        return match[0]

    def run(self, *arguments: str | Path) -> str:
        """Output of Python with the variables of the lab."""
        return subprocess.check_output(
            [sys.executable, *arguments],
            env={**os.environ, **self.environment},
            text=True,
            timeout=LIMIT_S,
        )

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(10)
        self._reader.join(10)
        return code

    def left(self) -> list[str]:
        """Files below its temporary folder, and processes that have to do with it."""
        mark = os.fsencode(f"{self._temporary}{os.sep}vantage6-lab")
        found = [str(path) for path in self._temporary.iterdir()]
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                text = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            found += [entry.name] if mark in text else []
        return found

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            self.lines.extend(line.rstrip("\n") for line in stream)


@pytest.fixture(scope="module")
def algorithm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an author's algorithm."""
    package = tmp_path_factory.mktemp("author") / "heart-age" / "heart_age"
    package.mkdir(parents=True)
    return package / "__init__.py"


@pytest.fixture(scope="module")
def lab(algorithm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    algorithm.write_text(ANSWER.format(0))
    temporary = tmp_path_factory.mktemp("lab").resolve()
    made = RunningLab(temporary, "--algorithm", str(algorithm.parent.parent))
    made.await_line("Ctrl-C ends the lab")
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGKILL)


def test_lab_says_that_there_is_no_isolation_and_what_runs_for_which_image(
    lab: RunningLab, algorithm: Path
) -> None:
    assert any(line.startswith("NO ISOLATION") for line in lab.lines)
    assert any(f"{algorithm.parent} runs for any image" in line for line in lab.lines)


def test_printed_snippet_gives_the_pooled_answer_as_it_is(lab: RunningLab) -> None:
    answer = subprocess.check_output([sys.executable, "-c", lab.snippet], text=True)

    reference = recorded("average")
    assert differences(ast.literal_eval(answer), reference["answer"], reference["tolerance"]) == []


@pytest.mark.parametrize("name", ["summary", "contingency"])
def test_script_of_an_example_gives_the_pooled_answer(lab: RunningLab, name: str) -> None:
    reference = recorded(name)

    answer = json.loads(lab.run(EXAMPLES / name / "run.py"))

    assert differences(answer, reference["answer"], reference["tolerance"]) == []


def test_changed_algorithm_runs_at_the_next_task_and_is_shown_with_its_node(
    lab: RunningLab, algorithm: Path
) -> None:
    answers = []
    for number in (1, 2):
        algorithm.write_text(ANSWER.format(number))
        answers.append(json.loads(lab.run("-c", ASK + SHOW)))

    assert answers == [{"answer": 1}, {"answer": 2}]
    assert list(algorithm.parent.iterdir()) == [algorithm]
    lab.await_line("| rows ", 2)
    shown = [line for line in lab.lines if "| rows " in line]
    assert all(re.fullmatch(r"org_2 run \d+ \| rows \d+", line) for line in shown)


def test_failing_algorithm_shows_its_traceback(lab: RunningLab, algorithm: Path) -> None:
    algorithm.write_text(BROKEN)

    lab.run("-c", ASK)

    lab.await_line("error > the algorithm failed: KeyError")
    shown = "\n".join(lab.lines)
    assert re.search(r"\| Traceback \(most recent call last\)", shown)
    assert f'File "{algorithm}", line 2, in RPC_answer' in shown
    assert "KeyError: 'blood_type'" in shown


def test_nothing_is_left_when_it_is_terminated_in_the_middle_of_a_run(
    lab: RunningLab, algorithm: Path
) -> None:
    algorithm.write_text(WAITING)
    lab.run("-c", ASK)
    lab.await_line("is waiting")

    code = lab.end(signal.SIGTERM)

    assert code == 0
    assert lab.lines[-1] == "Stopped; nothing is left running"
    assert lab.left() == []
    assert "Traceback" not in "\n".join(lab.lines[-5:])


def test_nothing_is_left_when_it_is_terminated_while_it_makes_keys(tmp_path: Path) -> None:
    lab = RunningLab(tmp_path, "--encrypted", "--num-nodes", "9")
    eventually(lambda: list(tmp_path.glob("vantage6-lab-*/*.pem")), "a first key")

    code = lab.end(signal.SIGTERM)

    assert code == 130
    assert lab.left() == []


def test_ctrl_c_ends_a_lab_with_files_of_ones_own(tmp_path: Path) -> None:
    data = tmp_path / "hospitals"
    data.mkdir()
    (data / "one.csv").write_text("age\n60\n70\n")
    options = [*COMMAND[1:], "--data", str(data)]
    environment: Any = {**os.environ, "TMPDIR": str(tmp_path), "TERM": "dumb"}
    lab = pexpect.spawn(
        sys.executable, options, env=environment, encoding="utf-8", timeout=LIMIT_S
    )
    lab.expect("a server and 1 node are ready")
    lab.expect('"column_name": "age"')
    lab.expect("Ctrl-C ends the lab")

    lab.sendintr()

    lab.expect("Stopped; nothing is left running")
    lab.expect(pexpect.EOF)
    lab.close()
    assert lab.exitstatus == 0
    assert list(tmp_path.iterdir()) == [data]


def test_script_runs_against_an_encrypted_lab_and_gives_the_exit_code(tmp_path: Path) -> None:
    script = tmp_path / "check.py"
    script.write_text(
        f"import runpy\nrunpy.run_path({str(EXAMPLES / 'average/run.py')!r})\nexit(7)"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--run", script, "--json", "--encrypted", "--num-nodes", "1", "--port", str(port)]

    done = subprocess.run(
        [*COMMAND, *options],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )

    assert done.returncode == 7, done.stderr
    first, _, answer = done.stdout.partition("\n")
    facts = json.loads(first)
    assert facts["address"] == f"http://127.0.0.1:{port}/api"
    assert facts["organizations"] == ["org_1"]
    assert Path(facts["private_key"]).parent == Path(facts["folder"])
    assert set(json.loads(answer)) == {"average"}
    assert "org_1 run 1 | ended with code 0" in done.stderr
    assert list(tmp_path.iterdir()) == [script]
