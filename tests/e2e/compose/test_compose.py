"""A server for a whole network with one command: docker-compose.yml."""

import io
import json
import os
import tarfile
from pathlib import Path

import pytest
import requests
import socketio
from tests.e2e.cli.study import KEY, PASSWORD, Study
from tests.e2e.cli.terminal import Terminal
from tests.fakes.waiting import eventually
from vantage6.common.events import NAMESPACE

# The first test may have to build images.
pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(400)]

NODE = f"composed-{os.getpid()}"


@pytest.fixture(scope="module")
def root(deployment):
    with deployment.root() as client:
        yield client


@pytest.fixture(scope="module")
def study(deployment, tmp_path_factory):
    """The first collaboration, imported as the guide says."""
    study = Study(tmp_path_factory.mktemp("study"))
    command = ("vserver-local", "import", "/dev/stdin", "--config", "/config/server.yaml")
    deployment.run("exec", "-T", "server", *command, given=study.entities.read_text())
    return study


@pytest.fixture(scope="module")
def node_key(root, study):
    clinic = root.organization.create(name="clinic")["id"]
    other = root.collaboration.create(name="another study", organizations=[clinic])["id"]
    return root.node.create(collaboration=other, organization=clinic, name="ward")["api_key"]


@pytest.fixture
def connect(deployment):
    """Opens sockets; each notes what it hears."""
    opened = []

    def make(token, url=None, **options):
        session = requests.Session()
        session.verify = deployment.authority
        session.trust_env = False  # or the authorities of this machine would take its place
        client = socketio.Client(reconnection=False, http_session=session)
        client.heard = []
        client.on("*", lambda *event: client.heard.append(event[0]), namespace=NAMESPACE)
        address = url or f"https://localhost:{deployment.https_port}"
        headers = {"Authorization": f"Bearer {token}"}
        client.connect(
            address, headers=headers, namespaces=[NAMESPACE], wait_timeout=20, **options
        )
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.disconnect()


def ask(deployment, path, **options):
    url = f"https://localhost:{deployment.https_port}{path}"
    return requests.get(url, verify=deployment.authority, timeout=10, **options)


def log_in_node(deployment, api_key):
    url = f"https://localhost:{deployment.https_port}/api/token/node"
    answer = requests.post(url, json={"api_key": api_key}, verify=deployment.authority, timeout=10)
    return answer.json()["access_token"]


# --- the front door -----------------------------------------------------------------------------


def test_the_server_is_healthy_behind_tls(deployment):
    answer = ask(deployment, "/api/health")

    assert answer.json() == {"database": True}
    assert "Strict-Transport-Security" in answer.headers
    assert answer.headers["Server"] == "nginx"


def test_the_certificate_is_of_an_authority_that_nobody_else_trusts(deployment):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://localhost:{deployment.https_port}/api/health", timeout=10)


def test_plain_http_only_leads_to_https(deployment):
    answer = requests.get(f"{deployment.http}/api/health", allow_redirects=False, timeout=10)

    assert answer.status_code == 301
    assert answer.headers["Location"] == "https://localhost/api/health"


def test_root_logs_in_with_the_password_of_the_log_and_creates_entities(root, node_key):
    assert "ward" in [one["name"] for one in root.node.list()["data"]]


@pytest.mark.parametrize("transports", [["websocket"], None], ids=["websocket", "upgraded"])
def test_a_node_gets_a_websocket(deployment, connect, node_key, transports):
    socket = connect(log_in_node(deployment, node_key), transports=transports)

    eventually(lambda: socket.transport() == "websocket", "a websocket")


# --- a study ------------------------------------------------------------------------------------


@pytest.fixture
def data_owner(tmp_path):
    """Somebody at a terminal of the hospital, whose node goes again."""
    folders = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "CACHE")}
    more = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "V6_PASSWORD": PASSWORD}
    with Terminal({**os.environ, **folders, **more}, tmp_path) as somebody:
        yield somebody
        somebody.does("vnode", "stop", "--name", NODE)


