"""Container entry: reads the contract of the node, loads data, calls the function, writes output.

Every failure ends in an exit code other than 0, so that the node reports the run as crashed, and
in one line ``error > …`` that says what failed. The log of a run travels to the server in the
clear; therefore neither data nor input nor the text of an unknown exception is ever written to it.
An author who tests with data that is not secret switches tracebacks on: ``log_traceback=True``.
"""

import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vantage6.common import contract, payload
from vantage6.common.errors import PayloadError
from vantage6.tools.data_format import decode, encode, natural_format
from vantage6.tools.dispatch import describe, dispatch, import_algorithm
from vantage6.tools.exceptions import (
    AlgorithmError,
    AlgorithmExecutionError,
    DeserializationError,
    EnvironmentVariableNotFoundError,
    InputError,
    OutputError,
)
from vantage6.tools.readers import Environ, Loader, all_databases, no_data, requested_database
from vantage6.tools.util import error, info

if TYPE_CHECKING:
    from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient

_FORMATS = (payload.JSON, payload.PICKLE, payload.LEGACY)


def docker_wrapper(
    module: str, load_data: bool = True, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm on a CSV file.

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
    """
    load = requested_database("csv") if load_data else no_data
    wrap_algorithm(module, load, use_new_client=use_new_client, log_traceback=log_traceback)


def auto_wrapper(
    module: str, load_data: bool = True, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm on a database of the type that the node says; see `docker_wrapper`."""
    load = requested_database(None) if load_data else no_data
    wrap_algorithm(module, load, use_new_client=use_new_client, log_traceback=log_traceback)


def parquet_wrapper(
    module: str, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm on a Parquet file; see `docker_wrapper`."""
    load = requested_database("parquet")
    wrap_algorithm(module, load, use_new_client=use_new_client, log_traceback=log_traceback)


def sparql_wrapper(module: str, use_new_client: bool = False, log_traceback: bool = False) -> None:
    """Run an algorithm on what the ``query`` of the input finds at a SPARQL endpoint."""
    load = requested_database("sparql")
    wrap_algorithm(module, load, use_new_client=use_new_client, log_traceback=log_traceback)


def multidb_wrapper(
    module: str, use_new_client: bool = False, log_traceback: bool = False
) -> None:
    """Run an algorithm that reads the databases itself; its data is their addresses by label."""
    wrap_algorithm(
        module, all_databases, use_new_client=use_new_client, log_traceback=log_traceback
    )


def wrap_algorithm(
    module: str,
    load: Loader,
    *,
    use_new_client: bool = False,
    log_traceback: bool = False,
    environ: Environ = os.environ,
) -> None:
    """Run an algorithm as its container's main program.

    Parameters
    ----------
    module, use_new_client, log_traceback
        See `docker_wrapper`.
    load
        Gives the data; see `vantage6.tools.readers`.
    environ
        The variables of the contract.

    Raises
    ------
    SystemExit
        When there is no result.
    """
    info(f"wrapper for {module}")
    try:
        _run(module, load, use_new_client, environ)
    except AlgorithmError as problem:
        _give_up(problem, problem.message, 1, log_traceback)
    except SystemExit as problem:
        code = problem.code if isinstance(problem.code, int) and problem.code else 1
        _give_up(problem, "the algorithm ended its own process", code, log_traceback)
    except Exception as problem:  # noqa: BLE001  # the main program of the container
        _give_up(problem, describe(problem), 1, log_traceback)


def load_input(input_file: str | Path) -> Any:
    """The input of the task from its file, in any of the formats of `vantage6.common.payload`.

    Raises
    ------
    DeserializationError
        When it cannot be read.
    """
    try:
        return decode(Path(input_file).read_bytes())
    except OSError as problem:
        raise DeserializationError("the input file cannot be read") from problem
    except PayloadError as problem:
        raise DeserializationError(f"the input cannot be read: {problem.message}") from problem


def write_output(output_format: str | None, output: Any, output_file: str | Path) -> None:
    """Write the result of the algorithm; the file stays empty when it cannot be written whole.

    Parameters
    ----------
    output_format
        Name of a format; None for JSON where that gives the receiver the same value back, and a
        pickle otherwise.
    output, output_file
        What to write and where.

    Raises
    ------
    OutputError
        When the format cannot hold the result, or the file cannot be written.
    """
    name = output_format or natural_format(output)
    try:
        data = encode(output, name)
    except Exception as problem:
        # A pickle can fail with anything; the text of the exception may hold the value.
        kind = type(output).__name__
        raise OutputError(f"a result of type {kind} cannot be written as {name}") from problem
    try:
        Path(output_file).write_bytes(data)
    except OSError as problem:
        raise OutputError("the output file cannot be written") from problem


def _run(module: str, load: Loader, use_new_client: bool, environ: Environ) -> None:
    output_file = _variable(environ, contract.OUTPUT_FILE)
    input_ = load_input(_variable(environ, contract.INPUT_FILE))
    output_format = _output_format(input_)
    algorithm = import_algorithm(module)
    data = load(environ, input_)
    result = _call(algorithm, input_, data, _ClientMaker(use_new_client, environ))
    write_output(output_format, result, output_file)
    info("the result is written")


def _call(algorithm: ModuleType, input_: Any, data: Any, make_client: "_ClientMaker") -> Any:
    try:
        return dispatch(input_, data, algorithm, make_client)
    except AlgorithmError:
        raise
    except Exception as problem:
        raise AlgorithmExecutionError(
            f"the algorithm failed: {describe(problem, algorithm)}"
        ) from problem


class _ClientMaker:
    """Makes the client of a central function from the contract, when it is asked for."""

    def __init__(self, new: bool, environ: Environ) -> None:
        self._new = new
        self._environ = environ

    def __call__(self) -> "AlgorithmClient | ContainerClient":
        # Half of the start of a container would be spent on what only central functions need.
        from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient

        make = AlgorithmClient if self._new else ContainerClient
        token = Path(_variable(self._environ, contract.TOKEN_FILE)).read_text().strip()
        host = _variable(self._environ, contract.HOST)
        port = self._environ.get(contract.PORT)
        return make(token, host, port, self._environ.get(contract.API_PATH, ""))


def _output_format(input_: Any) -> str | None:
    if not isinstance(input_, Mapping):
        raise InputError("the input must be an object with at least a 'method'")
    name = input_.get("output_format") or None
    # Found out before the computation rather than after it.
    if name is not None and str(name).lower() not in _FORMATS:
        raise InputError(f"'output_format' of the input must be one of {', '.join(_FORMATS)}")
    return name if name is None else str(name)


def _variable(environ: Environ, name: str) -> str:
    value = environ.get(name)
    if not value:
        raise EnvironmentVariableNotFoundError(f"the node did not set the variable {name}")
    return value


def _give_up(problem: BaseException, message: str, exit_code: int, log_traceback: bool) -> None:
    if log_traceback:
        traceback.print_exception(problem)
    error(message)
    sys.exit(exit_code)
