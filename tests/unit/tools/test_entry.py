"""The container's main program: what it reads, calls, writes and says, and how it ends."""

import pickle
from typing import Any

import pandas as pd
import pytest
from tests.unit.tools.conftest import NAME, RunFolder
from vantage6.common import contract
from vantage6.tools.entry import Style, run_algorithm
from vantage6.tools.loaders import requested_database

SECRETS = ("alice", "secret", "planted")
pytestmark = pytest.mark.usefixtures("algorithm")


def wrap(run: RunFolder, **options: Any) -> None:
    run_algorithm(NAME, requested_database("csv"), Style(**options), run.environ)


def failure(run: RunFolder, capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[Any, str]:
    """Exit code and last line of the log of a run that must fail and leave no output."""
    with pytest.raises(SystemExit) as stop:
        wrap(run, **options)
    log = capsys.readouterr().out
    assert run.output == b""
    if not options:
        assert not [secret for secret in SECRETS if secret in log]
    return stop.value.code, log.splitlines()[-1]


# --- what is written --------------------------------------------------------------------------


@pytest.mark.parametrize("data_format", ["json", "pickle", "legacy"])
def test_input_of_every_format_gives_a_json_result(run: RunFolder, data_format: str) -> None:
    run.give({"method": "sum", "kwargs": {"column_name": "n"}}, data_format)

    wrap(run)

    assert run.output == b"json.3"


def test_positional_arguments_are_passed(run: RunFolder) -> None:
    run.give({"method": "sum", "args": ["n"], "kwargs": None})

    wrap(run)

    assert run.result() == 3


def test_data_frame_is_written_as_pickle(run: RunFolder) -> None:
    run.give({"method": "frame"})

    wrap(run)

    assert run.output[:1] == b"\x80"
    expected = pd.DataFrame({"name": ["alice", "bob"], "n": [1, 2]})
    pd.testing.assert_frame_equal(run.result(pickle.loads), expected)


@pytest.mark.parametrize(("asked", "start"), [("json", b'json.{"name"'), ("PICKLE", b"pickle.")])
def test_result_is_written_in_the_format_that_is_asked_for(
    run: RunFolder, asked: str, start: bytes
) -> None:
    run.give({"method": "frame", "output_format": asked})

    wrap(run)

    assert run.output.startswith(start)


def test_result_of_none_is_a_result(run: RunFolder) -> None:
    run.give({"method": "rows"})

    run_algorithm(NAME, lambda environ, input_: None, environ=run.environ)

    assert run.output == b"json.null"


@pytest.mark.parametrize(("new", "name"), [(False, "ContainerClient"), (True, "AlgorithmClient")])
@pytest.mark.parametrize("master", [True, 1, "true"])
def test_central_function_gets_a_client(run: RunFolder, master: Any, new: bool, name: str) -> None:
    run.give({"method": "who", "master": master})

    wrap(run, use_new_client=new)

    assert run.result() == name


# --- what fails -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("input_", "code", "message"),
    [
        (b"", 64, "error > the input cannot be read; it must be"),
        (b"json.{", 64, "error > the input cannot be read; it must be"),
        (b"\x80\x04oops", 64, "error > the input cannot be read; it must be"),
        (b'["planted"]', 64, "error > the input must be an object with at least a 'method'"),
        (b'{"kwargs": {}}', 64, "error > the input needs a 'method'"),
        (b'{"method": 5}', 64, "error > the input needs a 'method'"),
        (
            b'{"method": "rows", "args": "planted"}',
            64,
            "error > 'args' of the input must be a list",
        ),
        (
            b'{"method": "rows", "kwargs": [1]}',
            64,
            "error > 'kwargs' of the input must be an object",
        ),
        (
            b'{"method": "planted"}',
            72,
            "error > 'v6-sample-py' has no function of the requested name",
        ),
        (b'{"method": "__getattr__", "master": 1}', 72, "error > 'v6-sample-py' has no function"),
        (b'{"method": "pd", "master": 1}', 72, "error > 'v6-sample-py' has no function"),
        (
            b'{"method": "rows", "output_format": "planted"}',
            64,
            "error > 'output_format' of the inp",
        ),
        (
            b'{"method": "rows", "kwargs": {"planted": 1}}',
            70,
            "error > the algorithm failed: TypeErr",
        ),
    ],
)
def test_bad_input_is_named(
    run: RunFolder, capsys: pytest.CaptureFixture[str], input_: bytes, code: int, message: str
) -> None:
    run.give_bytes(input_)

    ended_with, line = failure(run, capsys)

    assert ended_with == code
    assert line.startswith(message)


