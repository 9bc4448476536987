"""Docker where it is ready; else processes, and loudly."""

import gc

import pytest
from vantage6.cli.containers import engine
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vdev import cli as vdev
from vantage6.cli.vdev.demo import choose_runtime
from vantage6.common.errors import RuntimeUnavailable

# Docker's client leaves the socket of a refused connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def no_engine(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    yield
    gc.collect()


def test_engine_that_does_not_answer_is_told():
    with pytest.raises(RuntimeUnavailable, match="no Docker engine answers"):
        engine()


def test_without_an_engine_processes_are_used_and_the_notice_is_one_line(capsys):
    assert choose_runtime("auto") == "process"

    notice = capsys.readouterr().out
    assert "NO ISOLATION" in notice
    assert "no Docker engine answers" in notice
    assert notice.count("\n") == 1


def test_processes_that_were_asked_for_have_the_notice_too(capsys):
    assert choose_runtime("process") == "process"

    assert "NO ISOLATION" in capsys.readouterr().out


def test_docker_that_is_insisted_on_fails_with_the_reason(run):
    result = run(vdev, ["demo", "--runtime", "docker"])

    assert result.exit_code == ExitStatus.ENGINE
    assert "[error] - no Docker engine answers" in result.output
