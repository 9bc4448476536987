"""A demo network of which only the server runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vantage6.cli.vdev.network import DemoNetwork


@contextmanager
def serving(folder: Path, nodes: int) -> Iterator[DemoNetwork]:
    """An encrypted network whose server runs, as a process; its nodes do not."""
    network = DemoNetwork(folder / "net", nodes=nodes, encrypted=True)
    network.create()
    network.server.start()
    try:
        network.wait_for_server()
        yield network
    finally:
        network.stop()
