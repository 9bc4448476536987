"""Container entry: reads the contract of the node, loads data, calls the function, writes output.

Every failure ends in an exit code other than 0, so that the node reports the run as crashed, and
in one line ``error > …`` that says what failed; `vantage6.tools.exceptions` has the codes. The log
of a run travels to the server in the clear; therefore neither data nor input nor the text of an
unknown exception is ever written to it. An author who tests with data that is not secret switches
tracebacks on: ``log_traceback=True``.
"""

import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vantage6.common import contract, payload
from vantage6.common.errors import V6Error
from vantage6.tools.dispatch import describe, dispatch, import_algorithm
from vantage6.tools.exceptions import (
    AlgorithmError,
    AlgorithmExecutionError,
    ClientError,
    EnvironmentVariableNotFoundError,
    InputError,
    OutOfMemoryError,
)
from vantage6.tools.loaders import Environ, Loader
from vantage6.tools.run_files import load_input, write_output
from vantage6.tools.silence import texts_kept_out
from vantage6.tools.surroundings import RunMetaData
from vantage6.tools.util import error, info

if TYPE_CHECKING:
    from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient

_FORMATS = (payload.JSON, payload.PICKLE, payload.LEGACY)


@dataclass(frozen=True, slots=True)
class Style:
    """How the image starts.

    Parameters
    ----------
    use_new_client
        Give classic central functions an `AlgorithmClient` instead of a `ContainerClient`.
    by_plain_name
        Whether functions without prefix and decorator may be called, as in 4.x.
    log_traceback
        Show the traceback of a failure; its text may hold data, and the log is not encrypted.
    """

    use_new_client: bool = False
    by_plain_name: bool = False
    log_traceback: bool = False


def run_process(module: str, load: Loader, style: Style) -> None:
    """Run an algorithm as all that this process does; see `run_algorithm`."""
    with nullcontext() if style.log_traceback else texts_kept_out():
        run_algorithm(module, load, style)


def run_algorithm(
    module: str, load: Loader, style: Style | None = None, environ: Environ = os.environ
) -> None:
    """Run an algorithm: read the input, load the data, call the function, write the output.

    Parameters
    ----------
    module
        Name of its package.
    load
        Gives the data; see `vantage6.tools.loaders`.
    style
        See `Style`.
    environ
        The variables of the contract.

    Raises
    ------
    SystemExit
        When there is no result.
    """
    chosen = style or Style()
    info(f"wrapper for {module}")
    with failure_ends_the_process(chosen.log_traceback):
        output_file = _variable(environ, contract.OUTPUT_FILE)
        input_ = load_input(_variable(environ, contract.INPUT_FILE))
        chosen_format = output_format(input_)
        algorithm = import_algorithm(module)
        data = load(environ, input_)
        result = call(algorithm, input_, data, chosen, RunOfContainer(environ))
        write_output(chosen_format, result, output_file)
        info("the result is written")


@contextmanager
def failure_ends_the_process(log_traceback: bool) -> Iterator[None]:
    """Turn whatever is raised inside into a line of the log and an exit code.

    Raises
    ------
    SystemExit
        With the code of `vantage6.tools.exceptions`.
    """
    try:
        yield
    except (Exception, SystemExit) as problem:  # noqa: BLE001  # the main program of the container
        message, code = explained(problem)
        _give_up(problem, message, code, log_traceback)


def explained(problem: BaseException) -> tuple[str, int]:
    """What the log of a run says about a failure, and the exit code."""
    if isinstance(problem, AlgorithmError):
        return problem.message, problem.exit_code
    if isinstance(problem, MemoryError):
        return "the algorithm needs more memory than it may use", OutOfMemoryError.exit_code
    if isinstance(problem, SystemExit):
        code = problem.code if isinstance(problem.code, int) and problem.code else 1
        return "the algorithm ended its own process", code
    return describe(problem), AlgorithmError.exit_code


def call(
    algorithm: ModuleType, input_: Any, data: Any, style: Style, run: "RunOfContainer"
) -> Any:
    """What the requested function returns.

    Raises
    ------
    AlgorithmError
        Whatever the function raised; its text is in it only when it is one of ours.
    """
    try:
        return call_plainly(algorithm, input_, data, style, run)
    except (AlgorithmError, MemoryError):
        raise
    except V6Error as problem:
        raise ClientError(f"the algorithm failed: {problem.message}") from problem
    except Exception as problem:
        raise AlgorithmExecutionError(
            f"the algorithm failed: {describe(problem, algorithm)}"
        ) from problem


def call_plainly(
    algorithm: ModuleType, input_: Any, data: Any, style: Style, run: "RunOfContainer"
) -> Any:
    """What the requested function returns; what it raises is passed on as it is."""
    return dispatch(
        input_,
        data,
        algorithm,
        run.algorithm_client if style.use_new_client else run.container_client,
        make_new_client=run.decorated_client,
        make_metadata=run.metadata,
        by_plain_name=style.by_plain_name,
    )


class RunOfContainer:
    """What the contract says of this run: clients with its token, and what it is part of."""

    # Half of the start of a container would be spent on importing what only some functions need.

    def __init__(self, environ: Environ, token: str | None = None) -> None:
        self._environ = environ
        self._given = token

    def container_client(self) -> "ContainerClient":
        """The client of classic central functions."""
        from vantage6.tools.algorithm_client import ContainerClient

        return ContainerClient(*self._address())

    def algorithm_client(self) -> "AlgorithmClient":
        """The client that classic images ask for with `use_new_client`."""
        from vantage6.tools.algorithm_client import AlgorithmClient

        return AlgorithmClient(*self._address())

    def decorated_client(self) -> "AlgorithmClient":
        """The client of ``@algorithm_client``."""
        from vantage6.tools.decorated_client import DecoratedClient

        return DecoratedClient(*self._address())

    def metadata(self) -> RunMetaData:
        """What the run is part of, from its token, and its files."""
        import jwt

        claims = jwt.decode(self._token(), options={"verify_signature": False})
        identity = claims.get("sub", claims.get("identity")) or {}
        return RunMetaData(
            task_id=identity.get("task_id"),
            node_id=identity.get("node_id"),
            collaboration_id=identity.get("collaboration_id"),
            organization_id=identity.get("organization_id"),
            temporary_directory=self._file(contract.TEMPORARY_FOLDER),
            output_file=self._file(contract.OUTPUT_FILE),
            input_file=self._file(contract.INPUT_FILE),
            token_file=self._file(contract.TOKEN_FILE),
        )

    def _address(self) -> tuple[str, str, str | None, str]:
        host = _variable(self._environ, contract.HOST)
        port = self._environ.get(contract.PORT)
        return self._token(), host, port, self._environ.get(contract.API_PATH, "")

    def _token(self) -> str:
        if self._given is not None:
            return self._given
        return Path(_variable(self._environ, contract.TOKEN_FILE)).read_text("utf-8").strip()

    def _file(self, name: str) -> Path | None:
        value = self._environ.get(name)
        return Path(value) if value else None


def output_format(input_: Any) -> str | None:
    """The format that an input asks the result to be written in; None where it asks for none.

    Raises
    ------
    InputError
        When there is no such format. Found out before the computation rather than after it.
    """
    if not isinstance(input_, Mapping):
        raise InputError("the input must be an object with at least a 'method'")
    name = input_.get("output_format") or None
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
