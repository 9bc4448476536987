"""A server of our own, as a process, for the commands that speak to one."""

import pytest
from click.testing import CliRunner
from vantage6.cli.vdev.network import DemoNetwork


@pytest.fixture
def run():
    """Call a command line as a user does; gives click's result."""
    return CliRunner().invoke


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """An encrypted network of two organizations whose server runs; its nodes do not.

    Tests may change the key of the first organization at the server, and that of no other.
    """
    network = DemoNetwork(tmp_path_factory.mktemp("cli") / "net", nodes=2, encrypted=True)
    network.create()
    network.server.start()
    try:
        network.wait_for_server()
        yield network
    finally:
        network.stop()
