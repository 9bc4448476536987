"""Examples and new algorithms, asked for by their scripts, on the process runtime, encrypted."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.examples.conftest import STYLES, RunsScripts
from tests.examples.references import differences, examples_as, recorded
from vantage6.cli.vdev.starter import Style

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
POOLED = {"average": 14.127291739894552, "count": 569}


@examples_as("processes")
def test_federated_answer_is_the_pooled_one(name: str, processes: RunsScripts) -> None:
    reference = recorded(name)

    answer = processes.example(name)

    assert differences(answer, reference["answer"], reference["tolerance"]) == []


@pytest.fixture(scope="module")
def first_steps(processes: RunsScripts, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the script of the first steps prints."""
    page = (ROOT / "docs" / "guide" / "first-steps.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    script = tmp_path_factory.mktemp("guide") / "script.py"
    script.write_text(block, "utf-8")
    return processes.output(script)


def test_script_of_the_first_steps_does_what_it_says(first_steps: str) -> None:
    answer = ast.literal_eval(first_steps)

    assert answer == {"average": pytest.approx(POOLED["average"], rel=1e-12)}


def test_nothing_that_was_asked_can_be_read_at_the_server(
    first_steps: str, processes: RunsScripts
) -> None:
    network = processes.network
    files = list((network.folder / network.plan.server).glob("server.sqlite*"))

    stored = b"".join(file.read_bytes() for file in files)

    assert b"my first average" in stored
    assert not [text for text in (b"column_name", b"Y29sdW1uX25hbWU") if text in stored]


@pytest.mark.parametrize("style", STYLES)
def test_new_algorithm_gives_the_pooled_answer(
    style: Style, processes: RunsScripts, starters: dict[Style, Path]
) -> None:
    answer = processes(starters[style] / "run.py")

    assert differences(answer, POOLED, 1e-12) == []


@pytest.mark.parametrize("style", STYLES)
def test_new_algorithm_passes_its_own_tests(style: Style, starters: dict[Style, Path]) -> None:
    options = ("-q", "-p", "no:cacheprovider", "-W", "error")
    command = [sys.executable, "-m", "pytest", *options]

    done = subprocess.run(command, cwd=starters[style], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-2000:]
    assert " passed" in done.stdout
