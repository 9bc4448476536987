"""How long `vdev lab` takes to be ready and to answer, as ratio to `import pandas`."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

from tests.benchmark.measure import Row, median, seconds
from vantage6.cli.vdev.average import create_task
from vantage6.client import Client

COLUMN = "mean_radius"
LIMIT_S = 120


def measure() -> Iterator[Row]:
    """A lab of three nodes: ready, first and second federated average, end."""
    pandas = [sys.executable, "-c", "import pandas"]
    pandas_s = median(lambda: subprocess.run(pandas, check=True))
    yield Row("reference: python -c 'import pandas'", pandas_s * 1000, "ms", 1)
    command = [sys.executable, "-c", "from vantage6.cli.vdev import cli; cli()", "lab", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as lab:
        assert lab.stdout is not None
        lines = []
        took = seconds(lambda: lines.append(lab.stdout.readline()))
        facts = json.loads(lines[0])
        yield Row("lab -> ready", took * 1000, "ms", took / pandas_s)
        with Client(facts["address"]) as client:
            client.authenticate(facts["username"], facts["password"])
            client.setup_encryption(None)
            for name in ("first", "second"):
                took = seconds(lambda: _average(client))
                yield Row(f"{name} federated average", took * 1000, "ms", took / pandas_s)
        lab.send_signal(signal.SIGTERM)
        took = seconds(lambda: lab.wait(LIMIT_S))
        yield Row("end of the lab", took * 1000, "ms", took / pandas_s)


def _average(client: Client) -> None:
    task = create_task(client, COLUMN)
    client.wait_for_results(task["id"], timeout=LIMIT_S)
