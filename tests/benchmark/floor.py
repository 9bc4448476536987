"""What the platform adds to a container: a no-op task against `docker run` of the same image.

Task: from before ``POST /task`` until ``GET /result/ID`` gives a result (asked every 10 ms), with
one server, one node and Docker on this machine. Reference: ``docker run --rm --network none`` of
the same image with an input, an output and a database as the node mounts them, so that the wrapper
starts, reads its input, loads the data or not, calls the function and writes its output, until the
command has removed the container.
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tests.benchmark import alone
from tests.benchmark.measure import Row, median
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.client import Client

COUNT = 10
CONTEXT = Path(__file__).parent / "noop"
IMAGES = {"reading a CSV with pandas": "1", "without data": "0"}
PARTS = ("announce and prepare", "start", "run", "collect", "upload")


def measure() -> Iterator[Row]:
    """Both images: the usual one that reads data, and one that does not import pandas."""
    for load_data in IMAGES.values():
        alone.build(_image(load_data), CONTEXT, LOAD_DATA=load_data)
    with tempfile.TemporaryDirectory(prefix="v6-bench-") as folder:
        network = DemoNetwork(Path(folder) / Path(folder).name, nodes=1, runtime="docker")
        try:
            network.start()
            for name, load_data in IMAGES.items():
                yield from _measure(network, name, _image(load_data))
        finally:
            network.stop()


def _measure(network: DemoNetwork, name: str, image: str) -> Iterator[Row]:
    database = network.databases[0]
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        folder.chmod(0o777)
        alone.prepare(folder, "noop")
        alone_s = median(lambda: alone.run_container(image, folder, database), COUNT)
        nothing_s = median(lambda: alone.run_container(image, folder, database, "true"))
    yield Row(f"{name}: docker run --rm, reference", alone_s, "s", 1, "1.52 s")
    yield Row("  docker run --rm of `true`", nothing_s, "s", nothing_s / alone_s, "0.35")
    client = network.client()
    _once(client, image)
    runs = [_parts(network, *_once(client, image)) for _ in range(COUNT)]
    total = statistics.median(sum(parts) for parts in runs)
    yield Row("  task -> result at the server", total, "s", total / alone_s, "2.4-2.8")
    for number, part in enumerate(PARTS):
        took = statistics.median(parts[number] for parts in runs)
        yield Row(f"    {part}", took, "s", took / alone_s)


def _image(load_data: str) -> str:
    return f"vantage6/bench-noop:{load_data}"


def _once(client: Client, image: str) -> tuple[float, float, Any]:
    own = client.organization.get()["id"]
    begin = time.time()
    task = client.task.create(
        collaboration=1,
        organizations=[own],
        name="noop",
        image=image,
        description="",
        input={"method": "noop"},
    )
    (run,) = client.result.from_task(task["id"])
    while not run["finished_at"]:
        time.sleep(0.01)
        run = client.result.get(run["id"])
    end = time.time()
    if run["status"] != "completed":
        raise RuntimeError(f"the run is {run['status']}: {run['log']}")
    return begin, end, run


def _parts(network: DemoNetwork, begin: float, end: float, run: Any) -> tuple[float, ...]:
    happened = alone.timeline(network.plan.members[0].node, begin, end)
    finished = datetime.fromisoformat(run["finished_at"])
    if finished.tzinfo is None:
        finished = finished.replace(tzinfo=timezone.utc)
    points = [
        begin,
        *(happened[word][0] for word in ("create", "start", "die")),
        finished.timestamp(),
        end,
    ]
    return tuple(after - before for before, after in itertools.pairwise(points))
