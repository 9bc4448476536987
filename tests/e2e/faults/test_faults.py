"""Exactly once under faults: whatever breaks at whatever moment, each run ends once, rightly.

`make faults` runs the long form. `V6_TEST_FAULT_TASKS` and `V6_TEST_FAULT_SEED` choose another.
"""

import json
import os
import random
import sqlite3
import subprocess
import threading
from collections import Counter
from pathlib import Path

import pytest
from tests.e2e.asking import until
from tests.e2e.faults.audit import EndAudit, StartAudit
from tests.e2e.faults.ledger import Asked, Ledger
from tests.e2e.faults.monkey import Monkey, docker
from tests.e2e.faults.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(3600)]

TASKS = int(os.environ.get("V6_TEST_FAULT_TASKS", "20"))
SEED = int(os.environ.get("V6_TEST_FAULT_SEED", "312"))
NODES = 3
END_LIMIT_S = 300


@pytest.fixture(scope="module")
def image(base_image):
    """Image of an algorithm that starts fast."""
    folder = Path(__file__).parent / "algorithm"
    built = subprocess.run(
        ["docker", "build", "-q", "-t", "vantage6/test-fast:1", str(folder)],
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert built.stdout
    return "vantage6/test-fast:1"


@pytest.fixture
def network(start_network):
    """A federation whose nodes reach the server through `network.proxy`."""

    def lead_through_proxy(created):
        created.proxy = TcpProxy(("127.0.0.1", created.plan.port))
        for member in created.plan.members:
            file = created.folder / f"{member.node}.yaml"
            settings = json.loads(file.read_text())
            settings["environments"]["dev"]["port"] = created.proxy.port
            file.write_text(json.dumps(settings))

    network = start_network(runtime="docker", nodes=NODES, prepare=lead_through_proxy)
    yield network
    network.proxy.close()


def member_ids(client):
    """Ids of the organizations, in the order of their nodes."""
    found = client.organization.list(include_metadata=False)
    ids = {organization["name"]: organization["id"] for organization in found}
    return [ids[f"org_{number}"] for number in range(1, NODES + 1)]


def ask_for_something(client, image, chance, ledger):
    asked = Asked(chance.randrange(10**6), chance.choice((0, 0, 0.3, 1.5)), chance.random() < 0.1)
    kwargs = {"value": asked.value, "seconds": asked.seconds, "fails": asked.fails}
    task = client.task.create(
        collaboration=1,
        organizations=chance.sample(ledger.members, chance.randint(1, NODES)),
        name="faults",
        image=image,
        description="",
        input={"method": "any", "kwargs": kwargs},
    )
    ledger.asked[task["id"]] = asked


def rows_of(client):
    results = client.result.list(include_task=True, include_metadata=False)
    return {row["id"]: row for row in results}


def open_entries(network):
    """Runs that are still in the journal of some node."""
    count = 0
    for journal in network.folder.rglob("journal-*.sqlite"):
        db = sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=30)
        count += db.execute("SELECT count(*) FROM run").fetchone()[0]
        db.close()
    return count


def leftovers(network):
    """Containers, networks and folders of runs that are still there."""
    found = [str(path) for kind in ("task", "tree") for path in network.folder.rglob(f"{kind}-*")]
    for member in network.plan.members:
        found += docker("ps", "-aq", "--filter", f"label=node={member.node}")
        found += docker("network", "ls", "-q", "--filter", f"name={member.node}")
    return found


def test_each_run_ends_exactly_once_whatever_breaks(network, image):
    chance = random.Random(SEED)  # noqa: S311  # a test that can be repeated
    pause = threading.Event()
    ends = EndAudit(next(network.folder.rglob("server.sqlite")))
    starts = StartAudit([member.node for member in network.plan.members])
    with network.client() as client:
        ledger = Ledger(member_ids(client))
        monkey = Monkey(chance, network, network.proxy, client, ledger)
        for number in range(TASKS):
            ask_for_something(client, image, chance, ledger)
            pause.wait(chance.random() / 2)
            if number < len(monkey.faults):
                monkey.do(monkey.faults[number])
            elif chance.random() < 0.5:
                monkey.strike()

        until(lambda: not client.result.list(state="open", include_metadata=False), END_LIMIT_S)
        until(lambda: not open_entries(network), END_LIMIT_S)
        for node in network.nodes:
            node.kill()
            node.start()
        until(lambda: not leftovers(network), END_LIMIT_S)
        rows = rows_of(client)

    starts.close()
    print(SEED, dict(ledger.faults), Counter(row["status"] for row in rows.values()))
    assert {row["task"]["id"] for row in rows.values()} == set(ledger.asked)
    assert [row for row in rows.values() if not ledger.explains(row)] == []
    assert ends.ends() == dict.fromkeys(rows, 1)
    assert set(starts.starts.values()) == {1}
    assert sum(row["status"] == "completed" for row in rows.values()) > len(rows) / 2
