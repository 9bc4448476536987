"""The border of the command line: one line and an exit code, never a traceback."""

import json

import click
import pytest
from vantage6.cli.exits import ExitStatus, Refused, status_of
from vantage6.cli.facts import Versions, json_flag
from vantage6.cli.group import CommandLine
from vantage6.common import errors
from vantage6.common.errors import ConfigurationError, NotFound
from vantage6.node.app import ExitCode


@pytest.fixture
def command_line():
    @click.group("tool", cls=CommandLine)
    def cli():
        """A command line."""

    def add(name, error):
        @cli.command(name)
        @json_flag(Versions)
        def command(as_json):
            if error:
                raise error

    add("works", None)
    add("told", ConfigurationError("node.yaml: 2 problems\n  a: is missing\n  b: is wrong"))
    add("refused", NotFound("there is no such task"))
    add("interrupted", KeyboardInterrupt())
    add("without-docker", ModuleNotFoundError("No module named 'docker'", name="docker"))
    add("broken", ZeroDivisionError("token=eyJhbGciOi.eyJzdWIiOjF9.c2ln"))
    return cli


def test_success_has_exit_code_0(run, command_line):
    assert run(command_line, ["works"]).exit_code == 0


@pytest.mark.parametrize(
    ("name", "status"), [("told", ExitStatus.CONFIGURATION), ("refused", ExitStatus.REFUSED)]
)
def test_error_that_was_told_has_a_tag_and_its_own_status(run, command_line, name, status):
    result = run(command_line, [name])

    assert result.exit_code == status
    assert result.output.startswith("[error] - ")


def test_error_is_json_where_that_was_asked_for(run, command_line):
    result = run(command_line, ["refused", "--json"])

    assert result.exit_code == ExitStatus.REFUSED
    assert json.loads(result.stdout) == {
        "error": {"code": "not_found", "message": "there is no such task", "exit_status": 1}
    }


def test_unexpected_error_is_json_too(run, command_line):
    result = run(command_line, ["broken", "--json"])

    told = json.loads(result.stdout)["error"]
    assert (told["code"], told["exit_status"]) == ("unexpected", ExitStatus.UNEXPECTED)
    assert "eyJ" not in result.stdout


def test_interruption_has_its_own_status(run, command_line):
    result = run(command_line, ["interrupted"])

    assert result.exit_code == ExitStatus.INTERRUPTED
    assert "Traceback" not in result.output


def test_part_that_is_not_installed_is_named_with_the_command_that_installs_it(run, command_line):
    result = run(command_line, ["without-docker"])

    assert result.exit_code == ExitStatus.REFUSED
    assert "pip install 'vantage6[node]'" in result.output


def test_every_status_has_a_meaning_of_its_own():
    assert len({status.meaning for status in ExitStatus}) == len(ExitStatus)


def test_status_of_a_node_and_of_its_command_are_the_same_numbers():
    pairs = {
        ExitCode.CONFIGURATION: ConfigurationError(),
        ExitCode.RUNTIME: errors.RuntimeUnavailable(),
        ExitCode.LOGIN: errors.NotAuthenticated(),
        ExitCode.ENCRYPTION: errors.EncryptionMismatch(),
        ExitCode.FAILED: Refused(),
    }

    assert {code: status_of(error) for code, error in pairs.items()} == {c: c for c in pairs}
    assert int(ExitCode.ALREADY_RUNNING) == ExitStatus.ALREADY_RUNNING


def test_every_problem_of_a_configuration_is_printed(run, command_line):
    assert run(command_line, ["told"]).output.splitlines() == [
        "[error] - node.yaml: 2 problems",
        "  a: is missing",
        "  b: is wrong",
    ]


def test_wrong_usage_has_exit_code_2(run, command_line):
    assert run(command_line, ["works", "--nonsense"]).exit_code == 2


def test_unexpected_error_names_the_log_file_and_shows_no_traceback(run, command_line, home):
    result = run(command_line, ["broken"])

    log = home / "user/cache/vantage6/log/command_line.log"
    assert result.exit_code == ExitStatus.UNEXPECTED
    assert "ZeroDivisionError" in result.output
    assert str(log) in result.output
    assert "Traceback" not in result.output
    assert "Traceback" in log.read_text("utf-8")


def test_unexpected_error_shows_no_secret(run, command_line, home):
    result = run(command_line, ["broken"])

    log = home / "user/cache/vantage6/log/command_line.log"
    assert "eyJ" not in result.output + log.read_text("utf-8")


def test_unexpected_error_is_told_although_the_log_cannot_be_written(run, command_line, home):
    (home / "user").write_text("not a folder")

    result = run(command_line, ["broken"])

    assert result.exit_code == ExitStatus.UNEXPECTED
    assert "cannot be written" in result.output
