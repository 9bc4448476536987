"""`new` with a real server, from flags, and at a real terminal by somebody who types."""

import io
import json
import os
import re
import stat
import sys

import pexpect
import pytest
from tests.fakes.authority import Authority
from tests.fakes.tls_proxy import TLSProxy
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vnode import cli as vnode
from vantage6.common.config.loader import load
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig

pytestmark = pytest.mark.integration
LIMIT_S = 30
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
CLEAR = "\x15"  # Ctrl-U


@pytest.fixture
def home(tmp_path, monkeypatch):
    for variable in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"XDG_{variable}_HOME", str(tmp_path / variable.lower()))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("PROMPT_TOOLKIT_NO_CPR", "1")  # this terminal does not tell its cursor
    return tmp_path


@pytest.fixture
def type_to(home):
    """Start a command at a terminal; it is ended after the test."""
    started = []

    def start(program, *arguments):
        code = f"from vantage6.cli.{program} import cli; cli()"
        terminal = pexpect.spawn(
            sys.executable,
            ["-c", code, *arguments],
            env=dict(os.environ),
            encoding="utf-8",
            timeout=LIMIT_S,
            dimensions=(40, 150),
        )
        terminal.logfile_read = io.StringIO()
        started.append(terminal)
        return terminal

    yield start
    for each in started:
        each.close(force=True)


def answer(terminal, question, keys="\r"):
    """Wait for a question, and press keys."""
    terminal.expect_exact(question)
    terminal.send(keys)


def rest(terminal):
    """What is printed until the end, and the exit status."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    return CONTROL.sub("", terminal.before), terminal.exitstatus


def test_administrator_makes_a_server(type_to, home):
    terminal = type_to("vserver", "new", "--user")
    answer(terminal, "Name of the configuration", "my server\r")
    answer(terminal, "Environment")
    answer(terminal, "What this server is for", f"{CLEAR}for the study\r")
    answer(terminal, "Address that the server listens to")
    answer(terminal, "Port that the server listens to", f"{CLEAR}99999")
    answer(terminal, "99999", f"\r{CLEAR}5001\r")
    answer(terminal, "Path below which")
    answer(terminal, "Database as SQLAlchemy URI")
    answer(terminal, "Let an import remove everything", "n")
    answer(terminal, "Ask users for a second factor", "n")
    answer(terminal, "Lowest level that is written")
    answer(terminal, "EduVPN", "n")
    answer(terminal, "RabbitMQ", "n")
    said, status = rest(terminal)

    assert status == 0
    assert re.search(r"Start it with: \S+ start --name my-server -e prod --user", said)
    file = home / "config/vantage6/server/my-server.yaml"
    settings = load(file, ServerConfig).settings
    assert (settings.description, settings.port) == ("for the study", 5001)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_data_owner_makes_a_node_and_corrects_a_wrong_port(type_to, home, network):
    (home / "patients.csv").write_text("age\n40\n")
    member = network.plan.members[1]
    terminal = type_to("vnode", "new", "--name", "hospital", "-e", "application")
    answer(terminal, "Key with which the node logs in", f"{member.api_key}\r")
    answer(terminal, "Scheme and host", f"{CLEAR}http://127.0.0.1\r")
    answer(terminal, "Port of the server", f"{CLEAR}{network.plan.port}\r")
    answer(terminal, "Path below which", f"{CLEAR}/wrong\r")
    answer(terminal, "What now?")
    answer(terminal, "Scheme and host", f"{CLEAR}http://127.0.0.1\r")
    answer(terminal, "Port of the server", f"{CLEAR}{network.plan.port}\r")
    answer(terminal, "Path below which")
    terminal.expect_exact("The API key is that of 'org_2 - demo Node', org_2")
    answer(terminal, "Add a database?", "y")
    answer(terminal, "Label")
    answer(terminal, "File or address", f"{home}/patients.csv\r")
    answer(terminal, "Type")
    answer(terminal, "Add a database?", "n")
    answer(terminal, "one must match the whole name", "vantage6/average.*\r")
    answer(terminal, "Lowest level that is written")
    terminal.expect_exact("The collaboration is encrypted, and so is this node")
    answer(terminal, "File with the private key", f"{member.key_file}\r")
    _, status = rest(terminal)

    assert status == 0
    assert member.api_key not in terminal.logfile_read.getvalue()
    settings = load(home / "config/vantage6/node/hospital.yaml", NodeConfig).settings
    assert (settings.api_path, settings.port) == ("/api", network.plan.port)
    assert settings.databases[0].uri == f"{home}/patients.csv"
    assert settings.encryption.enabled


def test_interrupted_wizard_writes_nothing(type_to, home):
    terminal = type_to("vnode", "new", "--name", "hospital", "-e", "application")
    answer(terminal, "Key with which the node logs in", "\x03")
    said, status = rest(terminal)

    assert status == ExitStatus.INTERRUPTED
    assert "[error] - interrupted" in said
    assert list(home.iterdir()) == []


def test_start_offers_to_make_what_is_not_there(type_to, home):
    terminal = type_to("vnode.local", "start", "--name", "hospital")
    terminal.expect_exact("no configuration named hospital")
    answer(terminal, "Make a new configuration now?", "n\r")
    said, status = rest(terminal)

    assert status == ExitStatus.REFUSED
    assert "[error] - there is no configuration named hospital" in said


def test_nothing_is_asked_where_a_program_reads_the_answer(type_to, home):
    for name in ("a", "b"):
        file = home / f"config/vantage6/node/{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("application: {api_key: k, server_url: u}\n")

    said, status = rest(type_to("vnode", "files", "--json"))

    assert status == ExitStatus.REFUSED
    assert json.loads(said)["error"]["message"].endswith("there are: a, b")


# --- from flags -----------------------------------------------------------------------------


@pytest.fixture
def new(run, network, home):
    """Make a configuration with a test of the answers; gives click's result and the file."""
    member = network.plan.members[1]

    def call(**changes):
        given = {
            "--api-key": member.api_key,
            "--server-url": "http://127.0.0.1",
            "--port": str(network.plan.port),
            "--api-path": "/api",
            **changes,
        }
        options = [word for pair in given.items() for word in pair]
        result = run(vnode, ["new", "-n", "x", "--test", "--non-interactive", *options])
        return result, home / "config/vantage6/node/x.yaml"

    return call


