"""`vserver-local import`, `shell` and `start` on a real database and a real port."""

import json
import socket
import sys
import time

import pytest
import vantage6
import yaml
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vdev.child import Child
from vantage6.cli.vdev.files import free_port
from vantage6.cli.vserver import cli as vserver
from vantage6.cli.vserver.local import cli as vserver_local

ENTITIES = {
    "organizations": [
        {"name": "hospital", "users": [{"username": "doctor", "password": "long enough 1"}]}
    ],
    "collaborations": [
        {
            "name": "study",
            "participants": [
                {"name": "hospital", "api_key": "123e4567-e89b-12d3-a456-426614174001"}
            ],
        }
    ],
}
START_LIMIT_S = 60


@pytest.fixture
def entities(tmp_path):
    file = tmp_path / "entities.yaml"
    file.write_text(yaml.safe_dump(ENTITIES))
    return file


@pytest.fixture
def configuration(tmp_path):
    """Write the configuration of a server; gives the options that name it."""

    def write(environment="dev", **settings):
        places = {"data": str(tmp_path / "data"), "log": str(tmp_path / "log")}
        settings = {"directories": places, "ip": "127.0.0.1", "port": free_port(), **settings}
        file = tmp_path / "main.yaml"
        file.write_text(yaml.safe_dump({"environments": {environment: settings}}))
        return ["-c", str(file)]

    return write


@pytest.fixture
def child(tmp_path):
    """Make a `vserver-local` process; all are ended after the test."""
    made = []

    def make(*arguments):
        program = [sys.executable, "-c", "from vantage6.cli.vserver.local import cli; cli()"]
        made.append(Child("server", [*program, *arguments], tmp_path / f"{len(made)}.out"))
        return made[-1]

    yield make
    for each in made:
        each.kill_group()


def test_import_fills_an_empty_database(run, configuration, entities):
    options = configuration()

    result = run(vserver_local, ["import", str(entities), *options])
    command = "print([user.username for user in db.User.get()])\n"
    shown = run(vserver_local, ["shell", *options], input=command)

    assert result.exit_code == 0, result.output
    assert "1 organizations, 1 users, 1 collaborations and 1 nodes" in result.output
    assert "['root', 'doctor']" in shown.output


def test_import_takes_what_scripts_of_3x_say_about_its_container(run, configuration, entities):
    words = ["--image", "registry.example/server:3", "--mount-src", "/sources", "--keep"]

    result = run(vserver_local, ["import", str(entities), *words, *configuration()])

    assert result.exit_code == 0, result.output
    assert "1 users" in result.output


def test_shell_has_the_tables_and_the_words_of_rules(run, configuration):
    command = "db.Rule.get_by_('node', Scope.GLOBAL, Operation.VIEW)\ndb.User.help()\n"

    shown = run(vserver_local, ["shell", *configuration()], input=command).output

    assert "node VIEW GLOBAL>" in shown
    assert "username" in shown


def test_import_tells_everything_that_is_there_already(run, configuration, entities):
    options = configuration()
    run(vserver_local, ["import", str(entities), *options])

    result = run(vserver_local, ["import", str(entities), *options])

    assert result.exit_code == ExitStatus.CONFIGURATION
    for name in ("hospital", "doctor", "study"):
        assert name in result.output


def test_import_tells_every_problem_of_its_file(run, configuration, tmp_path):
    (tmp_path / "bad.yaml").write_text(
        "organizations:\n  - names: x\n    users: [{username: u}]\n"
    )

    result = run(vserver_local, ["import", str(tmp_path / "bad.yaml"), *configuration()])

    assert result.exit_code == ExitStatus.CONFIGURATION
    assert "did you mean 'name'" in result.output
    assert "password" in result.output


def test_drop_all_is_refused_where_it_is_not_allowed(run, configuration, entities):
    result = run(vserver_local, ["import", str(entities), "--drop-all", *configuration()])

    assert result.exit_code == 1
    assert "allow_drop_all" in result.output