def test_an_encrypted_average_over_the_data_of_a_node(
    deployment, study, data_owner, average_image
):
    port = deployment.https_port
    data_owner.does(
        *("vnode", "new", "--name", NODE, "--non-interactive", "--api-key", KEY),
        *("--server-url", "https://localhost", "--port", str(port), "--encryption"),
        *("--ca-bundle", deployment.authority, "--database", f"default,csv,{study.data}"),
    )
    made = data_owner.does("vnode", "create-private-key", "--name", NODE, "--username", "alice")
    key = Path(made.partition("Made a private key: ")[2].partition(". Keep")[0])

    data_owner.does("vnode", "start", "--name", NODE)
    trust = {"REQUESTS_CA_BUNDLE": deployment.authority}
    average = study.average("https://localhost", port, key, average_image, trust)

    assert average == pytest.approx(study.pooled, abs=1e-9)


# --- several servers ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two_servers(deployment):
    deployment.run("up", "--detach", "--scale", "server=2")
    deployment.wait_until_healthy()
    deployment.wait_until_nginx_knows_its_servers()
    return deployment.addresses()


def test_servers_exchange_events_through_the_queue(
    deployment, connect, root, node_key, two_servers
):
    listeners = [connect(root.token, url=url) for url in two_servers]
    assert len(listeners) == 2

    connect(log_in_node(deployment, node_key))

    for listener in listeners:
        eventually(lambda one=listener: "node-online" in one.heard, "both to hear of the node")


def test_the_other_server_answers_when_one_is_lost(deployment, two_servers):
    assert ask(deployment, "/api/nothing").status_code == 404
    lost = deployment.server_that_was_asked("/api/nothing")
    lost.stop(timeout=5)

    assert ask(deployment, "/api/health").json() == {"database": True}

    lost.start()
    deployment.wait_until_healthy()


# --- the registry -------------------------------------------------------------------------------


def an_empty_file():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    return archive.getvalue()


def test_images_are_pushed_to_the_registry_by_who_knows_its_password(deployment, engine):
    name = f"127.0.0.1:{deployment.https_port}/study/empty"
    engine.api.import_image_from_data(an_empty_file(), repository=name, tag="1")
    account = {"username": "vantage6", "password": deployment.secrets()["registry-password"]}
    try:
        lines = list(engine.images.push(name, "1", auth_config=account, stream=True, decode=True))
    finally:
        engine.images.remove(f"{name}:1")

    assert not [line for line in lines if "error" in line]
    auth = tuple(account.values())
    assert ask(deployment, "/v2/study/empty/tags/list", auth=auth).json()["tags"] == ["1"]
    assert ask(deployment, "/v2/study/empty/tags/list").status_code == 401


# --- secrets ------------------------------------------------------------------------------------


def test_no_secret_is_in_an_environment_a_command_or_a_log(deployment):
    secrets = deployment.secrets()
    seen = json.dumps([container.attrs for container in deployment.containers()])
    seen += deployment.run("logs", "--no-color")

    assert set(secrets) >= {"database-password", "queue-password", "token-key"}
    assert [name for name, secret in secrets.items() if secret in seen] == []


def test_the_settings_of_the_server_are_read_by_the_server_alone(deployment):
    command = "test -r /config/server.yaml && stat -c '%u %a' /config/server.yaml"
    server = deployment.containers("server")[0]

    answer = server.exec_run(["sh", "-c", command])

    assert answer.output.decode().strip() == "10001 400"


def test_down_with_volumes_leaves_nothing(deploy, engine):
    with deploy("part") as part:
        part.run("up", "--detach", "registry")
        filters = {"label": f"com.docker.compose.project={part.project}"}
        assert engine.volumes.list(filters=filters)

        part.run("down", "--volumes")

        assert engine.volumes.list(filters=filters) == []
        assert engine.networks.list(filters=filters) == []
        assert part.containers() == []
