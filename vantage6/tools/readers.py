"""Reads the database of a node: one small function per type, found by name.

Which database and where is said by the node in variables (`vantage6.common.contract`); the query
of an SQL or SPARQL database and the sheet of a workbook come with the input of the task.
"""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

from vantage6.common import contract
from vantage6.tools.exceptions import (
    DataReadError,
    EnvironmentVariableNotFoundError,
    InputError,
)

Data = Any
"""What an algorithm gets as its data: a pandas data frame, or what its own loader makes."""
Input = Mapping[str, Any]
Environ = Mapping[str, str]
Reader = Callable[[str, Input], Data]
Loader = Callable[[Environ, Input], Data]

_SPARQL_LIMIT_S = 600


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

    return pd.read_sql(_query(input_), uri)


def read_sparql(uri: str, input_: Input) -> Data:
    """Data frame of a query to a SPARQL endpoint."""
    import pandas as pd
    import requests

    answer = requests.get(
        uri,
        params={"query": _query(input_)},
        headers={"Accept": "text/csv"},
        timeout=_SPARQL_LIMIT_S,
    )
    answer.raise_for_status()
    return pd.read_csv(io.StringIO(answer.text))


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
        When the type is unknown or reading fails; the reason is named by its type only, since the
        text of the exception may hold data or a password.
    InputError
        When a query is needed and the input has none.
    """
    reader = READERS.get(database_type.lower())
    if reader is None:
        raise DataReadError(f"cannot read databases of this type; use one of {', '.join(READERS)}")
    try:
        return reader(uri, input_)
    except InputError:
        raise
    except ImportError as error:
        raise DataReadError(
            f"reading {database_type} needs a package that this image lacks"
        ) from (error)
    except Exception as error:
        reason = type(error).__name__
        raise DataReadError(f"cannot read the database as {database_type}: {reason}") from error


def requested_database(database_type: str | None) -> Loader:
    """Loader of the database that the task names.

    Parameters
    ----------
    database_type
        None for the type that the node says, or csv when it says none.
    """

    def load(environ: Environ, input_: Input) -> Data:
        label = environ.get(contract.REQUESTED_LABEL)
        variable = contract.database_uri(label) if label else contract.LEGACY_DATABASE_URI
        uri = environ.get(variable)
        if not uri:
            raise EnvironmentVariableNotFoundError(
                "the node has no database with the requested label; ask its owner for the labels"
            )
        said = environ.get(contract.database_type(label)) if label else None
        return read_database(database_type or said or "csv", uri, input_)

    return load


def all_databases(environ: Environ, input_: Input) -> dict[str, str]:
    """Address of each database of the node by its label; nothing is read."""
    del input_
    try:
        labels = json.loads(environ.get(contract.DATABASE_LABELS, ""))
        return {label: environ[contract.database_uri(label)] for label in labels}
    except (ValueError, KeyError) as error:
        raise EnvironmentVariableNotFoundError(
            f"the node does not say its databases in {contract.DATABASE_LABELS}"
        ) from error


def no_data(environ: Environ, input_: Input) -> None:
    """For algorithms that need none."""
    del environ, input_


def _query(input_: Input) -> str:
    query = input_.get("query")
    if not isinstance(query, str) or not query:
        raise InputError("the input needs a 'query' for a database of this type")
    return query