def test_encryption_and_organization_are_taken_from_the_server(new, network):
    result, file = new(**{"--private-key": network.plan.members[1].key_file})

    assert result.exit_code == 0, result.output
    assert "Reached the server at http://127.0.0.1:" in result.output
    assert "The API key is that of 'org_2 - demo Node', org_2" in result.output
    assert "is encrypted, and so is this node" in result.output
    assert load(file, NodeConfig).settings.encryption.enabled


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"--api-key": "unknown"}, ExitStatus.LOGIN, "key"),
        ({"--api-path": "/nowhere"}, ExitStatus.UNREACHABLE, "API path"),
        ({"--ca-bundle": "/no/such.pem"}, ExitStatus.CONFIGURATION, "ca_bundle"),
        ({"--private-key": "/no/such.pem"}, ExitStatus.ENCRYPTION, "--private-key"),
    ],
)
def test_answer_that_the_server_contradicts_ends_it_and_nothing_is_written(
    new, changes, status, words
):
    result, file = new(**changes)

    assert result.exit_code == status, result.output
    assert words in result.output
    assert not file.parent.exists()


# --- behind a corporate proxy that inspects TLS -----------------------------------------------

HOST = "server.hospital.example"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def proxied(network, authority):
    """Options that lead to the server through the proxy, without the authority."""
    proxy = TLSProxy(authority.certificate(HOST), network.plan.port, login="node:secret")
    with proxy.running():
        address = f"http://node:secret@127.0.0.1:{proxy.port}"
        yield {"--server-url": f"https://{HOST}", "--port": "443", "--https-proxy": address}


def test_server_is_reached_through_a_proxy_with_its_authority(new, proxied, authority, network):
    key = network.plan.members[1].key_file
    options = proxied | {"--ca-bundle": str(authority.file), "--private-key": key}

    result, file = new(**options)

    assert result.exit_code == 0, result.output
    assert f"Reached the server at https://{HOST}:443/api" in result.output
    settings = load(file, NodeConfig).settings
    assert settings.ca_bundle == str(authority.file)
    assert settings.https_proxy.get_secret_value() == proxied["--https-proxy"]


def test_authority_that_is_not_trusted_is_told_without_the_password_of_the_proxy(new, proxied):
    result, file = new(**proxied)

    assert result.exit_code == ExitStatus.UNREACHABLE
    assert "ca_bundle" in result.output
    assert "secret" not in result.output
    assert not file.exists()
