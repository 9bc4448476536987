"""What is secret in data, input and exceptions is never in the log of a run.

The log travels to the server in the clear. Each case plants the same word where it must not come
out, and fails in another way.
"""

import sqlite3
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.tools.conftest import RunFolder
from vantage6.common import contract
from vantage6.tools import exceptions
from vantage6.tools.docker_wrapper import docker_wrapper
from vantage6.tools.entry import Style, run_algorithm
from vantage6.tools.loaders import requested_database
from vantage6.tools.silence import texts_kept_out

SECRET = "planted"
PACKAGE = "v6_words"
SOURCE = f"""
import gc, multiprocessing, threading, warnings
from vantage6.tools.decorators import data
from vantage6.tools.disclosure import DisclosureLimits

class Stubborn:
    def __getstate__(self): raise ValueError("{SECRET}")
    def __repr__(self): return "{SECRET}"

class Loop:
    def __del__(self): raise ValueError("{SECRET}")

def RPC_text(data): raise ValueError("{SECRET}")
def RPC_custom(data): raise type("E", (Exception,), {{}})("{SECRET}")
def RPC_chained(data):
    try:
        int(data.iloc[0, 0])
    except ValueError as error:
        raise RuntimeError(f"cannot read {{data.iloc[0, 0]}}") from error
def RPC_column(data, column): return data[column].sum()
def RPC_key(data): return {{}}[data.columns[0]]
def RPC_convert(data): return data["{SECRET} column"].astype(int).sum()
def RPC_few(data): DisclosureLimits(minimum_rows=10).require_rows(len(data))
def RPC_memory(data): raise MemoryError("{SECRET}")
def RPC_quit(data): raise SystemExit("{SECRET}")
def RPC_group(data): raise RecursionError("{SECRET}")
def RPC_unwritable(data): return Stubborn()
def RPC_key_of_output(data): return {{(1, "{SECRET}"): Stubborn()}}
def RPC_warn(data):
    warnings.warn("column {SECRET}", UserWarning)
    raise ValueError("{SECRET}")
def RPC_thread(data):
    def fail(): raise ValueError("{SECRET}")
    thread = threading.Thread(target=fail); thread.start(); thread.join()
    raise ValueError("{SECRET}")
def RPC_process(data):
    def fail(): raise ValueError("{SECRET}")
    process = multiprocessing.get_context("fork").Process(target=fail)
    process.start(); process.join()
    assert process.exitcode == 1
    raise ValueError("{SECRET}")
def RPC_finalizer(data):
    del_me = Loop(); del del_me; gc.collect()
    raise ValueError("{SECRET}")
@data(2)
def two(first, second): return 1
def central(client, data): raise AssertionError(client.token + "{SECRET}")
"""
DEFAULT = contract.database_uri("default")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / f"{PACKAGE}.py").write_text(SOURCE)
    (folder / "v6_broken_words.py").write_text(f"raise ValueError('{SECRET}')\n")
    (folder / "v6_syntax_words.py").write_text(f"{SECRET} {SECRET}\n")
    monkeypatch.syspath_prepend(str(folder))
    yield
    for name in (PACKAGE, "v6_broken_words", "v6_syntax_words"):
        sys.modules.pop(name, None)


def fail(
    run: RunFolder,
    capfd: pytest.CaptureFixture[str],
    kind: str = "csv",
    module: str = PACKAGE,
) -> tuple[int, str]:
    """Exit code and log of a run that must fail, without any secret in it."""
    with pytest.raises(SystemExit) as stop, texts_kept_out():
        run_algorithm(module, requested_database(kind), Style(), run.environ)
    out, err = capfd.readouterr()
    log = out + err
    assert out.splitlines()[-1].startswith("error > ")
    assert SECRET not in log
    assert (run.folder / "token").read_text().strip() not in log
    assert run.output == b""
    assert isinstance(stop.value.code, int)
    return stop.value.code, log


@pytest.fixture
def planted(run: RunFolder, site: None) -> RunFolder:
    del site
    (run.folder / "data.csv").write_text(f"{SECRET} column\n{SECRET} value\n")
    return run


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("method", "code"),
    [
        *(("text", 70), ("custom", 70), ("chained", 70), ("key", 70), ("convert", 70)),
        *(("few", 77), ("memory", 71), ("quit", 1), ("group", 70), ("unwritable", 73)),
        *(("key_of_output", 73), ("warn", 70), ("thread", 70), ("process", 70)),
        ("finalizer", 70),
    ],
)
def test_failing_function(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], method: str, code: int
) -> None:
    planted.give({"method": method})

    assert fail(planted, capfd)[0] == code


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(
    ("method", "line"),
    [
        ("warn", "warn > UserWarning in v6_words.py, line "),
        ("thread", "error > a thread of the algorithm failed: ValueError in fail (v6_words"),
        ("process", "error > a process of the algorithm failed: ValueError in fail (v6_words"),
        ("finalizer", "error > an exception was ignored: ValueError in __del__ (v6_words"),
    ],
)
def test_what_is_left_out_is_named_by_type_and_place(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], method: str, line: str
) -> None:
    planted.give({"method": method})

    assert line in fail(planted, capfd)[1]


