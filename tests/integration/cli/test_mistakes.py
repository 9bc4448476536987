"""`vnode-local start` with what goes wrong most often: it says what and what to do, and ends."""

import http.server
import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, closing
from datetime import timedelta
from types import SimpleNamespace

import pytest
import yaml
from tests.fakes.authority import Authority
from tests.fakes.keys import write_small_key
from tests.fakes.tls_proxy import TLSProxy
from vantage6.cli.exits import ExitStatus as Status
from vantage6.cli.vnode.local import cli as vnode_local
from vantage6.node import instance

LIMIT_S = 15
pytestmark = [pytest.mark.integration, pytest.mark.timeout(LIMIT_S, func_only=True)]
A_DAY = timedelta(days=1)


class Website(http.server.BaseHTTPRequestHandler):
    """Something that listens, and is no server of vantage6."""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def places(network, tmp_path_factory):
    """Files and ports for the settings below."""
    folder, port = tmp_path_factory.mktemp("places"), network.plan.port
    (folder / "no.csv").write_bytes(b"age\0\1\2")
    (folder / "other.pem").touch()
    write_small_key(folder / "other.pem")
    authority, stranger = Authority(folder), Authority(folder, "Another CA")
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with ExitStack() as stack:

        def front(certificate, login=""):
            return stack.enter_context(TLSProxy(certificate, port, login).running())

        website = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Website)
        stack.callback(website.server_close)
        stack.callback(website.shutdown)
        threading.Thread(target=website.serve_forever, args=[0.01], daemon=True).start()
        # Each in turn: a certificate has the name of its host as the name of its file.
        expired = front(authority.certificate("localhost", -A_DAY)).tls_port
        yield SimpleNamespace(
            folder=folder,
            port=port,
            ca=authority.file,
            stranger=stranger.file,
            closed=closed,
            website=website.server_port,
            expired=expired,
            foreign=front(authority.certificate("elsewhere.example")).tls_port,
            tls=(guarded := front(authority.certificate("localhost"), "node:secret")).tls_port,
            proxy=guarded.port,
        )


@pytest.fixture
def write(network, tmp_path):
    """Write the configuration of a node, with changes to one that works; gives its path."""

    def make(changes, environment="dev"):
        member = network.plan.members[1]
        content = yaml.safe_load((network.folder / f"{member.node}.yaml").read_text())
        folders = {"data": str(tmp_path / "data"), "log": str(tmp_path / "log")}
        settings = content["environments"]["dev"] | {"directories": folders} | changes
        file = tmp_path / "x.yaml"
        file.write_text(yaml.safe_dump({"environments": {environment: settings}}))
        file.chmod(0o600)
        return file

    return make


def filled(value, places):
    """A setting with the places in it."""
    if isinstance(value, str):
        text = value.format(p=places)
        return int(text) if text.isdigit() else text
    if isinstance(value, dict):
        return {key: filled(each, places) for key, each in value.items()}
    return [filled(each, places) for each in value] if isinstance(value, list) else value


def https(port, authority="{p.ca}"):
    return {"server_url": "https://localhost", "port": port, "ca_bundle": authority}


def key(file):
    return {"encryption": {"enabled": True, "private_key": file}}


def database(uri, kind="csv"):
    return {"databases": [{"label": "default", "uri": uri, "type": kind}]}


