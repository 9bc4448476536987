"""Containers of the owner that algorithms may use: `docker_services` of 3.x."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.contract.runtime_rigs import DockerRig, make_spec, run_and_read
from vantage6.common.errors import ConfigurationError
from vantage6.node.network.docker_service import service_exits
from vantage6.node.network.isolated import LoopbackGate
from vantage6.node.network.relay import Relay, RunDoors

pytestmark = pytest.mark.docker

PORT = 7000
SERVE = f"""
import socket
for port in ({PORT}, {PORT + 1}):
    server = socket.create_server(("", port))
    if port == {PORT}:
        first = server
while True:
    first.accept()[0].sendall(b"42 patients")
"""


@pytest.fixture
def service(engine: Any, probe_image: str) -> Iterator[str]:
    """A container of the owner on a network of its own, which exposes one of its two ports."""
    name = f"v6-service-{os.getpid()}"
    engine.create_network(name)
    engine.create_container(
        probe_image,
        ["python3", "-c", SERVE],
        name=name,
        ports=[PORT],
        host_config=engine.create_host_config(network_mode=name),
    )
    engine.start(name)
    yield name
    engine.remove_container(name, force=True)
    engine.remove_network(name)


def test_algorithm_finds_the_service_by_its_name_and_nothing_else_there(
    docker_rig: DockerRig, engine: Any, service: str, tmp_path: Path
) -> None:
    exits = service_exits(engine, {"warehouse": service})
    docker_rig.gate = lambda _: LoopbackGate(exits=exits)
    relay = Relay(exits)
    relay.start()
    address = next(iter(engine.inspect_container(service)["NetworkSettings"]["Networks"].values()))
    program = f"""
def ask(host, port):
    with socket.create_connection((host, port), 5) as connection:
        return connection.recv(99).decode()

report(**{{f"{{host}} {{port}}": outcome(lambda: ask(host, port)) for host, port in (
    ("warehouse", {PORT}), ("warehouse", {PORT + 1}), ("{address["IPAddress"]}", {PORT}))}})
"""
    spec = make_spec(tmp_path, docker_rig.image, program, 7)
    runtime = docker_rig.runtime(RunDoors(docker_rig.door, relay))
    found = run_and_read(docker_rig, spec, runtime)
    relay.stop()
    assert list(found.values()) == ["42 patients", "ConnectionRefusedError", "OSError"]


def test_service_that_is_not_there_is_named(engine: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"docker_services\.db.*no-such-container"):
        service_exits(engine, {"db": "no-such-container"})


def test_service_that_exposes_nothing_is_named(engine: Any, probe_image: str) -> None:
    name = f"v6-closed-{os.getpid()}"
    engine.create_container(probe_image, name=name)
    try:
        with pytest.raises(ConfigurationError, match="exposes no TCP port"):
            service_exits(engine, {"db": name})
    finally:
        engine.remove_container(name)
