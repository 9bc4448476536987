"""How long after the end of a run `wait_for_results` returns, woken by the socket and without.

Reference: what it does afterwards in any case, one question for the task and one for the results.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmark.measure import Row, median
from tests.compat.client.nodes import PlayedNode, average
from tests.compat.client.servers import API_KEYS, EXAMPLE, PASSWORD, running_server
from tests.fakes.news import Silence
from vantage6.client import Client

ORGANIZATION = 2
INPUT = {"method": "average_partial", "kwargs": {"column_name": "age"}}
# Runs take so long that the questions have become rare, each another time in between.
RUNS_TAKE_S = (2.9, 3.3, 3.7, 4.1, 4.5)


def measure() -> Iterator[Row]:
    """A server process, one client, and a node that is played."""
    with (
        tempfile.TemporaryDirectory(prefix="v6-bench-") as name,
        running_server(Path(name), EXAMPLE) as server,
        Client(server.origin, None, server.api_path) as client,
    ):
        client.authenticate("user1", PASSWORD)
        node = PlayedNode(server.api, API_KEYS[ORGANIZATION])
        task = _delay(client, node, 0)[1]
        least_s = median(lambda: (client.task.get(task), client.result.from_task(task)))
        yield Row("one question for the task and its results, reference", least_s, "s", 1)
        socket_s = statistics.median(_delay(client, node, took)[0] for took in RUNS_TAKE_S)
        yield Row("  end of the run -> return, socket", socket_s, "s", socket_s / least_s)
        Silence().attach(client)
        asking_s = statistics.median(_delay(client, node, took)[0] for took in RUNS_TAKE_S)
        yield Row("  end of the run -> return, asking", asking_s, "s", asking_s / least_s)


def _delay(client: Client, node: PlayedNode, run_takes_s: float) -> tuple[float, int]:
    """From when the server has stored the end of a run until the client returns; the task."""
    task = client.task.create(1, [ORGANIZATION], "bench", "average", "", INPUT)["id"]
    returned: list[float] = []

    def wait() -> None:
        client.wait_for_results(task)
        returned.append(time.perf_counter())

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(run_takes_s)
    node.work(task, average)
    ended = time.perf_counter()
    thread.join()
    return returned[0] - ended, task
