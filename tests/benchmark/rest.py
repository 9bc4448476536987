"""Requests per second at 1, 8 and 32 connections over 1,000 tasks with 3 results each.

Ratios are to ``GET /version`` with as many connections to the same server, and so are those of the
published server (its local command with SQLite, with PostgreSQL its image).
"""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import requests
from sqlalchemy import create_engine, make_url, select, text
from tests import factories
from tests.benchmark.load import Ask, requests_per_s
from tests.benchmark.measure import Row, memory_mib
from vantage6.cli.vdev import files
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.common.encoding import bytes_to_base64s
from vantage6.server.model import Collaboration
from vantage6.server.session import Database

TASKS, CONNECTIONS = 1000, (1, 8, 32)
LASTING_S = float(os.environ.get("BENCH_SECONDS", "1"))
PUBLISHED = {
    "sqlite": {
        "GET /task, page of 10": "0.014 0.016 0.011",
        "GET /result?task_id=": "0.014 0.014 0.015",
        "GET /organization": "0.009 0.006 0.007",
        "POST /token/user": "0.005 0.003 0.003",
        "POST /task, 3 organizations": "0.012 0.014 0.014",
    }
}
ROOT = Path(__file__).resolve().parents[2]


def measure() -> Iterator[Row]:
    """SQLite, and PostgreSQL when `make services` found one."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _measure("sqlite", f"sqlite:///{folder}/bench.sqlite")
    services = ROOT / ".services" / "env"
    lines = services.read_text().splitlines() if services.exists() else []
    known = dict(entry.split("=", 1) for entry in lines if "=" in entry)
    if known.get("V6_TEST_POSTGRES"):
        address = make_url(known["V6_TEST_POSTGRES"])
        own = address.set(database=f"bench_{os.getpid()}")
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"create database {own.database}"))
            try:
                yield from _measure("postgres", own.render_as_string(hide_password=False))
            finally:
                connection.execute(text(f"drop database {own.database} with (force)"))
        engine.dispose()


def _measure(name: str, uri: str) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        network = DemoNetwork(Path(folder) / "rest", runtime="process")
        try:
            pid = _start(network, uri)
            yield Row(f"{name}: memory, idle", memory_mib(pid), "MiB", None, "101 MiB")
            references: dict[int, float] = {}
            for what, ask in _questions(network).items():
                published = PUBLISHED.get(name, {}).get(what, "").split()
                for number, connections in enumerate(CONNECTIONS):
                    speed = requests_per_s(ask, connections, LASTING_S)
                    reference = references.setdefault(connections, speed)
                    then = published[number] if published else ""
                    label = f"{name}: {what}, {connections} at once"
                    yield Row(label, speed, "1/s", speed / reference, then)
            yield Row(f"{name}: memory, after load", memory_mib(pid), "MiB", None, "123 MiB")
        finally:
            network.stop()


def _start(network: DemoNetwork, uri: str) -> int:
    """Start the server of a demo network on another database, and fill that; its process."""
    files.write(network.folder, network.plan)
    file = network.folder / f"{network.plan.server}.yaml"
    settings = json.loads(file.read_text())
    settings["environments"][files.ENVIRONMENT]["uri"] = uri
    file.write_text(json.dumps(settings))
    network.server.start("--import", str(network.folder / files.ENTITIES))
    network.wait_for_server()
    database = Database(uri)
    with database.begin() as session:
        (collaboration,) = session.scalars(select(Collaboration))
        input_ = bytes_to_base64s(b'json.{"method": "average"}')
        run = {"input": input_, "result": input_, "status": "completed"}
        for number in range(1, TASKS + 1):
            factories.make_task(collaboration, run=run, run_id=number, name=f"task {number}")
    database.dispose()
    assert network.server.pid is not None
    return network.server.pid


def _questions(network: DemoNetwork) -> dict[str, Ask]:
    plan, base = network.plan, f"{network.address}/api"
    login = {"username": plan.username, "password": plan.password}
    token = requests.post(f"{base}/token/user", json=login, timeout=60).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{base}/collaboration/1/organization"
    members = requests.get(url, headers=headers, timeout=60).json()
    input_ = bytes_to_base64s(b'json.{"method": "average"}')
    task = {
        "name": "bench",
        "image": files.IMAGE,
        "collaboration_id": 1,
        "organizations": [{"id": member["id"], "input": input_} for member in members],
    }

    def get(path: str, **query: int) -> Ask:
        return lambda session: session.get(f"{base}{path}", params=query, headers=headers)

    def post(path: str, body: object) -> Ask:
        return lambda session: session.post(f"{base}{path}", json=body, headers=headers)

    return {
        "GET /version": get("/version"),
        "GET /task, page of 10": get("/task", page=1, per_page=10),
        "GET /result?task_id=": get("/result", task_id=TASKS // 2),
        "GET /organization": get("/organization"),
        "POST /token/user": post("/token/user", login),
        "POST /task, 3 organizations": post("/task", task),
    }
