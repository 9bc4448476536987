"""Images that start as those of 4.x do, and packages that mix both styles."""

from typing import Any

import pytest
from tests.unit.tools.conftest import NAME, RunFolder
from vantage6.algorithm.tools.wrap import wrap_algorithm
from vantage6.common import contract
from vantage6.tools.docker_wrapper import docker_wrapper

pytestmark = pytest.mark.usefixtures("algorithm")
DECORATED = {"method": "decorated", "kwargs": {"column_name": "n"}}


@pytest.fixture
def started(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    for name, value in {**run.environ, "PKG_NAME": NAME}.items():
        monkeypatch.setenv(name, value)
    return run


@pytest.mark.parametrize("start", [wrap_algorithm, lambda: docker_wrapper(NAME)])
@pytest.mark.parametrize(
    ("input_", "result"),
    [
        (DECORATED, ["DecoratedClient", [1, 2]]),
        ({**DECORATED, "master": True}, ["DecoratedClient", [1, 2]]),
        ({"method": "sum", "kwargs": {"column_name": "n"}}, 3),
    ],
)
def test_both_styles_run_with_both_entry_points(
    started: RunFolder, start: Any, input_: dict[str, Any], result: Any
) -> None:
    started.give(input_)

    start()

    assert started.result() == result


def test_bare_json_of_4_x_is_read(started: RunFolder) -> None:
    started.give_bytes(b'{"method": "plain", "kwargs": {"number": 4}}')

    wrap_algorithm()

    assert started.output == b"json.5"


def test_two_databases_are_given_in_the_order_of_the_task(
    started: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = started.folder / "other.csv"
    other.write_text("n\n7\n")
    monkeypatch.setenv(contract.database_uri("other"), str(other))
    started.give({"method": "two", "databases": ["other", "default"]})

    wrap_algorithm()

    assert started.result() == [[7], [1, 2]]


def test_metadata_come_from_the_token_and_the_variables(started: RunFolder) -> None:
    started.give({"method": "whereabouts"})

    wrap_algorithm()

    assert started.result() == [20, 3, 7, started.environ[contract.INPUT_FILE]]


def test_function_that_takes_no_data_needs_no_database(
    started: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(contract.REQUESTED_LABEL)
    started.give({"method": "plain", "args": [1]})

    wrap_algorithm()

    assert started.result() == 2


def test_image_without_the_name_of_its_package_is_told(
    started: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PKG_NAME")

    with pytest.raises(SystemExit) as stop:
        wrap_algorithm()

    assert stop.value.code == 78
    assert capsys.readouterr().out == "error > the image does not set the variable PKG_NAME\n"


def test_traceback_is_shown_on_request(
    started: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    started.give({"method": "fail"})

    with pytest.raises(SystemExit) as stop:
        wrap_algorithm(log_traceback=True)

    assert stop.value.code == 70
    assert "ValueError: secret alice" in capsys.readouterr().err
