"""How long commands, server and node take to be there, as ratio to `python -c pass`.

Processor time (CPU) is also given: it says more than the clock where other programs run.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmark.measure import Row, cpu_of_children, median, seconds
from vantage6.cli.vdev.network import DemoNetwork

BIN = Path(sys.executable).parent
PUBLISHED_HELP_S = {"vserver": 0.95, "vnode": 1.03, "vserver-local": 2.35, "vnode-local": 0.98}
IMPORTS = (
    "vantage6.client",
    "vantage6.tools.docker_wrapper",
    "vantage6.server.app",
    "vantage6.node.app",
)


def measure() -> Iterator[Row]:
    """Commands, imports of the parts, then a server and one node of a demo network."""

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    pass_s = median(lambda: run(sys.executable, "-c", "pass"))
    yield Row("reference: python -c pass", pass_s * 1000, "ms", 1)
    for name in (*PUBLISHED_HELP_S, "vdev"):
        command = str(BIN / name)
        took = median(lambda command=command: run(command, "--help"))
        published = f"{PUBLISHED_HELP_S[name]} s" if name in PUBLISHED_HELP_S else ""
        yield Row(f"{name} --help", took * 1000, "ms", took / pass_s, published)
    pass_cpu_s = min(_cpu_s("pass") for _ in range(5))
    for module in IMPORTS:
        took = min(_cpu_s(f"import {module}") for _ in range(3))
        yield Row(f"import {module} (CPU)", took * 1000, "ms", took / pass_cpu_s)
    yield from _network(pass_s)


def _cpu_s(code: str) -> float:
    return cpu_of_children(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def _network(pass_s: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        network = DemoNetwork(Path(folder) / "startup", nodes=1)
        network.create()
        node = network.nodes[0]
        try:
            network.server.start()
            took = seconds(network.wait_for_server)
            yield Row("server start -> answers", took * 1000, "ms", took / pass_s)
            node.start()
            took = seconds(lambda: network.wait_for_node(1))
            yield Row("node start -> ready", took * 1000, "ms", took / pass_s, "2.9-3.4 s")
            node.terminate()
            took = seconds(lambda: node.join(30))
            yield Row("node stop", took * 1000, "ms", took / pass_s, "11.3 s")
            network.server.terminate()
            took = seconds(lambda: network.server.join(30))
            yield Row("server stop", took * 1000, "ms", took / pass_s)
        finally:
            network.stop()
