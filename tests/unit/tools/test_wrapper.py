"""Entry points of images, and classes for other databases."""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.unit.tools.conftest import NAME, RunFolder
from vantage6.common import contract
from vantage6.tools import docker_wrapper as entry_points
from vantage6.tools import wrapper
from vantage6.tools.wrapper import WrapperBase, select_wrapper

pytestmark = pytest.mark.usefixtures("algorithm")


@pytest.fixture
def environ(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    for name, value in run.environ.items():
        monkeypatch.setenv(name, value)
    return run


@pytest.mark.parametrize(
    ("wrapper", "rows"),
    [
        (lambda: entry_points.docker_wrapper(NAME), 2),
        (lambda: entry_points.docker_wrapper(NAME, load_data=False), None),
        (lambda: entry_points.auto_wrapper(NAME), 2),
        (lambda: entry_points.auto_wrapper(NAME, load_data=False), None),
        (lambda: entry_points.multidb_wrapper(NAME), 1),
    ],
)
def test_entry_points_give_their_data(
    environ: RunFolder, wrapper: Callable[[], None], rows: int | None
) -> None:
    environ.give({"method": "rows"})

    wrapper()

    assert environ.result() == rows


def test_no_label_is_needed_without_data(
    environ: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(contract.REQUESTED_LABEL)
    environ.give({"method": "rows"})

    entry_points.docker_wrapper(NAME, load_data=False)

    assert environ.output == b"json.null"


@pytest.mark.parametrize(
    ("wrapper", "code", "message"),
    [
        (entry_points.parquet_wrapper, 65, "reading parquet needs the package pyarrow"),
        (entry_points.sparql_wrapper, 64, "the input needs a 'query'"),
    ],
)
@pytest.mark.parametrize("options", [(), (False, False)])
def test_wrappers_of_other_types_do_load_data(
    environ: RunFolder,
    capsys: pytest.CaptureFixture[str],
    wrapper: Callable[..., None],
    code: int,
    message: str,
    options: tuple[bool, ...],
) -> None:
    environ.give({"method": "rows"})

    # A wrapper that did not try to read would succeed.
    with pytest.raises(SystemExit) as stop:
        wrapper(NAME, *options)

    assert stop.value.code == code
    assert f"error > {message}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrapper",
    [
        lambda **new: entry_points.docker_wrapper(NAME, **new),
        lambda **new: entry_points.auto_wrapper(NAME, **new),
        lambda **new: entry_points.multidb_wrapper(NAME, **new),
        lambda use_new_client=False: entry_points.docker_wrapper(NAME, True, use_new_client),
        lambda use_new_client=False: entry_points.multidb_wrapper(NAME, use_new_client),
    ],
)
def test_client_is_the_one_that_the_image_asks_for(
    environ: RunFolder, wrapper: Callable[..., None]
) -> None:
    environ.give({"method": "who", "master": True})

    wrapper()
    before = environ.result()
    wrapper(use_new_client=True)

    assert (before, environ.result()) == ("ContainerClient", "AlgorithmClient")


@pytest.mark.parametrize(
    ("kind", "code"), [("csv", None), ("CSV", None), ("other", 65), ("excel", 65)]
)
def test_type_is_what_the_node_says(
    environ: RunFolder, monkeypatch: pytest.MonkeyPatch, kind: str, code: int | None
) -> None:
    monkeypatch.setenv(contract.database_type("default"), kind)
    environ.give({"method": "rows"})

    ended_with = None
    try:
        entry_points.auto_wrapper(NAME)
    except SystemExit as stop:
        ended_with = stop.code

    assert ended_with == code
    assert (environ.output == b"") == (code is not None)


def test_algorithm_with_several_databases_gets_their_addresses(
    environ: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(contract.DATABASE_LABELS, '["default", "db"]')
    monkeypatch.setenv(contract.database_uri("db"), "sqlite:///db")
    environ.give({"method": "addresses"})

    entry_points.multidb_wrapper(NAME)

    default = environ.environ[contract.database_uri("default")]
    assert environ.result() == {"default": default, "db": "sqlite:///db"}


# --- classes ----------------------------------------------------------------------------------


class LinesWrapper(WrapperBase):
    """What somebody else may write for their own kind of database."""

    @staticmethod
    def load_data(database_uri: str, input_data: Mapping[str, Any]) -> Any:
        separator = input_data["separator"]
        return pd.read_csv(database_uri, sep=separator)


class BrokenWrapper(WrapperBase):
    @staticmethod
    def load_data(database_uri: str, input_data: Mapping[str, Any]) -> Any:
        raise LookupError(f"secret of {database_uri}")


def test_own_wrapper_reads_with_the_input(environ: RunFolder) -> None:
    file = Path(environ.environ[contract.database_uri("default")])
    file.write_text("n;m\n1;2\n3;4\n5;6\n")
    environ.give({"method": "rows", "separator": ";"})

    LinesWrapper().wrap_algorithm(NAME)

    assert environ.result() == 3


def test_own_wrapper_that_fails_is_named_without_its_text(
    environ: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    environ.give({"method": "rows"})

    with pytest.raises(SystemExit) as stop:
        BrokenWrapper().wrap_algorithm(NAME)

    assert stop.value.code == 65
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "error > cannot read the database as BrokenWrapper: LookupError"


def test_own_wrapper_may_leave_the_data_alone(environ: RunFolder) -> None:
    environ.give({"method": "rows"})

    BrokenWrapper().wrap_algorithm(NAME, load_data=False)

    assert environ.result() is None


def test_wrapper_without_reader_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="load_data"):
        WrapperBase()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("csv", "CSVWrapper"),
        ("EXCEL", "ExcelWrapper"),
        ("sparql", "SparqlDockerWrapper"),
        ("parquet", "ParquetWrapper"),
        ("sql", "SQLWrapper"),
        ("omop", "OMOPWrapper"),
    ],
)
def test_wrapper_is_selected_by_type(kind: str, name: str) -> None:
    assert type(select_wrapper(kind)) is getattr(wrapper, name)


def test_nothing_is_selected_for_an_unknown_type() -> None:
    assert select_wrapper("other") is None


def test_classes_have_their_old_names() -> None:
    assert wrapper.CsvWrapper is wrapper.DockerWrapper is wrapper.CSVWrapper
    assert entry_points.ParquetWrapper is wrapper.ParquetWrapper


@pytest.mark.parametrize("kind", ["sql", "omop"])
def test_wrapper_of_sql_asks_the_query(environ: RunFolder, kind: str) -> None:
    file = Path(environ.environ[contract.database_uri("default")])
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("create table t (n integer)")
        connection.executemany("insert into t values (?)", [(1,), (2,), (3,)])
    connection.close()
    selected = select_wrapper(kind)
    assert selected is not None

    data = selected.load_data(f"sqlite:///{file}", {"query": "select n from t where n > 1"})

    assert data["n"].tolist() == [2, 3]
    assert selected.database_type == kind
