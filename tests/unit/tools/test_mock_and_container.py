"""What passes in the mock passes in containers, and what fails there fails in the same way.

The same inputs go through the mock and through the wrapper with a real contract: files, variables,
and a process of its own per run, whose exit code and last line of log are compared.
"""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import jwt
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.tools.conftest import NAME
from vantage6.common import contract
from vantage6.tools import entry
from vantage6.tools.data_format import decode, encode
from vantage6.tools.loaders import requested_database
from vantage6.tools.mock_client import ClientMockProtocol

SOURCE = """
import os
import sys

import numpy as np

from vantage6.tools.disclosure import DisclosureLimits
from vantage6.tools.exceptions import PrivacyThresholdViolation


class Own:
    pass


def central(client, data):
    return {"rows": len(data), "organization": client.organization_id}


def RPC_echo(data, value=None):
    return value


def RPC_types(data):
    return {"sum": data["n"].sum(), "rows": np.int64(len(data)), 7: (1, 2), "table": data}


def RPC_nan(data):
    return {"mean": float("nan"), "most": np.inf, "list": [np.nan, 1.5]}


def RPC_column(data, column):
    return data[column].sum()


def RPC_exit(data, code):
    sys.exit(code)


def RPC_own(data):
    return Own()


def RPC_function(data):
    return lambda: None


def RPC_bytes(data):
    return b"abc"


def RPC_large(data):
    return "x" * 3_000_000


def RPC_memory(data):
    raise MemoryError


def RPC_change(data):
    data["n"] = 0
    return int(data["n"].sum())


def RPC_limited(data):
    DisclosureLimits.from_environment().require_rows(len(data))
    return len(data)


def RPC_variable(data):
    return [os.environ.get("MINIMUM_ROWS"), os.environ.get("INPUT_FILE") is not None]
"""
INPUTS: dict[str, Any] = {
    "plain": {"method": "echo", "kwargs": {"value": {"a": [1, None, "é"]}}},
    "by position": {"method": "echo", "args": [[1, 2]]},
    "nothing returned": {"method": "echo"},
    "central": {"method": "central", "master": True},
    "types of numpy and pandas": {"method": "types"},
    "the same as JSON": {"method": "types", "output_format": "json"},
    "missing numbers": {"method": "nan"},
    "missing numbers as JSON": {"method": "nan", "output_format": "json"},
    "missing numbers as input": {"method": "echo", "kwargs": {"value": math.nan}},
    "keys that are no text": {"method": "echo", "kwargs": {"value": {1: "a", (2, 3): "b"}}},
    "a table as input": {"method": "echo", "kwargs": {"value": pd.DataFrame({"a": [1.5]})}},
    "huge output": {"method": "large"},
    "own copy of the data": {"method": "change"},
    "bytes": {"method": "bytes"},
    "bytes as JSON": {"method": "bytes", "output_format": "json"},
    "result that no format holds": {"method": "function"},
    "object as JSON": {"method": "own", "output_format": "json"},
    "missing method": {"kwargs": {}},
    "unknown method": {"method": "nothing_like_that"},
    "private method": {"method": "_hidden"},
    "missing column": {"method": "column", "kwargs": {"column": "age"}},
    "missing argument": {"method": "column"},
    "unknown argument": {"method": "echo", "kwargs": {"other": 1}},
    "arguments that are none": {"method": "echo", "kwargs": [1]},
    "unknown format": {"method": "echo", "output_format": "xml"},
    "input that is no object": [1, 2],
    "exit with an error": {"method": "exit", "args": [3]},
    "exit without one": {"method": "exit", "args": [0]},
    "out of memory": {"method": "memory"},
    "too few rows": {"method": "limited"},
    "input of an own type": {"method": "echo", "kwargs": {"value": Fraction(1, 2)}},
}
# Forks: the imports, which are nine tenths of the time, are done once.
PROGRAM = """
import json, os, sys
from vantage6.tools.docker_wrapper import docker_wrapper
import pandas, vantage6.tools.algorithm_client

for run in json.load(sys.stdin):
    pid = os.fork()
    if pid == 0:
        os.environ.update(run["environ"])
        log = os.open(run["log"], os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        code = 0
        try:
            docker_wrapper(run["module"])
        except SystemExit as error:
            code = error.code
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
ENVIRONMENT = {"MINIMUM_ROWS": "3"}
IDENTITY = {"node_id": 0, "organization_id": 0, "collaboration_id": 1, "task_id": 0}
TOKEN = jwt.encode({"sub": {"client_type": "container", **IDENTITY}}, "x" * 32)


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    value: Any
    has_failed: bool
    last_line: str | None


@pytest.fixture(autouse=True)
def fresh_modules() -> Iterator[None]:
    """Other tests have an algorithm of the same name."""
    yield
    sys.modules.pop(NAME, None)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / NAME).mkdir()
    (folder / NAME / "__init__.py").write_text(SOURCE)
    (folder / "data.csv").write_text("name,n\nalice,1\nbob,2\n")
    return folder


@pytest.fixture(scope="module")
def containers(site: Path) -> dict[str, Outcome]:
    """Outcome of each input in a process of its own, with the contract of a node."""
    folders = {name: site / f"run-{i}" for i, name in enumerate(INPUTS)}
    runs = [prepared(site, folder, INPUTS[name]) for name, folder in folders.items()]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(runs),
        env={"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    codes = map(int, done.stdout.split())
    return {name: outcome(folders[name], code) for name, code in zip(folders, codes, strict=True)}


def prepared(site: Path, folder: Path, input_: Any) -> dict[str, Any]:
    """Files and variables of a run, as a node makes them."""
    folder.mkdir()
    (folder / "input").write_bytes(encode(input_))
    (folder / "output").touch()
    (folder / "token").write_text(TOKEN)
    environ = {
        contract.INPUT_FILE: str(folder / "input"),
        contract.OUTPUT_FILE: str(folder / "output"),
        contract.TOKEN_FILE: str(folder / "token"),
        contract.HOST: "http://proxy",
        contract.REQUESTED_LABEL: "default",
        contract.database_uri("default"): str(site / "data.csv"),
        **ENVIRONMENT,
    }
    return {"environ": environ, "log": str(folder / "log"), "module": NAME}


def outcome(folder: Path, code: int) -> Outcome:
    """How a process ended."""
    lines = (folder / "log").read_text("utf-8").splitlines()
    output = (folder / "output").read_bytes()
    assert bool(code) is (output == b""), lines
    return Outcome(decode(output) if output else None, bool(code), lines[-1] if code else None)


@pytest.fixture(scope="module")
def mock(site: Path) -> ClientMockProtocol:
    sys.path.insert(0, str(site))
    try:
        client = ClientMockProtocol(
            [site / "data.csv"], NAME, raise_errors=False, environment=ENVIRONMENT
        )
    finally:
        sys.path.remove(str(site))
        sys.modules.pop(NAME, None)
    return client


def in_mock(client: ClientMockProtocol, input_: Any) -> Outcome:
    run = client.create_new_task(input_, [0])["results"][0]
    value = decode(run["result"]) if run["result"] else None
    return Outcome(value, run["status"] == "crashed", run.get("log"))


@pytest.mark.parametrize("name", list(INPUTS))
def test_run_ends_in_the_mock_as_in_a_container(
    name: str, mock: ClientMockProtocol, containers: dict[str, Outcome]
) -> None:
    mocked, real = in_mock(mock, INPUTS[name]), containers[name]

    assert (mocked.has_failed, mocked.last_line) == (real.has_failed, real.last_line)
    assert encode(mocked.value) == encode(real.value)


def test_both_ends_are_among_the_inputs(containers: dict[str, Outcome]) -> None:
    failed = [name for name, outcome in containers.items() if outcome.has_failed]

    assert 10 < len(failed) < len(INPUTS) - 10


KEYS = st.text() | st.integers() | st.tuples(st.integers(), st.text())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(KEYS, inner) | st.tuples(inner, inner) | st.sets(KEYS)
    ),
    max_leaves=8,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=VALUES, output_format=st.sampled_from([None, "json", "pickle"]))
def test_any_value_goes_and_comes_in_the_mock_as_in_a_container(
    value: Any,
    output_format: str | None,
    mock: ClientMockProtocol,
    site: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(site))
    input_ = {"method": "echo", "args": [value], "output_format": output_format}
    (tmp_path / "input").write_bytes(encode(input_))
    environ = {
        contract.INPUT_FILE: str(tmp_path / "input"),
        contract.OUTPUT_FILE: str(tmp_path / "output"),
        contract.LEGACY_DATABASE_URI: str(site / "data.csv"),
    }
    (tmp_path / "output").write_bytes(b"")

    try:
        entry.run_algorithm(NAME, requested_database("csv"), environ=environ)
    except SystemExit:
        assert (tmp_path / "output").read_bytes() == b""

    run = mock.create_new_task(input_, [0])["results"][0]
    assert (run["result"] or b"") == (tmp_path / "output").read_bytes()