@pytest.mark.parametrize(
    ("input_", "code"),
    [
        ({"method": SECRET}, 72),
        ({"method": f"_{SECRET}", "master": True}, 72),
        ({"method": {SECRET: 1}}, 64),
        ({"method": "column", "args": SECRET}, 64),
        ({"method": "column", "kwargs": [SECRET]}, 64),
        ({"method": "column", "kwargs": {"column": SECRET}}, 70),
        ({"method": "column", "kwargs": {SECRET: SECRET}}, 70),
        ({"method": "text", "output_format": SECRET}, 64),
        ({"method": "text", "databases": [SECRET]}, 78),
        ({"method": "text", "databases": [{SECRET: SECRET}]}, 64),
        ({"method": "two", "kwargs": {"mock_data": SECRET}}, 64),
        ({"method": "two"}, 64),
        ({"method": "central", "master": True}, 70),
    ],
)
def test_bad_input(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], input_: Any, code: int
) -> None:
    planted.give(input_)

    assert fail(planted, capfd)[0] == code


@pytest.mark.parametrize(
    "data",
    [
        *(b"planted", b"json.{planted", b"planted.{}", b"pickle.planted", b"\x80\x04planted"),
        b'"planted"',
        b'json.[1, "planted"',
        b"cplanted\nplanted\n.",
    ],
)
def test_unreadable_input(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], data: bytes
) -> None:
    planted.give_bytes(data)

    assert fail(planted, capfd)[0] == 64


@pytest.mark.parametrize(
    ("kind", "uri", "query", "code"),
    [
        ("csv", f"/nowhere/{SECRET}.csv", None, 65),
        ("excel", f"/nowhere/{SECRET}.xlsx", None, 65),
        ("sql", f"postgresql://{SECRET}:{SECRET}@127.0.0.1:1/{SECRET}", "select 1", 65),
        ("sql", f"{SECRET}://", "select 1", 65),
        ("sql", "sqlite://", "select planted from planted", 65),
        ("sql", "sqlite://", None, 64),
        ("sparql", f"http://{SECRET}:1/", f"select ?{SECRET}", 65),
        (SECRET, "x", None, 65),
    ],
)
def test_unreadable_database(
    planted: RunFolder,
    capfd: pytest.CaptureFixture[str],
    kind: str,
    uri: str,
    query: str | None,
    code: int,
) -> None:
    planted.environ[DEFAULT] = uri
    planted.give({"method": "text", "query": query})

    assert fail(planted, capfd, kind)[0] == code


def test_query_that_fails_on_a_value(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "db"
    with sqlite3.connect(file) as connection:
        connection.execute("create table t (d timestamp)")
        connection.execute("insert into t values (?)", (SECRET,))
    connection.close()
    planted.environ[DEFAULT] = f"sqlite:///{file}"
    planted.give({"method": "text", "query": "select json(d, 'planted') from t"})

    assert fail(planted, capfd, "sql")[0] == 65


@pytest.mark.parametrize("module", ["v6_broken_words", "v6_syntax_words"])
def test_unusable_package(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], module: str
) -> None:
    planted.give({"method": SECRET})

    assert fail(planted, capfd, module=module)[0] == 72


@pytest.mark.filterwarnings("default")
def test_entry_points_keep_texts_out_and_leave_the_process_as_it_was(
    planted: RunFolder, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in planted.environ.items():
        monkeypatch.setenv(name, value)
    planted.give({"method": "warn"})
    before = (warnings.showwarning, threading.excepthook, sys.unraisablehook)

    with pytest.raises(SystemExit):
        docker_wrapper(PACKAGE)

    out, err = capfd.readouterr()
    assert "warn > UserWarning in v6_words.py, line " in out
    assert SECRET not in out + err
    assert (warnings.showwarning, threading.excepthook, sys.unraisablehook) == before


def test_every_kind_of_failure_is_here() -> None:
    seen = {1, 64, 65, 70, 71, 72, 73, 77, 78}
    kinds = {
        cls.exit_code
        for cls in vars(exceptions).values()
        if isinstance(cls, type) and issubclass(cls, exceptions.AlgorithmError)
    }

    # 69 is about other organizations: its text comes from the server.
    assert kinds - seen == {69}
