"""`vnode doctor` and `vserver doctor` with a real server, database files and sockets."""

import http.server
import json
import re
import socket
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from tests.fakes.mailbox import Mailbox
from vantage6.cli.doctor import route
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver
from vantage6.common.outbound import Outbound

pytestmark = pytest.mark.integration
ROOT = Path(__file__).resolve().parents[3]


class Answer(http.server.BaseHTTPRequestHandler):
    """Gives the status that the path names."""

    def do_GET(self):
        status = int(self.path.split("/")[1])
        self.send_response(status)
        if status == 308:
            self.send_header("Location", f"https://v6.example{self.path}")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def website():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def closed():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@pytest.fixture
def look(run, tmp_path):
    """Let the doctor look at settings; gives the status, the findings and all that is shown."""

    def at(program, settings, environment="dev"):
        folders = {"data": str(tmp_path / "data"), "log": str(tmp_path / "log")}
        file = tmp_path / "x.yaml"
        settings = {"directories": folders} | settings
        file.write_text(yaml.safe_dump({"environments": {environment: settings}}))
        file.chmod(0o600)
        result = run(program, ["doctor", "-c", str(file), "--user", "--json"])
        document = json.loads(result.stdout)
        assert document["ok"] is (result.exit_code == 0)
        found = {each["about"]: each for each in document["findings"]}
        return result.exit_code, found, result.stdout

    return at


@pytest.fixture
def node(network):
    """Settings of a node that works."""
    file = network.folder / f"{network.plan.members[1].node}.yaml"
    return yaml.safe_load(file.read_text())["environments"]["dev"]


@pytest.fixture
def stored(network, tmp_path):
    """A copy of the network's database, in the data folder of a server; gives a connection."""
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "default.sqlite"
    (original,) = (network.folder / network.plan.server).glob("*.sqlite")
    with sqlite3.connect(original) as source, sqlite3.connect(file) as copy:
        source.backup(copy)
    source.close()
    yield copy
    copy.close()


def test_node_that_can_work_has_no_error_and_its_key_is_not_shown(look, node):
    status, found, shown = look(vnode, node)

    assert status == 0, shown
    assert "a server of vantage6" in found["server_url"]["text"]
    assert "as the server knows it" in found["encryption.private_key"]["text"]
    assert found["api_key"]["level"] == found["clock"]["level"] == "info"
    assert node["api_key"] not in shown


@pytest.mark.parametrize("form", ["http://127.0.0.1/", "127.0.0.1", "127.0.0.1:{}/api/"])
def test_address_is_understood_in_every_form(look, node, form):
    status, _, shown = look(vnode, node | {"server_url": form.format(node["port"])})

    assert status == 0, shown


def test_database_behind_an_address_is_tried_and_its_password_is_not_shown(look, node, closed):
    uri = f"postgresql://reader:SECRET@127.0.0.1:{closed}/study"
    entry = {"label": "study", "uri": uri, "type": "sql"}

    status, found, shown = look(vnode, node | {"databases": [entry]})

    assert status == 0
    assert found["databases.study"]["level"] == "warning"
    assert "nothing listens" in found["databases.study"]["text"]
    assert "SECRET" not in shown


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (timedelta(minutes=3), "warning", "3 min ahead of the server"),
        (timedelta(hours=-5), "error", "5 h behind the server, so that tokens"),
    ],
)
def test_clock_that_is_off_is_told(network, ahead, level, words):
    url = f"{network.address}/api"

    *_, found = route.along(url, Outbound(), clock=lambda: route.now() + ahead)

    assert (found.finding.about, found.finding.level.value) == ("clock", level)
    assert words in found.finding.text
    assert "NTP" in found.finding.remedy


@pytest.mark.parametrize(
    ("path", "words", "remedy"),
    [
        ("308", "sends whoever comes", "name that address"),
        ("502", "a proxy in front of the server", "ask its administrator"),
        ("404", "it is no server of vantage6", "check the port"),
        ("407", "asks for a name and password", "http://name:password@"),
    ],
)
def test_what_stands_in_for_the_server_is_told(website, path, words, remedy):
    (found,) = route.along(f"{website}/{path}", Outbound())

    assert found.status is ExitStatus.UNREACHABLE
    assert words in found.finding.text
    assert remedy in found.finding.remedy


def test_server_that_runs_answers_at_its_port(run, network):
    file = network.folder / f"{network.plan.server}.yaml"

    result = run(vserver, ["doctor", "-c", str(file), "--user"])

    assert result.exit_code == 0, result.output
    assert "port: a server of vantage6" in result.output
    assert "which this version works with" in result.output


