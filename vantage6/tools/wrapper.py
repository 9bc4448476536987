"""Entry points of images, one per type of database, and the classes behind them.

A function such as `docker_wrapper` is the last line of a Dockerfile. Who has a database of another
type makes a class of their own::

    class FhirWrapper(WrapperBase):
        @staticmethod
        def load_data(database_uri, input_data):
            return my_reader(database_uri, input_data["query"])

and ends the Dockerfile with ``FhirWrapper().wrap_algorithm('my-package')``.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from vantage6.tools import readers
from vantage6.tools.entry import Style, run_process
from vantage6.tools.loaders import (
    Loader,
    all_databases,
    databases_read_by,
    no_data,
    requested_database,
)
from vantage6.tools.run_files import load_input, write_output
from vantage6.tools.surroundings import Data

__all__ = [
    "CSVWrapper",
    "CsvWrapper",
    "DockerWrapper",
    "ExcelWrapper",
    "MultiDBWrapper",
    "OMOPWrapper",
    "ParquetWrapper",
    "SQLWrapper",
    "SparqlDockerWrapper",
    "WrapperBase",
    "auto_wrapper",
    "docker_wrapper",
    "load_input",
    "multidb_wrapper",
    "parquet_wrapper",
    "select_wrapper",
    "sparql_wrapper",
    "write_output",
]

InputData = Mapping[str, Any]


class WrapperBase(ABC):
    """Runs an algorithm on databases that `load_data` reads."""

    database_type: ClassVar[str] = ""
    """What it reads, as messages name it; the name of the class when it is empty."""

    def wrap_algorithm(
        self,
        module: str,
        load_data: bool = True,
        use_new_client: bool = False,
        log_traceback: bool = False,
    ) -> None:
        """Run an algorithm as its container's main program.

        Parameters
        ----------
        module
            Name of the algorithm's package, such as ``v6-average-py``.
        load_data
            Whether the algorithm gets the database; otherwise its data is None.
        use_new_client
            Give central functions an `AlgorithmClient` instead of a `ContainerClient`.
        log_traceback
            Show the traceback of a failure; its text may hold data, and the log is not encrypted.

        Raises
        ------
        SystemExit
            When there is no result.
        """
        load = self._loader() if load_data else no_data
        run_process(module, load, Style(use_new_client, False, log_traceback))

    @staticmethod
    @abstractmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Data of the database at an address; what it raises is told by its type only."""

    def _loader(self) -> Loader:
        return databases_read_by(self.load_data, self.database_type or type(self).__name__)


class CSVWrapper(WrapperBase):
    """Reads CSV files."""

    database_type = "csv"

    @staticmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Data frame of the file."""
        return readers.read_csv(database_uri, input_data)


CsvWrapper = DockerWrapper = CSVWrapper
"""Other names of 3.x."""


class ExcelWrapper(WrapperBase):
    """Reads one sheet of a workbook: ``sheet_name`` of the input, or the first."""

    database_type = "excel"

    @staticmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Data frame of the sheet."""
        return readers.read_excel(database_uri, input_data)


class SparqlDockerWrapper(WrapperBase):
    """Asks a SPARQL endpoint the ``query`` of the input."""

    database_type = "sparql"

    @staticmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Data frame of the answer."""
        return readers.read_sparql(database_uri, input_data)


class ParquetWrapper(WrapperBase):
    """Reads Parquet files."""

    database_type = "parquet"

    @staticmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Data frame of the file."""
        return readers.read_parquet(database_uri, input_data)


class SQLWrapper(WrapperBase):
    """Asks an SQL database the ``query`` of the input."""

    database_type = "sql"

    @staticmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Data frame of the answer."""
        return readers.read_sql(database_uri, input_data)


class OMOPWrapper(SQLWrapper):
    """Asks a database in the OMOP data model, as SQL."""

    database_type = "omop"


class MultiDBWrapper(WrapperBase):
    """For algorithms that read the databases themselves; their data is the addresses by label."""

    @staticmethod
    def load_data(database_uri: str, input_data: InputData) -> Data:
        """Address of each database of the node by its label; `database_uri` does not matter."""
        del database_uri
        return all_databases(os.environ, input_data)

    def _loader(self) -> Loader:
        return all_databases


def select_wrapper(database_type: str) -> WrapperBase | None:
    """Wrapper for a type of database as nodes name it; None for one that nothing here reads."""
    wrappers = (CSVWrapper, ExcelWrapper, SparqlDockerWrapper, ParquetWrapper, SQLWrapper)
    kinds = {cls.database_type: cls for cls in (*wrappers, OMOPWrapper)}
    chosen = kinds.get(database_type.lower())
    return chosen() if chosen else None


def auto_wrapper(
    module: str, load_data: bool = True, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm on a database of the type that the node says.

    Parameters and failures are those of `WrapperBase.wrap_algorithm`.
    """
    load = requested_database(None) if load_data else no_data
    run_process(module, load, Style(use_new_client, False, log_traceback))


def docker_wrapper(
    module: str, load_data: bool = True, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm on a CSV file; see `WrapperBase.wrap_algorithm`."""
    CSVWrapper().wrap_algorithm(module, load_data, use_new_client, log_traceback)


def parquet_wrapper(
    module: str, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm on a Parquet file; see `WrapperBase.wrap_algorithm`."""
    ParquetWrapper().wrap_algorithm(module, True, use_new_client, log_traceback)


def sparql_wrapper(module: str, use_new_client: bool = False, log_traceback: bool = False) -> None:
    """Run an algorithm on what the ``query`` of the input finds at a SPARQL endpoint."""
    SparqlDockerWrapper().wrap_algorithm(module, True, use_new_client, log_traceback)


def multidb_wrapper(
    module: str, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm that reads the databases itself; its data is their addresses by label."""
    MultiDBWrapper().wrap_algorithm(module, True, use_new_client, log_traceback)
