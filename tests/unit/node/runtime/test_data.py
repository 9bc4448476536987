"""Databases as files in a container."""

from pathlib import Path, PurePosixPath

import pytest
from vantage6.node.runtime.base import Database, RunSpec, StartError
from vantage6.node.runtime.data import Layout, container_paths, database_files


def spec_with(*databases: Database, requested: str | None = None) -> RunSpec:
    return RunSpec(7, 1, "image", Path("/run"), Path("/temporary"), databases, requested)


def test_file_keeps_its_name_in_the_container(tmp_path: Path) -> None:
    (tmp_path / "my table.csv").touch()
    layout = Layout.of(spec_with(Database("default", str(tmp_path / "my table.csv"))))
    assert layout.places("http://x", 1).databases == {"default": "/mnt/data/my table.csv"}


def test_address_is_passed_on_as_it_is() -> None:
    layout = Layout.of(spec_with(Database("sql", "postgresql://host/db")))
    assert layout.files == {}
    assert layout.places("http://x", 1).databases == {"sql": "postgresql://host/db"}


def test_link_to_a_database_is_followed(tmp_path: Path) -> None:
    (tmp_path / "table-2.csv").touch()
    (tmp_path / "latest.csv").symlink_to("table-2.csv")
    files = database_files(spec_with(Database("default", str(tmp_path / "latest.csv"))))
    assert files == {"default": tmp_path / "table-2.csv"}


def test_names_that_collide_are_made_unique() -> None:
    files = {"a": Path("/1/t.csv"), "b": Path("/2/t.csv"), "c": Path("/3/b-t.csv")}
    assert container_paths(files) == {
        "a": PurePosixPath("/mnt/data/t.csv"),
        "b": PurePosixPath("/mnt/data/b-t.csv"),
        "c": PurePosixPath("/mnt/data/c-b-t.csv"),
    }


def test_database_cannot_hide_the_folder_of_a_run() -> None:
    paths = container_paths({"default": Path("/data/task-000000007")})
    assert paths == {"default": PurePosixPath("/mnt/data/default-task-000000007")}


def test_missing_file_of_the_requested_database_is_said_without_its_path(tmp_path: Path) -> None:
    spec = spec_with(Database("default", str(tmp_path / "gone.csv")), requested="default")
    with pytest.raises(StartError, match="default") as caught:
        database_files(spec)
    assert str(tmp_path) not in caught.value.message
    assert str(tmp_path) in (caught.value.debug or "")


def test_missing_file_of_another_database_does_not_matter(tmp_path: Path) -> None:
    spec = spec_with(Database("other", str(tmp_path / "gone.csv")), requested="default")
    assert database_files(spec) == {}
