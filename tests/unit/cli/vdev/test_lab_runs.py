"""What is shown of runs, and when."""

import io

import pytest
from tests.fakes.runtime import FakeRuntime
from tests.fakes.waiting import eventually
from vantage6.cli.vdev.lab_runs import Screen, ShownRuntime, algorithm_command
from vantage6.node.runtime.base import RunSpec, StartError


class Terminal(io.StringIO):
    """What was printed, as lines."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


@pytest.fixture
def engine() -> FakeRuntime:
    """The runtime that does the work."""
    return FakeRuntime()


@pytest.fixture
def runtime(engine, terminal):
    made = ShownRuntime(engine, "org_1", Screen(terminal))
    yield made
    made.close()


@pytest.fixture
def spec(home):
    return RunSpec(result_id=4, run_id=1, image="heart:1", folder=home, temporary=home)


def test_start_output_and_end_of_a_run_are_shown_with_its_node(runtime, engine, spec, terminal):
    ended = []
    runtime.watch(lambda result_id: ended.append((result_id, list(terminal.lines))))
    runtime.start(spec)

    engine.finish(4, 3, log="one\ntwo")

    *lines, last = terminal.lines
    assert lines == [f"org_1 run 4 | {text}" for text in ("starts: heart:1", "one", "two")]
    assert last.startswith("org_1 run 4 | ended with code 3 after ")
    assert ended == [(4, [*lines, last])]


def test_output_is_shown_while_the_run_goes_on_by_whole_lines(runtime, engine, spec, terminal):
    runtime.watch(lambda _: None)
    runtime.start(spec)

    engine.engine.runs[4].log = "first\nbegin"
    eventually(lambda: "org_1 run 4 | first" in terminal.lines)
    assert "begin" not in terminal.getvalue()
    engine.engine.runs[4].log = "first\nbegin and end\n"

    eventually(lambda: "org_1 run 4 | begin and end" in terminal.lines)
    assert runtime.log(4) == "first\nbegin and end\n"


def test_refused_start_is_shown_with_its_reason(runtime, engine, spec, terminal):
    engine.refuse("heart:1")

    with pytest.raises(StartError):
        runtime.start(spec)

    assert terminal.lines[-1] == "org_1 run 4 | did not start: no image heart:1"


def test_rest_of_the_output_is_shown_once_when_a_run_is_removed(runtime, engine, spec, terminal):
    runtime.start(spec)
    engine.engine.runs[4].log = "words"

    runtime.remove(4)
    runtime.remove(4)

    assert terminal.lines.count("org_1 run 4 | words") == 1
    assert runtime.known() == frozenset()


def test_algorithms_run_with_tracebacks_and_without_bytecode():
    python, option, _, code, *rest = algorithm_command("/srv/heart-age/heart_age")

    assert option == "-B"
    assert "log_traceback=True" in code
    assert rest == ["heart_age", "/srv/heart-age"]
    assert python
