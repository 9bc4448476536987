"""What the doctor sees of a real container engine and of a registry."""

import http.server
import threading
import uuid

import pytest
from vantage6.cli.doctor.engine import at_engine, at_images, at_registries
from vantage6.cli.exits import ExitStatus
from vantage6.node.config import NodeConfig

pytestmark = pytest.mark.docker
PASSWORD = "right"


class Registry(http.server.BaseHTTPRequestHandler):
    """The log-in of an image registry."""

    def do_GET(self):
        # base64 of ``reader:right``
        is_known = self.headers.get("Authorization") == "Basic cmVhZGVyOnJpZ2h0"
        self.send_response(200 if is_known else 401)
        self.send_header("WWW-Authenticate", 'Basic realm="images"')
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture(scope="module")
def registry():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def settings(**changes):
    return NodeConfig.model_validate({"api_key": "x", "server_url": "http://x", **changes})


def test_engine_says_its_version():
    found = list(at_engine())

    assert not any(each.is_error for each in found)
    assert "the Docker engine " in found[0].finding.text


def test_engine_that_is_not_there_is_told_with_its_remedy(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")

    (found,) = at_engine()

    assert found.status is ExitStatus.ENGINE
    assert "DOCKER_HOST" in found.finding.remedy
    assert list(at_images(settings())) == []


def test_account_that_a_registry_does_not_take_is_told_without_its_password(registry):
    entry = {"registry": registry, "username": "reader"}

    (taken,) = at_registries(settings(docker_registries=[entry | {"password": PASSWORD}]))
    (refused,) = at_registries(settings(docker_registries=[entry | {"password": "mistaken"}]))

    assert not taken.is_error, taken
    assert refused.status is ExitStatus.ENGINE
    assert f"{registry} does not take the account reader" in refused.finding.text
    assert "mistaken" not in str(refused)


def test_registry_that_is_not_there_is_told():
    entry = {"registry": "127.0.0.1:1", "username": "reader", "password": PASSWORD}

    (found,) = at_registries(settings(docker_registries=[entry]))

    assert found.is_error
    assert "check its address" in found.finding.remedy


def test_images_of_the_node_itself_are_looked_for(base_image):
    missing = f"no/such-{uuid.uuid4().hex}:1"

    (there,) = at_images(settings(images={"helper": base_image}))
    (gone,) = at_images(settings(images={"helper": missing}))

    assert there.finding.text == f"{base_image} is on this machine"
    assert "docker pull" in gone.finding.remedy
