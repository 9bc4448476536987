"""Whether the database of a node can be read, and is of its type, without reading all of it."""

import os
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

_SNIFFED_BYTES = 4096
_EXCEL_HEADS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_FILES = frozenset({"csv", "parquet", "excel"})
_SQLITE = "sqlite:///"


def is_address(uri: str) -> bool:
    """Whether it names a service, and not a file or folder of this machine."""
    return bool(urlsplit(uri).netloc) or uri.startswith(_SQLITE)


def type_of(uri: str) -> str:
    """The type that its name speaks for; ``other`` when it does not."""
    if is_address(uri):
        return "sparql" if uri.startswith("http") else "sql"
    ending = Path(uri).suffix.lower()
    return {".csv": "csv", ".parquet": "parquet", ".xls": "excel", ".xlsx": "excel"}.get(
        ending, "other"
    )


def problem_with_database(uri: str, kind: str | None) -> str | None:
    """Why algorithms could not use a database; None when nothing speaks against it.

    Parameters
    ----------
    uri
        File or folder of this machine, or an address. Nothing is sent to an address.
    kind
        Its type; None where the file of the configuration has the old form without types.
    """
    if uri.startswith(_SQLITE):
        return _problem_with_sqlite(Path(uri.removeprefix(_SQLITE)))
    if is_address(uri):
        return "a file was expected, not an address" if kind in _FILES else None
    path = Path(uri).expanduser()
    problem = _problem_with_path(path)
    if problem:
        return problem
    if kind in _FILES and not path.is_file():
        return f"{path} is a folder; a file was expected"
    if kind in {"sql", "sparql", "omop"} and path.is_dir():
        return f"{path} is a folder; the address of a database was expected"
    return _problem_with_content(path, kind) if path.is_file() else None


def _problem_with_path(path: Path) -> str | None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return f"there is no {path}"
    except OSError as error:
        return f"{path} cannot be reached by this user ({error.strerror})"
    return None if os.access(path, os.R_OK) else f"{path} cannot be read by this user"


def _problem_with_content(path: Path, kind: str | None) -> str | None:
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFFED_BYTES)
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    if kind in _FILES and not head:
        return f"{path} is empty"
    if kind == "csv" and b"\0" in head:
        return f"{path} is not text, and so no CSV file"
    if kind == "parquet" and not head.startswith(b"PAR1"):
        return f"{path} is no Parquet file"
    if kind == "excel" and not head.startswith(_EXCEL_HEADS):
        return f"{path} is no Excel file"
    return None


def _problem_with_sqlite(path: Path) -> str | None:
    problem = _problem_with_path(path)
    if problem:
        return problem
    connection = None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        connection.execute("SELECT name FROM sqlite_master LIMIT 1")
    except sqlite3.Error as error:
        return f"{path} cannot be read as SQLite database ({error})"
    finally:
        if connection is not None:
            connection.close()
    return None
