"""How a database is read."""

import sqlite3
import sys
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from vantage6.tools.exceptions import DataReadError, InputError
from vantage6.tools.readers import read_database, read_with, with_driver


def test_sql_database_answers_the_query(tmp_path: Path) -> None:
    file = tmp_path / "data.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("create table t (n integer)")
        connection.execute("insert into t values (4)")
    connection.close()

    data = read_database("SQL", f"sqlite:///{file}", {"query": "select n from t"})

    assert data["n"].tolist() == [4]


@pytest.mark.parametrize("kind", ["sql", "omop", "sparql"])
@pytest.mark.parametrize("input_", [{}, {"query": ""}, {"query": 5}])
def test_missing_query_is_named(kind: str, input_: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="'query'"):
        read_database(kind, "sqlite://", input_)


@pytest.mark.parametrize(
    ("kind", "module", "package"),
    [
        ("parquet", "pyarrow", "pyarrow"),
        ("excel", "openpyxl", "openpyxl"),
        ("sql", "sqlalchemy", "SQLAlchemy"),
        ("sql", "psycopg", "psycopg"),
    ],
)
def test_missing_engine_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, module: str, package: str
) -> None:
    file = tmp_path / "data.xlsx"
    with zipfile.ZipFile(file, "w") as workbook:
        workbook.writestr("xl/workbook.xml", "")
    # What the import system does where a package is not installed.
    monkeypatch.setitem(sys.modules, module, None)
    uri = "postgresql://nobody@nowhere/x" if kind == "sql" else str(file)

    with pytest.raises(DataReadError, match=f"needs the package {package}, which this image"):
        read_database(kind, uri, {"query": "select 1"})


def test_reason_is_named_by_its_type_only(tmp_path: Path) -> None:
    with pytest.raises(DataReadError) as caught:
        read_database("csv", str(tmp_path / "planted.csv"), {})

    assert caught.value.message == "cannot read the database as csv: FileNotFoundError"


def test_workbook_without_engine_or_file_is_an_error_of_ours(tmp_path: Path) -> None:
    pd.DataFrame({"n": [1]}).to_csv(tmp_path / "x.xlsx")

    with pytest.raises(DataReadError):
        read_database("excel", str(tmp_path / "x.xlsx"), {"sheet_name": "s"})


def test_warnings_while_reading_are_not_shown() -> None:
    def read(uri: str, input_: Any) -> str:
        warnings.warn("columns (0: planted) have mixed types", stacklevel=1)
        return "data"

    # A warning that got through would be an error here.
    assert read_with(read, "mine", "uri", {}) == "data"


@pytest.mark.parametrize("error", [MemoryError("secret"), InputError("say a query")])
def test_errors_that_have_a_meaning_are_passed_on(error: Exception) -> None:
    def read(uri: str, input_: Any) -> Any:
        raise error

    with pytest.raises(type(error)) as caught:
        read_with(read, "mine", "uri", {})

    assert caught.value is error


@pytest.mark.parametrize(
    ("uri", "driver"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+pg8000://u@h/d", "postgresql+pg8000://u@h/d"),
        ("sqlite:///x", "sqlite:///x"),
    ],
)
def test_driver_is_the_one_that_is_there(uri: str, driver: str) -> None:
    assert with_driver(uri) == driver
