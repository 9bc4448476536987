"""A server of our own, as a process, for the commands that speak to one."""

import pytest
from click.testing import CliRunner
from vantage6.cli.vdev.network import DemoNetwork


@pytest.fixture
def run():
    """Call a command line as a user does; gives click's result."""
    return CliRunner().invoke


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """An encrypted network of one organization whose server runs; its node does not."""
    network = DemoNetwork(tmp_path_factory.mktemp("cli") / "net", nodes=1, encrypted=True)
    network.create()
    network.server.start()
    try:
        network.wait_for_server()
        yield network
    finally:
        network.stop()
