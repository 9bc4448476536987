"""Real hosts for the ways out of an algorithm's network."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import need
from tests.contract.network.hosts import SSHHost, web_server


@pytest.fixture(scope="session")
def squid_image(services: dict[str, str]) -> str:
    """Image of the Dockerfile that is part of the package."""
    return need(services, "V6_TEST_SQUID_IMAGE")


@pytest.fixture(scope="session")
def ssh_host(
    engine: Any, services: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SSHHost]:
    image = need(services, "V6_TEST_SSHD_IMAGE")
    host = SSHHost(engine, image, tmp_path_factory.mktemp("ssh"))
    try:
        host.start()
        yield host
    finally:
        host.remove()


@pytest.fixture(scope="session")
def gateway(engine: Any) -> str:
    """Address of this host, as containers on the usual network see it."""
    return str(engine.inspect_network("bridge")["IPAM"]["Config"][0]["Gateway"])


@pytest.fixture(scope="session")
def web_port(gateway: str) -> Iterator[int]:
    """Port of a web server at the gateway."""
    with web_server(gateway) as port:
        yield port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that is too deep for the address of a unix socket."""
    return tmp_path / ("a-very-long-name-" * 6) / "network"
