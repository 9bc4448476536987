"""A server of our own, as a process, for the commands that speak to one."""

import contextlib

import pytest
from click.testing import CliRunner
from docker import DockerClient
from tests.integration.cli.serving import serving


@pytest.fixture
def run():
    """Call a command line as a user does; gives click's result."""
    return CliRunner().invoke


@pytest.fixture
def engine():
    """Client of the engine."""
    with contextlib.closing(DockerClient.from_env(timeout=60)) as client:
        yield client


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """A server with two organizations.

    Tests may change the key of the first organization at the server, and that of no other.
    """
    with serving(tmp_path_factory.mktemp("cli"), nodes=2) as network:
        yield network
