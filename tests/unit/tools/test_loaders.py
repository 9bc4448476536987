"""Which databases a run works on."""

from pathlib import Path
from typing import Any

import pytest
from vantage6.common import contract
from vantage6.tools.exceptions import DataReadError, EnvironmentVariableNotFoundError, InputError
from vantage6.tools.loaders import (
    all_databases,
    databases_read_by,
    no_data,
    requested_database,
)


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

    assert data.first()["n"].tolist() == [1, 2]


def test_variable_of_old_nodes_is_used_when_there_is_no_label(csv: str) -> None:
    data = requested_database("csv")({contract.LEGACY_DATABASE_URI: csv}, {})

    assert len(data.first()) == 2


def test_type_is_what_the_node_says(csv: str) -> None:
    variables = environ("default", default=csv)
    load = requested_database(None)

    assert len(load(variables, {}).first()) == 2
    with pytest.raises(DataReadError, match="use one of csv, parquet"):
        load({**variables, contract.database_type("default"): "other"}, {}).first()


def test_unknown_label_says_whom_to_ask(csv: str) -> None:
    with pytest.raises(EnvironmentVariableNotFoundError, match="ask its owner"):
        requested_database("csv")(environ("planted", default=csv), {}).first()


def test_all_databases_are_given_by_label() -> None:
    variables = {**environ(None, a="/a", b="/b"), contract.DATABASE_LABELS: '["a", "b"]'}

    assert all_databases(variables, {}) == {"a": "/a", "b": "/b"}


@pytest.mark.parametrize("labels", ["", "a,b", '["a", "c"]'])
def test_unusable_list_of_labels_is_named(labels: str) -> None:
    with pytest.raises(EnvironmentVariableNotFoundError, match="DB_LABELS"):
        all_databases({**environ(None, a="/a"), contract.DATABASE_LABELS: labels}, {})


def test_no_data_is_none() -> None:
    assert no_data({}, {}) is None


# --- several databases -------------------------------------------------------------------------


@pytest.fixture
def variables(csv: str, tmp_path: Path) -> dict[str, str]:
    """A node with the databases `a` (two rows) and `b` (one row)."""
    other = tmp_path / "other.csv"
    other.write_text("n\n5\n")
    return environ("a", a=csv, b=str(other))


@pytest.mark.parametrize("asked", [["b", "a"], ("b", "a"), [{"label": "b"}, {"label": "a"}]])
def test_databases_come_in_the_order_in_which_they_are_named(
    variables: dict[str, str], asked: Any
) -> None:
    databases = requested_database("csv")(variables, {"databases": asked})

    assert [len(frame) for frame in databases.take(2)] == [1, 2]
    assert len(databases.first()) == 1


def test_each_database_has_its_own_query(tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'db'}"
    asked = [{"label": "a", "query": "select 1 as n"}, {"label": "b", "query": "select 2 as n"}]

    databases = requested_database("sql")(environ(None, a=uri, b=uri), {"databases": asked})

    assert [frame["n"].tolist() for frame in databases.take(2)] == [[1], [2]]


def test_database_that_nobody_takes_is_not_looked_for(variables: dict[str, str]) -> None:
    databases = requested_database("csv")(variables, {"databases": ["a", "planted"]})

    assert len(databases.take(1)[0]) == 2
    with pytest.raises(EnvironmentVariableNotFoundError, match="ask its owner"):
        databases.take(2)


def test_each_database_is_read_once(csv: str) -> None:
    read: list[str] = []
    load = databases_read_by(lambda uri, _: read.append(uri), "mine")

    databases = load(environ("default", default=csv), {})
    databases.take(1)
    databases.first()

    assert read == [csv]


@pytest.mark.parametrize("asked", ["a", {"label": "a"}, [5], [{"name": "a"}], [{"label": 5}]])
def test_databases_that_are_not_named_properly_are_refused(
    variables: dict[str, str], asked: Any
) -> None:
    with pytest.raises(InputError, match="list of labels, or of objects with a 'label'"):
        requested_database("csv")(variables, {"databases": asked})
