"""Whether a database can be read and is of its type, without reading all of it."""

import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from vantage6.cli.data_files import problem_with_database, type_of
from vantage6.cli.looks import problem_with_folder

CONTENT = {
    "good.csv": b"age,sex\n1,f\n",
    "good.parquet": b"PAR1....PAR1",
    "good.xlsx": b"PK\x03\x04....",
    "good.xls": b"\xd0\xcf\x11\xe0....",
    "empty.csv": b"",
    "binary.csv": b"PAR1\0\0",
    "text.parquet": b"age,sex\n",
    "text.xlsx": b"age,sex\n",
    "text.sqlite": b"this is certainly not a database" * 20,
}


@pytest.fixture
def folder(tmp_path):
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    with sqlite3.connect(tmp_path / "good.sqlite") as connection:
        connection.execute("CREATE TABLE patient (age INTEGER)")
    connection.close()
    return tmp_path


@pytest.fixture
def closed(become_nobody):
    """A folder with things that nobody has a right to; the test is nobody."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    (folder / "closed").mkdir()
    for file in (folder / "data.csv", folder / "closed" / "data.csv"):
        file.write_bytes(CONTENT["good.csv"])
    (folder / "data.csv").chmod(0)
    (folder / "closed").chmod(0)
    with become_nobody():
        yield folder
    (folder / "closed").chmod(0o700)
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("good.csv", "csv"),
        ("good.parquet", "parquet"),
        ("good.xlsx", "excel"),
        ("good.xls", "excel"),
        ("binary.csv", "other"),
        ("text.xlsx", None),
        ("", "other"),
    ],
)
def test_file_of_its_type_has_no_problem(folder, name, kind):
    assert problem_with_database(str(folder / name), kind) is None


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("none.csv", "csv", "there is no"),
        ("empty.csv", "csv", "is empty"),
        ("binary.csv", "csv", "is not text"),
        ("text.parquet", "parquet", "no Parquet file"),
        ("text.xlsx", "excel", "no Excel file"),
        ("", "csv", "is a folder; a file was expected"),
        ("", "sql", "is a folder; the address"),
    ],
)
def test_problem_is_named(folder, name, kind, words):
    assert words in problem_with_database(str(folder / name), kind)


@pytest.mark.parametrize(
    ("name", "words"),
    [("data.csv", "cannot be read by this user"), ("closed/data.csv", "cannot be reached")],
)
@pytest.mark.parametrize("uri", ["{}", "sqlite:///{}"])
def test_file_that_the_user_has_no_right_to_is_said(closed, uri, name, words):
    assert words in problem_with_database(uri.format(closed / name), None)


def test_folder_that_the_user_has_no_right_to_is_said(closed):
    folder = closed / "closed"

    assert problem_with_folder(folder / "new") == f"{folder} cannot be written by this user"


def test_sqlite_is_opened(folder):
    assert problem_with_database(f"sqlite:///{folder}/good.sqlite", "sql") is None
    assert "there is no" in problem_with_database(f"sqlite:///{folder}/x.sqlite", "sql")
    assert "SQLite" in problem_with_database(f"sqlite:///{folder}/text.sqlite", "sql")


def test_address_is_not_looked_at():
    assert problem_with_database("postgresql://nobody:nothing@no.such.host/db", "sql") is None
    assert "not an address" in problem_with_database("https://host/data.csv", "csv")


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("/x.CSV", "csv"),
        ("/x.parquet", "parquet"),
        ("/x.xlsx", "excel"),
        ("postgresql://h/db", "sql"),
        ("sqlite:////x.db", "sql"),
        ("https://h/sparql", "sparql"),
        ("/folder", "other"),
    ],
)
def test_type_is_suggested(uri, kind):
    assert type_of(uri) == kind
