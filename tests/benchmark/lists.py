"""Lists of 100 and of 10,000 tasks with 3 results each, from a server with SQLite.

Ratios are to the same question with 100 tasks; the last line is to ``GET /version`` when nothing
else is asked.
"""

import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import requests
from sqlalchemy import func, select
from tests.benchmark.measure import Row, median, memory_mib, seconds
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.server.model import Collaboration, Result, Task
from vantage6.server.session import Database

FEW, MANY = 100, 10_000
PAGES = ("task?page=1", "task?page=1&include=results", "result?page=1", "task?page=1&sort=name")
WHOLE = ("task", "result")
Ask = Callable[[str], requests.Response]


def measure() -> Iterator[Row]:
    """Pages with few and many tasks, then everything at once and what others notice of it."""
    with tempfile.TemporaryDirectory() as folder:
        network = DemoNetwork(Path(folder) / "lists", runtime="process", nodes=3)
        try:
            network.create()
            network.server.start()
            network.wait_for_server()
            yield from _measure(network)
        finally:
            network.stop()


def _measure(network: DemoNetwork) -> Iterator[Row]:
    ask = _caller(network)
    _fill(network, FEW)
    few = {path: median(lambda path=path: ask(path), 9) for path in PAGES}
    _fill(network, MANY)
    for path, before in few.items():
        now = median(lambda path=path: ask(path), 9)
        yield Row(f"GET /{path}, {MANY} tasks", now * 1000, "ms", now / before)
    alone = median(lambda: ask("version"), 9)
    for path in WHOLE:
        slowest, whole = _meanwhile(ask, path)
        yield Row(f"GET /{path} without a page", whole, "s")
        yield Row("  slowest GET /version meanwhile", slowest * 1000, "ms", slowest / alone)
    pid = network.server.pid
    assert pid is not None
    yield Row("memory of the server afterwards", memory_mib(pid), "MiB")


def _meanwhile(ask: Ask, path: str) -> tuple[float, float]:
    """Seconds of the slowest small question while a large one is answered, and of that one."""
    took: list[float] = []
    large = threading.Thread(target=lambda: took.append(seconds(lambda: ask(path))))
    large.start()
    slowest = 0.0
    while large.is_alive():
        slowest = max(slowest, seconds(lambda: ask("version")))
    large.join()
    return slowest, took[0]


def _caller(network: DemoNetwork) -> Ask:
    base = f"{network.address}/api"
    login = {"username": network.plan.username, "password": network.plan.password}
    token = requests.post(f"{base}/token/user", json=login, timeout=60).json()["access_token"]

    def ask(path: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{base}/{path}", headers=headers, timeout=300)
        answer.raise_for_status()
        return answer

    return ask


def _fill(network: DemoNetwork, until: int) -> None:
    (file,) = (network.folder / network.plan.server).rglob("*.sqlite")
    database = Database(f"sqlite:///{file}")
    with database.begin() as session:
        (collaboration,) = session.scalars(select(Collaboration))
        members = collaboration.organization_ids
        there = session.scalar(select(func.count(Task.id))) or 0
        last = session.scalar(select(func.max(Task.id))) or 0
        own = {"image": "average", "description": "", "collaboration_id": collaboration.id}
        tasks = [
            own | {"name": f"task {number}", "run_id": number, "initiator_id": members[0]}
            for number in range(there + 1, until + 1)
        ]
        session.execute(Task.__table__.insert(), tasks)
        new = session.scalars(select(Task.id).where(Task.id > last)).all()
        payload = {"input": "e30=" * 50, "result": "e30=" * 50, "status": "completed"}
        session.execute(
            Result.__table__.insert(),
            [payload | {"task_id": id_, "organization_id": o} for id_ in new for o in members],
        )
    database.dispose()
