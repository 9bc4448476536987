"""Reads a database of a node: one small function per type, found by name.

The query of an SQL or SPARQL database and the sheet of a workbook come with the input of the task.
What can go wrong is told by its type only: the text of an exception may hold data or a password.
"""

import importlib.util
import io
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from vantage6.tools.exceptions import AlgorithmError, DataReadError, InputError
from vantage6.tools.surroundings import Data

Input = Mapping[str, Any]
Reader = Callable[[str, Input], Data]

_SPARQL_LIMIT_S = 600
_LONGEST_GET = 2000
"""Characters of a SPARQL query that goes into the address; servers refuse much longer ones."""
_PACKAGES = {"parquet": "pyarrow", "excel": "openpyxl", "sql": "SQLAlchemy", "omop": "SQLAlchemy"}
"""What an image must hold to read a type, beside pandas."""


def read_csv(uri: str, input_: Input) -> Data:
    """Data frame of a CSV file with a header."""
    del input_
    import pandas as pd

    return pd.read_csv(uri)


def read_parquet(uri: str, input_: Input) -> Data:
    """Data frame of a Parquet file; the image must hold an engine such as pyarrow."""
    del input_
    import pandas as pd

    return pd.read_parquet(uri)


def read_excel(uri: str, input_: Input) -> Data:
    """Data frame of one sheet of a workbook, the first by default; needs openpyxl in the image."""
    import pandas as pd

    return pd.read_excel(uri, sheet_name=input_.get("sheet_name") or 0)


def read_sql(uri: str, input_: Input) -> Data:
    """Data frame of a query; needs SQLAlchemy and the driver of the database in the image."""
    import pandas as pd

    return pd.read_sql(_query(input_), with_driver(uri))


def read_sparql(uri: str, input_: Input) -> Data:
    """Data frame of a query to a SPARQL endpoint.

    Notes
    -----
    SPARQL 1.1 Protocol, section 2.1: a query goes by GET, a long one by POST.
    """
    import pandas as pd
    import requests

    query = {"query": _query(input_)}
    is_short = len(query["query"]) <= _LONGEST_GET
    answer = requests.request(
        "GET" if is_short else "POST",
        uri,
        params=query if is_short else None,
        data=None if is_short else query,
        headers={"Accept": "text/csv"},
        timeout=_SPARQL_LIMIT_S,
    )
    answer.raise_for_status()
    return pd.read_csv(io.BytesIO(answer.content))


READERS: dict[str, Reader] = {
    "csv": read_csv,
    "parquet": read_parquet,
    "excel": read_excel,
    "sql": read_sql,
    "omop": read_sql,
    "sparql": read_sparql,
}
"""Every type of database that can be read, by the name it has in the configuration of a node."""


def read_database(database_type: str, uri: str, input_: Input) -> Data:
    """Data of one database.

    Raises
    ------
    DataReadError
        When the type is unknown or reading fails.
    InputError
        When a query is needed and the input has none.
    """
    kind = database_type.lower()
    reader = READERS.get(kind)
    if reader is None:
        raise DataReadError(f"cannot read databases of this type; use one of {', '.join(READERS)}")
    return read_with(reader, kind, uri, input_)


def read_with(reader: Reader, name: str, uri: str, input_: Input) -> Data:
    """Data of one database, read by a function that may be anybody's.

    Parameters
    ----------
    reader
        Gets the address and the input.
    name
        What it reads, for the message.
    uri, input_
        See `reader`.

    Raises
    ------
    DataReadError
        When reading fails. Errors of ours and `MemoryError` are passed on as they are.
    """
    try:
        with warnings.catch_warnings():
            # Pandas names columns in them, and what is written is in the log of the run.
            warnings.simplefilter("ignore")
            return reader(uri, input_)
    except (AlgorithmError, MemoryError):
        raise
    except ImportError as error:
        package = error.name or _PACKAGES.get(name, "of its type")
        raise DataReadError(
            f"reading {name} needs the package {package}, which this image lacks; install it there"
        ) from error
    except Exception as error:
        reason = type(error).__name__
        raise DataReadError(f"cannot read the database as {name}: {reason}") from error


def _query(input_: Input) -> str:
    query = input_.get("query")
    if not isinstance(query, str) or not query:
        raise InputError("the input needs a 'query' for a database of this type")
    return query


def with_driver(uri: str) -> str:
    """The address of a PostgreSQL database with the driver that is there, if it names none.

    SQLAlchemy knows no `postgres:`, and takes psycopg2 where nothing is said.
    """
    scheme, separator, rest = uri.partition("://")
    if scheme not in {"postgres", "postgresql"}:
        return uri
    is_old = importlib.util.find_spec("psycopg2") is not None
    return f"postgresql+{'psycopg2' if is_old else 'psycopg'}{separator}{rest}"
