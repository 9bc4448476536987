"""Reads databases under the names of 4.x; see `vantage6.tools.readers`."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from vantage6.tools import readers
from vantage6.tools.surroundings import Data

__all__ = [
    "DatabaseType",
    "get_column_names",
    "load_csv_data",
    "load_data",
    "load_excel_data",
    "load_parquet_data",
    "load_sparql_data",
    "load_sql_data",
]


class DatabaseType(str, Enum):
    """Types of databases that can be read, by their name in the configuration of a node."""

    CSV = "csv"
    EXCEL = "excel"
    SPARQL = "sparql"
    PARQUET = "parquet"
    SQL = "sql"
    OMOP = "omop"


def load_data(
    database_uri: str,
    db_type: str | None = None,
    query: str | None = None,
    sheet_name: str | int | None = None,
) -> Data:
    """Data frame of a database.

    Parameters
    ----------
    database_uri
        Its address.
    db_type
        One of `DatabaseType`; csv by default.
    query
        For SQL, OMOP and SPARQL.
    sheet_name
        For workbooks; the first by default.

    Raises
    ------
    DataReadError
        When it cannot be read.
    InputError
        When a query is needed.
    """
    kind = db_type.value if isinstance(db_type, DatabaseType) else db_type or "csv"
    return readers.read_database(kind, database_uri, _given(query=query, sheet_name=sheet_name))


def load_csv_data(database_uri: str) -> Data:
    """Data frame of a CSV file with a header."""
    return load_data(database_uri, DatabaseType.CSV)


def load_excel_data(database_uri: str, sheet_name: str | int | None = None) -> Data:
    """Data frame of one sheet of a workbook."""
    return load_data(database_uri, DatabaseType.EXCEL, sheet_name=sheet_name)


def load_sparql_data(database_uri: str, query: str) -> Data:
    """Data frame of a query to a SPARQL endpoint."""
    return load_data(database_uri, DatabaseType.SPARQL, query=query)


def load_parquet_data(database_uri: str) -> Data:
    """Data frame of a Parquet file."""
    return load_data(database_uri, DatabaseType.PARQUET)


def load_sql_data(database_uri: str, query: str) -> Data:
    """Data frame of a query to an SQL database."""
    return load_data(database_uri, DatabaseType.SQL, query=query)


def get_column_names(
    database_uri: str,
    db_type: str | None = None,
    query: str | None = None,
    sheet_name: str | int | None = None,
) -> list[str]:
    """Names of the columns of a database; parameters and failures as for `load_data`."""
    return [str(name) for name in load_data(database_uri, db_type, query, sheet_name).columns]


def _given(**values: Any) -> Mapping[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
