"""The federated average on three nodes, as ratio to what its four algorithm runs need alone.

Task: from before ``POST /task`` of the central function until the average is with the client.
Reference: four times the partial function by itself (``docker run --rm``, or the process that the
process runtime starts), one after the other: the central function starts in the same way.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmark import alone
from tests.benchmark.measure import Row, median
from vantage6.cli.vdev import files
from vantage6.cli.vdev.algorithms import EXAMPLES
from vantage6.cli.vdev.average import federated_average
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.cli.vdev.progress import Progress
from vantage6.common.errors import RuntimeUnavailable

COLUMN = "mean_radius"
RUNS = 4


def measure() -> Iterator[Row]:
    """Both runtimes, Docker where it is."""
    yield from _measure("process", _alone_in_process)
    try:
        alone.with_docker(files.IMAGE)
    except RuntimeUnavailable as error:
        print(f"without Docker: {error}")
        return
    yield from _measure("docker", _alone_in_docker)


def _measure(runtime: files.Runtime, run_alone: Callable[[Path, Path], None]) -> Iterator[Row]:
    with (
        tempfile.TemporaryDirectory(prefix="v6-bench-") as name,
        tempfile.TemporaryDirectory() as run,
    ):
        folder = Path(run)
        folder.chmod(0o777)
        alone.prepare(folder, "average_partial", column_name=COLUMN)
        network = DemoNetwork(Path(name) / Path(name).name, runtime=runtime)
        alone_s = RUNS * median(lambda: run_alone(folder, network.databases[0]))
        yield Row(f"{runtime}: {RUNS} runs by themselves, reference", alone_s, "s", 1)
        begin = time.perf_counter()
        try:
            network.start()
            started_s = time.perf_counter() - begin
            yield Row("  server and three nodes: start -> ready", started_s, "s")
            client = network.client()
            progress = Progress(stream=(folder / "progress").open("w"))
            took = median(lambda: federated_average(client, COLUMN, progress), 3)
        finally:
            network.stop()
        published = "11.7-12.6 s" if runtime == "docker" else ""
        yield Row("  task -> answer", took, "s", took / alone_s, published)


def _alone_in_docker(folder: Path, database: Path) -> None:
    alone.run_container(files.IMAGE, folder, database)


def _alone_in_process(folder: Path, database: Path) -> None:
    alone.run_process(EXAMPLES / "average" / "v6-average-py", folder, database)
