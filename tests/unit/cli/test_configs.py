"""`list`, `files`, `version`, `stop` and `set-api-key`, on real configuration files."""

import json

import pytest
import vantage6
from pydantic import TypeAdapter
from vantage6.cli import facts
from vantage6.cli.exits import ExitStatus
from vantage6.cli.running import claim
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vnode.local import cli as vnode_local
from vantage6.cli.vserver import cli as vserver
from vantage6.cli.vserver.local import cli as vserver_local

NODE = """application:
  api_key: abc    # from the portal
  server_url: http://localhost
  port: 5000
  databases:
    - {label: default, uri: /data/x.csv, type: csv}
    - {label: db, uri: "postgresql://me:hidden@host/db", type: sql}
"""
SERVER = "application:\n  port: 5001\n  uri: sqlite:///x.sqlite\n"
BROKEN = "application:\n  api_keys: abc\n  port: http\n"


def test_list_shows_both_scopes_and_what_runs(run, configuration, home):
    configuration("node", "mine", NODE)
    configuration("node", "ours", NODE, scope="system")

    with claim(home / "user/data/vantage6/node/mine"):
        lines = run(vnode, ["list"]).output.splitlines()

    assert lines[2].split() == ["ours", "application", "Not", "running", "system"]
    assert lines[3].split() == ["mine", "application", "Running", "user"]


def test_list_names_what_cannot_be_read(run, configuration):
    configuration("node", "good", NODE)
    configuration("node", "bad", BROKEN)

    result = run(vnode, ["list"])

    assert result.exit_code == 0
    assert "good" in result.output
    assert "bad.yaml: " in result.output


def test_files_shows_the_places_and_no_password(run, configuration, home):
    file = configuration("node", "x", NODE)

    output = run(vnode, ["files", "-n", "x"]).output

    assert str(file) in output
    assert str(home / "user/data/vantage6/node/x") in output
    assert "node_application_user.log" in output
    assert "/data/x.csv" in output
    assert "hidden" not in output


def test_bad_configuration_shows_every_problem_and_fails(run, configuration):
    configuration("node", "x", BROKEN)

    result = run(vnode, ["files", "-n", "x"])

    assert result.exit_code == ExitStatus.CONFIGURATION
    assert "did you mean 'api_key'?" in result.output
    assert "port (line 3)" in result.output
    assert "server_url: is missing" in result.output


def test_environment_that_is_not_there_is_said(run, configuration):
    configuration("node", "x", NODE)

    result = run(vnode, ["files", "-n", "x", "-e", "prod"])

    assert result.exit_code == ExitStatus.CONFIGURATION
    assert "no environment 'prod'; it has: application" in result.output


@pytest.mark.parametrize("command_line", [vserver, vserver_local, vnode, vnode_local])
def test_version_is_that_of_the_package(run, command_line):
    assert run(command_line, ["version"]).output.strip() == vantage6.__version__


def test_api_key_is_changed_in_place(run, configuration):
    file = configuration("node", "x", NODE)

    result = run(vnode, ["set-api-key", "-n", "x"], input="new\n")

    assert result.exit_code == 0, result.output
    assert file.read_text() == NODE.replace("api_key: abc  ", 'api_key: "new"  ')
    assert "new" not in result.output.replace("API key", "")


def test_api_key_may_be_in_the_environment(run, configuration):
    file = configuration("node", "x", NODE)

    result = run(vnode, ["set-api-key", "-n", "x"], env={"V6_API_KEY": "hidden-from-ps"})

    assert result.exit_code == 0, result.output
    assert "hidden-from-ps" in file.read_text()


def test_log_that_is_not_there_is_said(run, configuration):
    configuration("node", "x", NODE)

    result = run(vnode, ["attach", "-n", "x"])

    assert result.exit_code == 1
    assert "no log yet" in result.output


def test_log_is_shown(run, configuration, home):
    configuration("node", "x", NODE)
    folder = home / "user/cache/vantage6/log/node/x"
    folder.mkdir(parents=True)
    (folder / "node_application_user.log").write_text("ready\n")

    assert run(vnode, ["attach", "-n", "x", "--no-follow"]).output == "ready\n"


def test_stop_of_what_does_not_run_says_so(run, configuration):
    configuration("node", "x", NODE)

    result = run(vnode_local, ["stop", "-n", "x"])

    assert result.exit_code == 1
    assert "does not run" in result.output


def test_stop_without_a_name_when_nothing_runs_is_a_warning(run, configuration):
    configuration("node", "x", NODE)

    for arguments in (["stop"], ["stop", "--all"]):
        result = run(vnode, arguments)
        assert result.exit_code == 0
        assert "[warn ] - no node of the user runs here" in result.output


def test_stop_without_a_name_asks_for_one_when_several_run(run, configuration, home):
    for name in ("x", "y"):
        configuration("node", name, NODE)

    data = home / "user/data/vantage6/node"
    with claim(data / "x"), claim(data / "y"):
        result = run(vnode, ["stop"])

    assert result.exit_code == 1
    assert "--name, or --all; there run: x, y" in result.output


# --- for programs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (["list", "--json"], facts.Listing),
        (["files", "-n", "x", "--json"], facts.Files),
        (["version", "--json"], facts.Versions),
        (["check", "-n", "x", "--json"], facts.Findings),
    ],
)
@pytest.mark.parametrize("command_line", [vnode, vserver])
def test_document_for_programs_has_the_form_that_is_documented(
    run, configuration, command_line, arguments, fact
):
    configuration(command_line.name[1:], "x", NODE if command_line is vnode else SERVER)

    scope = ["--user"] if "-n" in arguments else []
    document = json.loads(run(command_line, [*arguments, *scope]).stdout)

    read = TypeAdapter(fact).validate_python(document)
    assert TypeAdapter(fact).dump_python(read, mode="json") == document


def test_document_says_the_same_as_the_lines(run, configuration, home):
    file = configuration("node", "x", NODE)
    configuration("node", "bad", BROKEN)

    with claim(home / "user/data/vantage6/node/x"):
        bad, good = json.loads(run(vnode, ["list", "--json"]).stdout)["configurations"]

    assert "did you mean 'api_key'" in bad["problem"]
    assert good == {
        "name": "x",
        "environments": ["application"],
        "running": True,
        "scope": "user",
        "config": str(file),
        "problem": None,
    }


def test_document_has_no_password(run, configuration):
    configuration("node", "x", NODE)

    databases = json.loads(run(vnode, ["files", "--json"]).stdout)["databases"]

    assert [entry["label"] for entry in databases] == ["default", "db"]
    assert "hidden" not in str(databases)


def test_failure_is_a_document_too(run):
    result = run(vnode, ["files", "-n", "nowhere", "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == "refused"