@pytest.mark.parametrize(
    ("input_", "code", "message"),
    [
        ({"method": "fail"}, 70, "the algorithm failed: ValueError in RPC_fail (__init__.py,"),
        ({"method": "missing_column"}, 70, "the algorithm failed: KeyError in RPC_missing_co"),
        ({"method": "refuse"}, 64, "fewer than five rows"),
        ({"method": "protect"}, 77, "this site has too few rows for this answer"),
        ({"method": "exhaust"}, 71, "the algorithm needs more memory than it may use"),
        ({"method": "fail_elsewhere"}, 69, "the algorithm failed: 1 of 2 runs of task 3 failed"),
        ({"method": "lambda"}, 73, "a result of type function cannot be written as legacy"),
        ({"method": "lambda", "output_format": "json"}, 73, "a result of type function cannot"),
    ],
)
def test_failing_function_is_named_without_its_text(
    run: RunFolder,
    capsys: pytest.CaptureFixture[str],
    input_: dict[str, Any],
    code: int,
    message: str,
) -> None:
    run.give(input_)

    ended_with, line = failure(run, capsys)

    assert ended_with == code
    assert line.startswith(f"error > {message}")


@pytest.mark.parametrize(("ended_with", "code"), [(0, 1), (None, 1), (7, 7), ("secret", 1)])
def test_algorithm_that_ends_its_process_has_failed(
    run: RunFolder, capsys: pytest.CaptureFixture[str], ended_with: Any, code: int
) -> None:
    run.give({"method": "exit", "args": [ended_with]})

    assert failure(run, capsys) == (code, "error > the algorithm ended its own process")


def test_traceback_is_shown_on_request(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    run.give({"method": "fail"})

    with pytest.raises(SystemExit):
        wrap(run, log_traceback=True)

    assert "ValueError: secret alice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (contract.INPUT_FILE, "error > the node did not set the variable INPUT_FILE"),
        (contract.OUTPUT_FILE, "error > the node did not set the variable OUTPUT_FILE"),
        (contract.REQUESTED_LABEL, "error > the node has no database with the requested label"),
        (contract.database_uri("default"), "error > the node has no database with the requested"),
    ],
)
def test_missing_variable_is_named(
    run: RunFolder, capsys: pytest.CaptureFixture[str], variable: str, message: str
) -> None:
    run.give({"method": "rows"})
    del run.environ[variable]

    code, line = failure(run, capsys)

    assert code == 78
    assert line.startswith(message)


def test_unreadable_database_is_named_without_its_text(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run.give({"method": "rows"})
    (run.folder / "data.csv").write_text('a\n"secret\n')

    assert failure(run, capsys) == (65, "error > cannot read the database as csv: ParserError")


def test_missing_input_file_is_named(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert failure(run, capsys) == (64, "error > the input file cannot be read")


def test_output_that_cannot_be_written_is_named(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run.give({"method": "rows"})
    run.environ[contract.OUTPUT_FILE] = str(run.folder / "none" / "output")

    assert failure(run, capsys) == (73, "error > the output file cannot be written")


def test_unexpected_failure_is_named_without_its_text(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run.give({"method": "who", "master": True})
    (run.folder / "token").unlink()

    code, line = failure(run, capsys)

    assert code == 70
    assert line.startswith("error > the algorithm failed: FileNotFoundError in ")


def test_loader_that_fails_unexpectedly_is_named_without_its_text(
    run: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(environ: Any, input_: Any) -> Any:
        raise LookupError("secret")

    run.give({"method": "rows"})

    with pytest.raises(SystemExit) as stop:
        run_algorithm(NAME, load, environ=run.environ)

    assert stop.value.code == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("error > LookupError in load (test_entry.py, line ")
