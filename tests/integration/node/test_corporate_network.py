"""A node whose only way to its server is a proxy that inspects TLS under an authority of its own.

The name of the server does not exist, and tests may look up no name: whatever went past the proxy
would fail.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.fakes.authority import Authority
from tests.fakes.tls_proxy import TLSProxy
from tests.fakes.waiting import eventually
from tests.integration.node.conftest import MakeNode, RealServer, RunningNode
from vantage6.node.instance import State, read_state

HOST = "server.hospital.example"
LOGIN = "node:p%40ssword"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def proxy(authority: Authority, shared_server: RealServer) -> Iterator[TLSProxy]:
    certificate = authority.certificate(HOST)
    with TLSProxy(certificate, shared_server.port, login="node:p@ssword").running() as made:
        yield made


@pytest.fixture
def node(
    server: RealServer, make_node: MakeNode, proxy: TLSProxy, authority: Authority
) -> RunningNode:
    made = make_node(
        server,
        server_url=f"https://{HOST}",
        port=443,
        ca_bundle=str(authority.file),
        https_proxy=f"http://{LOGIN}@127.0.0.1:{proxy.port}",
    )
    made.start()
    return made


def test_a_node_works_through_the_proxy_from_log_in_to_result(
    server: RealServer, node: RunningNode, proxy: TLSProxy
) -> None:
    node.await_ready()
    eventually(lambda: server.is_online("alpha"), "the node to be online")

    (run,) = server.post_task("alpha")
    node.await_start(run)
    node.runtime.finish(run, output=b"42")

    assert server.await_status(run, "completed")["result"]
    assert proxy.asked
    assert all(line.startswith(f"CONNECT {HOST}:443 ") for line in proxy.asked)


def test_the_socket_is_a_websocket_through_the_proxy(node: RunningNode, proxy: TLSProxy) -> None:
    node.await_ready()

    def upgraded() -> bool:
        return any("/socket.io/" in line and "=websocket" in line for line in proxy.seen)

    eventually(upgraded, "a websocket through the proxy")


def test_algorithms_reach_the_server_through_the_proxy(
    server: RealServer, node: RunningNode
) -> None:
    node.await_ready()
    (run,) = server.post_task("alpha")
    node.await_start(run)
    eventually(lambda: run in node.runtime.ports, "the door of the run")

    answer = requests.get(
        f"http://127.0.0.1:{node.runtime.ports[run]}/organization",
        headers={"Authorization": f"Bearer {node.token(run)}"},
        timeout=10,
    )

    assert answer.status_code == 200


def test_a_node_that_does_not_trust_the_proxy_says_what_to_do(
    server: RealServer,
    make_node: MakeNode,
    proxy: TLSProxy,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    node = make_node(
        server,
        server_url=f"https://{HOST}",
        port=443,
        ca_bundle=str(Authority(tmp_path, "Another CA").file),
        https_proxy=f"http://{LOGIN}@127.0.0.1:{proxy.port}",
    )
    node.start()

    eventually(lambda: "set `ca_bundle` to a file (PEM)" in caplog.text, "the remedy in the log")

    assert read_state(node.data)[0] is State.STARTING
    assert "p%40ssword" not in caplog.text
    assert "p@ssword" not in caplog.text


def test_a_bundle_that_is_missing_ends_the_node_with_the_reason(
    server: RealServer, make_node: MakeNode
) -> None:
    node = make_node(server, ca_bundle="/nowhere.pem")
    node.start()

    assert node.await_exit().name == "CONFIGURATION"
    state, reason = read_state(node.data)
    assert state is State.FAILED
    assert "ca_bundle: /nowhere.pem cannot be read" in reason