def test_drop_all_asks_and_tells_what_would_be_lost(run, configuration, entities):
    options = configuration(allow_drop_all=True)
    run(vserver_local, ["import", str(entities), *options])

    refused = run(vserver_local, ["import", str(entities), "--drop-all", *options], input="n\n")

    assert refused.exit_code == 0
    assert "nothing imported" in refused.output
    assert "2 organizations, 2 users, 0 tasks. Go on? [y/N]: n" in refused.output
    shown = run(vserver_local, ["shell", *options], input="print(db.User.get(1).created_tasks)\n")
    assert "[]" in shown.output


def test_drop_all_empties_the_database_first(run, configuration, entities):
    options = configuration(allow_drop_all=True)
    run(vserver_local, ["import", str(entities), *options])

    result = run(vserver_local, ["import", str(entities), "--drop-all", "--yes", *options])

    assert result.exit_code == 0, result.output
    assert "Go on?" not in result.output
    shown = run(vserver_local, ["shell", *options], input="print(len(db.User.get()))\n")
    assert "2" in shown.output.split()


def test_import_of_what_is_there_already_says_what_becomes_of_it(run, configuration, entities):
    options = configuration()
    run(vserver_local, ["import", str(entities), *options])

    again = run(vserver_local, ["import", str(entities), "--existing", "keep", *options])
    changed = dict(ENTITIES["organizations"][0], country="NL")
    entities.write_text(yaml.safe_dump({"organizations": [changed]}))
    update = run(vserver_local, ["import", str(entities), "--existing", "update", *options])

    assert "Imported 0 organizations, 0 users, 0 collaborations and 0 nodes" in again.output
    for name in ("organization 'hospital'", "user 'doctor'", "node 'hospital - study Node'"):
        assert f"Left as it is: {name}" in again.output
    assert "Updated: organization 'hospital'" in update.output
    assert "Left as it is: user 'doctor'" in update.output


def test_first_password_is_random_and_shown_once_in_production(run, configuration, entities):
    options = configuration("prod")

    first = run(vserver_local, ["import", str(entities), *options]).output
    second = run(vserver_local, ["shell", *options], input="\n").output

    assert "is shown this once: " in first
    assert "is shown this once: " not in second


@pytest.mark.integration
def test_server_says_when_it_is_ready_and_stops_within_two_seconds(configuration, child):
    server = child("start", *configuration())
    server.start()
    server.wait_until(lambda: "Ready at http://127.0.0.1:" in server.tail(), START_LIMIT_S)

    began = time.monotonic()
    server.terminate()

    assert server.join(10)
    assert time.monotonic() - began < 2
    assert server.exit_code == 0


@pytest.mark.integration
def test_server_runs_once_and_is_stopped_by_name_of_its_file(run, configuration, child):
    options = configuration()
    server, second = child("start", *options), child("start", *options)
    server.start()
    server.wait_until(lambda: "Ready at" in server.tail(), START_LIMIT_S)
    second.start()

    assert second.join(START_LIMIT_S)
    assert second.exit_code == ExitStatus.ALREADY_RUNNING
    assert f"runs already, as process {server.pid}" in second.tail()
    told = json.loads(run(vserver, ["version", *options, "--json"]).stdout)
    assert told == {"cli": vantage6.__version__, "running": vantage6.__version__}
    assert run(vserver_local, ["stop", *options]).exit_code == 0
    assert server.join(10)


@pytest.mark.integration
def test_port_that_is_taken_is_told_before_anything_is_made(configuration, child, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = child("start", *configuration(), "--port", str(port))
        server.start()

        assert server.join(START_LIMIT_S)

    assert server.exit_code == ExitStatus.CONFIGURATION
    assert f"port {port}" in server.tail()
    assert not (tmp_path / "data" / "default.sqlite").exists()