MISTAKES = {
    "wrong API key": (
        {"api_key": "no such key"},
        Status.LOGIN,
        ("the server does not know the API key", "vnode set-api-key"),
    ),
    "server down, or wrong port": (
        {"port": "{p.closed}"},
        Status.UNREACHABLE,
        ("nothing listens at 127.0.0.1:", "check the port"),
    ),
    "address of something else": (
        {"port": "{p.website}"},
        Status.UNREACHABLE,
        ("it is no server of vantage6", "check the port"),
    ),
    "API path missing": (
        {"api_path": ""},
        Status.UNREACHABLE,
        ("it is no server of vantage6", "api_path is / here, for most servers /api"),
    ),
    "no address at all": (
        {"server_url": "ftp://v6.example.org"},
        Status.CONFIGURATION,
        ("is no address of a server", "write https://host"),
    ),
    "two ports": (
        {"server_url": "http://127.0.0.1:443", "port": "{p.port}"},
        Status.CONFIGURATION,
        ("but server_url says 443", "leave one of them out"),
    ),
    "http instead of https": (
        {"server_url": "http://localhost", "port": "{p.tls}"},
        Status.UNREACHABLE,
        ("https is spoken", "write https:// in server_url"),
    ),
    "https instead of http": (
        {"server_url": "https://127.0.0.1"},
        Status.UNREACHABLE,
        ("no secure connection", "does it speak https there?"),
    ),
    "private CA that is not named": (
        {"server_url": "https://localhost", "port": "{p.tls}"},
        Status.UNREACHABLE,
        ("an authority not trusted", "set `ca_bundle`"),
    ),
    "wrong CA": (
        https("{p.tls}", "{p.stranger}"),
        Status.UNREACHABLE,
        ("an authority not trusted in", "set `ca_bundle`"),
    ),
    "CA that is not there": (
        {"ca_bundle": "/no/such/ca.pem"},
        Status.CONFIGURATION,
        ("/no/such/ca.pem cannot be read", "name the file"),
    ),
    "certificate that has expired": (
        https("{p.expired}"),
        Status.UNREACHABLE,
        ("has expired, or the clock of this host is wrong",),
    ),
    "certificate for another name": (
        https("{p.foreign}"),
        Status.UNREACHABLE,
        ("is for another name", "check the address"),
    ),
    "proxy that refuses": (
        {"http_proxy": "http://127.0.0.1:{p.proxy}", "server_url": "http://127.0.0.1"},
        Status.UNREACHABLE,
        ("asks for a name and password", "http://name:password@host:port"),
    ),
    "proxy that is not there": (
        {"http_proxy": "http://127.0.0.1:{p.closed}"},
        Status.UNREACHABLE,
        ("http_proxy: nothing listens at 127.0.0.1:", "check the port"),
    ),
    "not encrypted here": (
        {"encryption": {"enabled": False}},
        Status.ENCRYPTION,
        ("is off here, but the collaboration is encrypted", "set it to true"),
    ),
    "key of another organization": (
        key("{p.folder}/other.pem"),
        Status.ENCRYPTION,
        ("is not the key that the server knows", "use the private key that all nodes"),
    ),
    "key that is not there": (
        key("/no/such/key.pem"),
        Status.CONFIGURATION,
        ("there is no /no/such/key.pem", "vnode create-private-key"),
    ),
    "key that is none": (
        key("{p.folder}/no.csv"),
        Status.CONFIGURATION,
        ("no.csv cannot be used", "name the file"),
    ),
    "database that is not there": (
        database("/no/such.csv"),
        Status.CONFIGURATION,
        ("databases.default: there is no /no/such.csv", "put the file there"),
    ),
    "database that is no CSV": (
        database("{p.folder}/no.csv"),
        Status.CONFIGURATION,
        ("is not text, and so no CSV file", "correct its uri or type"),
    ),
    "broken pattern of images": (
        {"policies": {"allowed_algorithms": ["images/(.*"]}},
        Status.CONFIGURATION,
        ("policies.allowed_algorithms", "images/(.*"),
    ),
    "unknown setting": (
        {"apikey": "abc"},
        Status.CONFIGURATION,
        ("apikey", "did you mean 'api_key'?"),
    ),
    "folder that cannot be written": (
        {"task_dir": "/dev/null/tasks"},
        Status.CONFIGURATION,
        ("task_dir: /dev/null/tasks cannot be made", "name a folder that can be written"),
    ),
    "no Docker": (
        {"runtime": "docker"},
        Status.ENGINE,
        ("no Docker engine answers at", "start it", "DOCKER_HOST"),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named_with_its_remedy_and_the_node_ends(
    mistake, write, places, run, monkeypatch
):
    changes, status, words = MISTAKES[mistake]
    # Not a file that is missing: for one, Docker's client forgets to close its socket.
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{places.closed}")

    result = run(vnode_local, ["start", "-c", str(write(filled(changes, places)))])

    assert result.exit_code == status, result.output
    (line,) = (line for line in result.output.splitlines() if words[0] in line)
    assert all(word in line for word in words)
    assert "Traceback" not in result.output


def test_there_are_at_least_fifteen():
    assert len(MISTAKES) >= 15


def test_name_that_no_name_server_knows_is_told_as_such(write):
    file = write({"server_url": "http://no-such-server.invalid"})
    program = "from vantage6.cli.vnode.local import cli; cli()"
    command = [sys.executable, "-c", program, "start", "-c", str(file)]

    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=LIMIT_S, env=_without_proxies()
    )

    assert ended.returncode == Status.UNREACHABLE
    assert "no name server knows no-such-server.invalid; check its spelling" in ended.stdout


def test_environment_that_is_not_there_is_told_with_those_that_are(write, run):
    result = run(vnode_local, ["start", "-c", str(write({})), "-e", "prod"])

    assert result.exit_code == Status.CONFIGURATION
    assert "'prod'" in result.output
    assert "dev" in result.output


def test_runtime_without_isolation_is_refused_outside_development(write, run):
    result = run(vnode_local, ["start", "-c", str(write({}, "prod"))])

    assert result.exit_code == Status.CONFIGURATION
    assert "refused outside the environment 'dev'" in result.output


def test_node_that_runs_already_is_told_first(write, run, tmp_path):
    file = write({"api_key": "not looked at"})
    (tmp_path / "data").mkdir()

    with instance.locked(tmp_path / "data"):
        result = run(vnode_local, ["start", "-c", str(file)])

    assert result.exit_code == Status.ALREADY_RUNNING
    assert "runs; stop it first" in result.output


def test_several_mistakes_are_told_at_once(write, places, run):
    changes = database("/no/such.csv") | {"api_key": "no such key"}

    result = run(vnode_local, ["start", "-c", str(write(changes))])

    assert result.exit_code == Status.CONFIGURATION
    assert result.output.count("[error]") == 2


def test_server_that_takes_connections_and_says_nothing_is_given_up(write, run):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        result = run(vnode_local, ["start", "-c", str(write({"port": silent.getsockname()[1]}))])

    assert result.exit_code == Status.UNREACHABLE
    assert "server_url" in result.output


def _without_proxies():
    return {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
