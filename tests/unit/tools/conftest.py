"""An algorithm package and the folder of a run, as a node prepares it."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.fakes.rest import FakeRest
from vantage6.common import contract, payload
from vantage6.common.encoding import bytes_to_base64s

NAME = "v6-sample-py"
SOURCE = """
import os
import sys

import pandas as pd

from vantage6.common.errors import RunFailed
from vantage6.tools.decorators import algorithm_client, data as given, metadata
from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import InputError


def master(client, data, column_name):
    ids = [o["id"] for o in client.get_organizations_in_my_collaboration()]
    task = client.create_new_task({"method": "sum", "kwargs": {"column_name": column_name}}, ids)
    return {"sum": sum(client.wait_for_results(task["id"])), "rows": len(data)}


def who(client, data):
    return type(client).__name__


def RPC_sum(data, column_name):
    return data[column_name].sum()


def RPC_rows(data):
    return None if data is None else len(data)


def RPC_frame(data):
    return data


def RPC_fail(data):
    raise ValueError(f"secret {data.iloc[0, 0]}")


def RPC_refuse(data):
    raise InputError("fewer than five rows")


def RPC_exit(data, code):
    sys.exit(code)


def RPC_lambda(data):
    return lambda: None


def RPC_missing_column(data):
    return data["secret column"]


def RPC_protect(data):
    DisclosureLimits.from_environment().require_rows(len(data))


def RPC_exhaust(data):
    return len(bytearray(10**15))


def RPC_fail_elsewhere(data):
    raise RunFailed("1 of 2 runs of task 3 failed: organization 2: crashed")


def RPC_addresses(data):
    return data


def plain(number):
    return number + 1


@given(1)
@algorithm_client
def decorated(client, frame, column_name):
    return [type(client).__name__, frame[column_name].tolist()]


@given(2)
def two(first, second):
    return [first["n"].tolist(), second["n"].tolist()]


@metadata
def whereabouts(run):
    return [run.task_id, run.node_id, run.collaboration_id, str(run.input_file)]
"""
IDENTITY = {
    "client_type": "container",
    "node_id": 3,
    "organization_id": 1,
    "collaboration_id": 7,
    "task_id": 20,
    "image": "registry/sample:1",
    "database": "default",
}


def token() -> str:
    return jwt.encode({"sub": IDENTITY}, "x" * 32)


@dataclass
class RunFolder:
    """Files and variables of one run."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def output(self) -> bytes:
        return (self.folder / "output").read_bytes()

    def result(self, read_pickle: Any = None) -> Any:
        return payload.load(self.output, read_pickle)

    def give(self, input_: Any, data_format: str = payload.JSON) -> None:
        self.give_bytes(payload.dump(input_, data_format))

    def give_bytes(self, data: bytes) -> None:
        (self.folder / "input").write_bytes(data)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "data.csv").write_text("name,n\nalice,1\nbob,2\n")
    (folder / "output").touch()
    (folder / "token").write_text(token() + "\n")
    return RunFolder(
        folder,
        {
            contract.INPUT_FILE: str(folder / "input"),
            contract.OUTPUT_FILE: str(folder / "output"),
            contract.TOKEN_FILE: str(folder / "token"),
            contract.HOST: "http://proxy",
            contract.PORT: "8080",
            contract.API_PATH: "",
            contract.REQUESTED_LABEL: "default",
            contract.database_uri("default"): str(folder / "data.csv"),
            contract.DATABASE_LABELS: '["default"]',
            contract.TEMPORARY_FOLDER: str(folder),
        },
    )


@pytest.fixture
def algorithm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder in which the package `NAME` lies; importable during the test."""
    folder = tmp_path / "site"
    (folder / NAME).mkdir(parents=True)
    (folder / NAME / "__init__.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop(NAME, None)


@pytest.fixture
def proxy() -> FakeRest:
    """A proxy that knows two organizations and task 21, which has ended."""
    proxy = FakeRest(path="")
    proxy.on("GET /collaboration/7/organization", [{"id": 1}, {"id": 2}])
    proxy.on("POST /task", {"id": 21})
    proxy.on("GET /task/21", {"id": 21, "complete": True})
    proxy.on("GET /task/21/result", [run_row(1, 10), run_row(2, 20)])
    return proxy


def run_row(organization_id: int, value: Any, **values: Any) -> dict[str, Any]:
    """A run as the proxy answers it."""
    return {
        "organization": organization_id,
        "status": "completed",
        "finished_at": "2026-01-01T00:00:00+00:00",
        "result": bytes_to_base64s(payload.dump(value)),
        **values,
    }
