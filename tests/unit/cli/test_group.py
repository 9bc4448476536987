"""The border of the command line: one line and an exit code, never a traceback."""

import click
import pytest
from vantage6.cli.group import EXIT_TOLD, EXIT_UNEXPECTED, CommandLine
from vantage6.common.errors import ConfigurationError, NotFound


@pytest.fixture
def command_line():
    @click.group("tool", cls=CommandLine)
    def cli():
        """A command line."""

    def add(name, error):
        @cli.command(name)
        def command():
            if error:
                raise error

    add("works", None)
    add("told", ConfigurationError("node.yaml: 2 problems\n  a: is missing\n  b: is wrong"))
    add("refused", NotFound("there is no such task"))
    add("broken", ZeroDivisionError("token=eyJhbGciOi.eyJzdWIiOjF9.c2ln"))
    return cli


def test_success_has_exit_code_0(run, command_line):
    assert run(command_line, ["works"]).exit_code == 0


@pytest.mark.parametrize("name", ["told", "refused"])
def test_error_that_was_told_has_exit_code_1_and_a_tag(run, command_line, name):
    result = run(command_line, [name])

    assert result.exit_code == EXIT_TOLD
    assert result.output.startswith("[error] - ")


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
    assert result.exit_code == EXIT_UNEXPECTED
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

    assert result.exit_code == EXIT_UNEXPECTED
    assert "cannot be written" in result.output
