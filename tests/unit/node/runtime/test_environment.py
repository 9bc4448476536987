"""The variables of an algorithm."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from vantage6.node.runtime.base import Database, RunSpec, StartError
from vantage6.node.runtime.environment import Places, run_environment

CSV = Database("default", "/data/table.csv", "csv")
SQL = Database("my-sql", "postgresql://user@host/db", "sql")
OLD = Database("old", "/data/old.csv")
ADDRESSES = {"default": "/mnt/data/table.csv", "my-sql": SQL.uri, "old": "/mnt/data/old.csv"}


def environment_of(addresses: Mapping[str, str] = ADDRESSES, **fields: Any) -> dict[str, str]:
    spec = RunSpec(7, 1, "image", Path("/run"), Path("/temporary"), **fields)
    folder, temporary = PurePosixPath("/mnt/data/task-000000007"), PurePosixPath("/mnt/tmp")
    places = Places(folder, temporary, addresses, "http://proxyserver", 8080)
    return run_environment(spec, places)


def test_environment_of_a_run_without_databases_is_the_contract() -> None:
    assert environment_of() == {
        "INPUT_FILE": "/mnt/data/task-000000007/input",
        "OUTPUT_FILE": "/mnt/data/task-000000007/output",
        "TOKEN_FILE": "/mnt/data/task-000000007/token",
        "TEMPORARY_FOLDER": "/mnt/tmp",
        "HOST": "http://proxyserver",
        "PORT": "8080",
        "API_PATH": "",
        "DB_LABELS": "[]",
    }


def test_each_database_has_its_variables() -> None:
    found = environment_of(databases=(CSV, SQL, OLD))
    assert json.loads(found["DB_LABELS"]) == ["default", "my-sql", "old"]
    assert found["DEFAULT_DATABASE_URI"] == "/mnt/data/table.csv"
    assert found["DEFAULT_DATABASE_TYPE"] == "csv"
    assert found["MY-SQL_DATABASE_URI"] == "postgresql://user@host/db"
    assert found["MY-SQL_DATABASE_TYPE"] == "sql"


def test_database_without_a_type_has_no_variable_for_it() -> None:
    assert "OLD_DATABASE_TYPE" not in environment_of(databases=(OLD,))


@pytest.mark.parametrize("label", ["default", "my-sql"])
def test_requested_database_is_named_twice_for_old_images(label: str) -> None:
    found = environment_of(databases=(CSV, SQL), requested_label=label)
    assert found["USER_REQUESTED_DATABASE_LABEL"] == label
    assert found["DATABASE_URI"] == ADDRESSES[label]


@pytest.mark.parametrize("label", [None, "unknown"])
def test_without_a_requested_database_its_variables_are_unset(label: str | None) -> None:
    found = environment_of(databases=(CSV,), addresses={"default": "x"}, requested_label=label)
    assert not {"USER_REQUESTED_DATABASE_LABEL", "DATABASE_URI"} & set(found)


def test_configured_variables_win() -> None:
    found = environment_of(environment={"PORT": "9", "MINE": "a b"})
    assert (found["PORT"], found["MINE"]) == ("9", "a b")


@pytest.mark.parametrize("label", ["", "a b", "a=b", "x;id", "$(id)", "1st", "a\nb", "é", "a/b"])
def test_label_that_could_be_anything_but_a_name_is_refused_cve_2024_21649(label: str) -> None:
    """CVE-2024-21649: names in the environment of a container could carry commands."""
    with pytest.raises(StartError, match="label"):
        environment_of(databases=(Database(label, "x"),), addresses={label: "x"})


def test_labels_that_make_the_same_variable_are_refused() -> None:
    databases = (Database("a", "x"), Database("A", "y"))
    with pytest.raises(StartError, match="two databases"):
        environment_of(databases=databases, addresses={"a": "x", "A": "y"})


@pytest.mark.parametrize("name", ["", "A B", "A=B", "1A", "A;B", "$(id)"])
def test_name_that_is_no_variables_name_is_refused_cve_2024_21649(name: str) -> None:
    with pytest.raises(StartError, match="name"):
        environment_of(environment={name: "x"})


def test_value_with_a_zero_byte_is_refused() -> None:
    with pytest.raises(StartError, match="MINE"):
        environment_of(environment={"MINE": "a\0b"})
