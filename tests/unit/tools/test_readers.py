"""Which database is read, and how."""

import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from vantage6.common import contract
from vantage6.tools.exceptions import DataReadError, EnvironmentVariableNotFoundError, InputError
from vantage6.tools.readers import all_databases, no_data, read_database, requested_database


@pytest.fixture
def csv(tmp_path: Path) -> str:
    file = tmp_path / "data.csv"
    file.write_text("n\n1\n2\n")
    return str(file)


def environ(label: str | None, **databases: str) -> dict[str, str]:
    uris = {contract.database_uri(name): uri for name, uri in databases.items()}
    return {**uris, **({contract.REQUESTED_LABEL: label} if label else {})}


def test_requested_database_is_read(csv: str) -> None:
    data = requested_database("csv")(environ("second", default="none", second=csv), {})

    assert data["n"].tolist() == [1, 2]


def test_variable_of_old_nodes_is_used_when_there_is_no_label(csv: str) -> None:
    data = requested_database("csv")({contract.LEGACY_DATABASE_URI: csv}, {})

    assert len(data) == 2


def test_type_is_what_the_node_says(csv: str) -> None:
    variables = environ("default", default=csv)
    load = requested_database(None)

    assert len(load(variables, {})) == 2
    with pytest.raises(DataReadError, match="use one of csv, parquet"):
        load({**variables, contract.database_type("default"): "other"}, {})


def test_unknown_label_says_whom_to_ask(csv: str) -> None:
    with pytest.raises(EnvironmentVariableNotFoundError, match="ask its owner"):
        requested_database("csv")(environ("planted", default=csv), {})


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


def test_missing_engine_is_named(tmp_path: Path) -> None:
    file = tmp_path / "data.parquet"
    file.write_bytes(b"PAR1")

    with pytest.raises(DataReadError, match="needs a package that this image lacks"):
        read_database("parquet", str(file), {})


def test_reason_is_named_by_its_type_only(tmp_path: Path) -> None:
    with pytest.raises(DataReadError) as caught:
        read_database("csv", str(tmp_path / "planted.csv"), {})

    assert caught.value.message == "cannot read the database as csv: FileNotFoundError"


def test_all_databases_are_given_by_label() -> None:
    variables = {**environ(None, a="/a", b="/b"), contract.DATABASE_LABELS: '["a", "b"]'}

    assert all_databases(variables, {}) == {"a": "/a", "b": "/b"}


@pytest.mark.parametrize("labels", ["", "a,b", '["a", "c"]'])
def test_unusable_list_of_labels_is_named(labels: str) -> None:
    with pytest.raises(EnvironmentVariableNotFoundError, match="DB_LABELS"):
        all_databases({**environ(None, a="/a"), contract.DATABASE_LABELS: labels}, {})


def test_no_data_is_none() -> None:
    assert no_data({}, {}) is None


def test_workbook_without_engine_or_file_is_an_error_of_ours(tmp_path: Path) -> None:
    pd.DataFrame({"n": [1]}).to_csv(tmp_path / "x.xlsx")

    with pytest.raises(DataReadError):
        read_database("excel", str(tmp_path / "x.xlsx"), {"sheet_name": "s"})


class Answer:
    """What a SPARQL endpoint sends."""

    text = "n\n7\n"

    def raise_for_status(self) -> None:
        pass


def test_sparql_endpoint_answers_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    def get(uri: str, params: dict[str, str], **options: Any) -> Answer:
        asked.append((uri, params))
        return Answer()

    monkeypatch.setattr(requests, "get", get)

    data = read_database("sparql", "http://endpoint", {"query": "select ?n"})

    assert data["n"].tolist() == [7]
    assert asked == [("http://endpoint", {"query": "select ?n"})]
