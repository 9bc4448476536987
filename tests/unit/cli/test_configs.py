"""`list`, `files`, `version` and `set-api-key`, on real configuration files."""

import pytest
import vantage6
from vantage6.cli.running import claim
from vantage6.cli.vdev import cli as vdev
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
BROKEN = "application:\n  api_keys: abc\n  port: http\n"
COMMAND_LINES = {
    vserver: ["new", "list", "files", "import", "shell", "version"],
    vserver_local: ["start", "stop", "new", "list", "files", "import", "shell", "version"],
    vnode: ["new", "list", "files", "create-private-key", "set-api-key", "attach", "version"],
    vnode_local: ["start", "stop", "new", "list", "files", "attach", "version"],
    vdev: [f"{verb}-demo-network" for verb in ("create", "start", "stop", "remove")] + ["demo"],
}


@pytest.mark.parametrize("command_line", COMMAND_LINES, ids=lambda each: each.name)
def test_help_lists_every_command_and_each_explains_itself(run, command_line):
    overview = run(command_line, ["--help"])

    assert overview.exit_code == 0
    assert sorted(command_line.commands) == sorted(COMMAND_LINES[command_line])
    for name in command_line.commands:
        assert name in overview.output
        assert run(command_line, [name, "--help"]).exit_code == 0


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

    assert result.exit_code == 1
    assert "did you mean 'api_key'?" in result.output
    assert "port (line 3)" in result.output
    assert "server_url: is missing" in result.output


def test_environment_that_is_not_there_is_said(run, configuration):
    configuration("node", "x", NODE)

    result = run(vnode, ["files", "-n", "x", "-e", "prod"])

    assert result.exit_code == 1
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