def test_server_that_was_never_started_can_be(look, closed):
    status, found, _ = look(vserver, {"port": closed})

    assert status == 0
    assert found["port"]["text"] == f"{closed} of 127.0.0.1 is free"
    assert "made at the first start" in found["uri"]["text"]


def test_first_password_that_everybody_knows_is_told_where_it_matters(look, stored, closed):
    _, in_production, _ = look(vserver, {"port": closed}, "prod")
    _, in_development, _ = look(vserver, {"port": closed}, "dev")

    assert "everybody knows" in in_production["root"]["text"]
    assert "root" not in in_development


@pytest.mark.parametrize(
    ("schema", "level", "words"),
    [
        ("0001", "warning", "the next start changes it"),
        ("9999", "error", "of a newer server"),
    ],
)
def test_schema_that_is_not_the_newest_is_told(look, stored, closed, schema, level, words):
    with stored:
        stored.execute("UPDATE alembic_version SET version_num = ?", [schema])

    status, found, _ = look(vserver, {"port": closed})

    assert found["schema"]["level"] == level
    assert words in found["schema"]["text"]
    assert "backup" in found["schema"]["remedy"]
    assert status == (ExitStatus.CONFIGURATION if level == "error" else 0)


def test_database_that_is_none_is_told(look, tmp_path, closed):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "default.sqlite").write_text("no database" * 100)

    status, found, _ = look(vserver, {"port": closed})

    assert status == ExitStatus.CONFIGURATION
    assert "not a database" in found["uri"]["text"]


def test_services_that_are_not_there_are_told_without_passwords(look, closed):
    settings = {
        "port": closed,
        "uri": f"postgresql://v6:SECRET@127.0.0.1:{closed}/v6",
        "smtp": {"server": "127.0.0.1", "port": closed, "password": "SECRET"},
        "rabbitmq_uri": f"amqp://v6:SECRET@127.0.0.1:{closed}/v6",
    }

    status, found, shown = look(vserver, settings)

    assert status == ExitStatus.UNREACHABLE
    assert found["uri"]["level"] == found["rabbitmq_uri"]["level"] == "error"
    assert found["smtp"]["level"] == "warning"
    assert all(found[about]["remedy"] for about in ("uri", "rabbitmq_uri", "smtp"))
    assert "SECRET" not in shown


def test_secret_of_tokens_that_others_can_read_or_guess_is_told(look, tmp_path, closed):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jwt_secret").write_text("x" * 64)
    (tmp_path / "data" / "jwt_secret").chmod(0o644)

    _, opened, _ = look(vserver, {"port": closed})
    _, short, _ = look(vserver, {"port": closed, "jwt_secret_key": "0123456789abcdef"})

    assert "chmod 600" in opened["jwt_secret_key"]["remedy"]
    assert "less than 32" in short["jwt_secret_key"]["text"]


def test_address_of_a_queue_that_is_none_is_told(look, closed):
    status, found, _ = look(vserver, {"port": closed, "rabbitmq_uri": "nonsense://x"})

    assert status == ExitStatus.CONFIGURATION
    assert "amqp://" in found["rabbitmq_uri"]["remedy"]


def test_configuration_that_cannot_be_read_is_told_as_check_does(look):
    status, found, _ = look(vnode, {"apikey": "x"})

    assert status == ExitStatus.CONFIGURATION
    assert any("did you mean 'api_key'" in each["remedy"] for each in found.values())


def test_way_back_in_that_the_guide_shows_sets_a_password(run, stored, tmp_path):
    guide = (ROOT / "docs" / "guide" / "troubleshooting.md").read_text("utf-8")
    program = "\n".join(re.findall(r"^>>> (.*)$", guide, re.MULTILINE))
    (before,) = stored.execute("SELECT password FROM user WHERE username = 'root'").fetchone()
    folders = {"data": str(tmp_path / "data"), "log": str(tmp_path / "log")}
    file = tmp_path / "x.yaml"
    file.write_text(yaml.safe_dump({"application": {"directories": folders}}))

    result = run(vserver, ["shell", "-c", str(file), "--user"], input=f"{program}\n")

    assert result.exit_code == 0, result.output
    (after,) = stored.execute("SELECT password FROM user WHERE username = 'root'").fetchone()
    assert after != before


def test_mail_server_that_takes_mails_gets_none(look, closed):
    mailbox = Mailbox()
    with mailbox.listening() as smtp:
        status, found, _ = look(vserver, {"port": closed, "smtp": smtp})

    assert status == 0
    assert "takes mails" in found["smtp"]["text"]
    assert mailbox.is_empty()
