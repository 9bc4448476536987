"""Decorators that give a function what it needs; the style of 4.x.

::

    @data(1)
    @algorithm_client
    def central(client, frame, column): ...

    @data(2)
    def partial(patients, visits, column): ...

Such a function is called by its own name, without the prefix ``RPC_`` and without ``master`` in
the input; the ``args`` and ``kwargs`` of the input come after what the decorators give. What a
decorator gives stands before what those above it give: ``@data(1)`` above ``@algorithm_client``
gives ``(client, frame)``, the other way round ``(frame, client)``.

Several databases
    The task names them in ``databases`` of its input: ``{"method": "partial", "databases":
    ["patients", "visits"]}``. An entry may also be an object with the ``query`` of an SQL or
    SPARQL database or the ``sheet_name`` of a workbook: ``{"label": "visits", "query": "select
    …"}``. They come in the order in which they are named there. Without ``databases`` there is
    one: that of the task.

In unit tests the function can be called directly: ``mock_client=`` and ``mock_data=[frame, …]``
take the place of what a run gives. The input of a task cannot have these names.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, overload

from vantage6.tools.exceptions import AlgorithmInitializationError, InputError
from vantage6.tools.surroundings import RunMetaData, current_surroundings

__all__ = ["RunMetaData", "algorithm_client", "data", "database_connection", "metadata"]

Function = Callable[..., Any]
RESERVED = frozenset({"mock_client", "mock_data"})
"""Names of arguments that only unit tests pass."""
_MARK = "__vantage6_decorated__"


def is_decorated(function: object) -> bool:
    """Whether a function says by a decorator that it is to be called by its own name."""
    return getattr(function, _MARK, False) is True


def algorithm_client(function: Function) -> Function:
    """Give the function an `AlgorithmClient` as its first argument."""

    @wraps(function)
    def with_client(*args: Any, mock_client: Any = None, **kwargs: Any) -> Any:
        client = mock_client
        if client is None:
            client = current_surroundings("in a unit test pass mock_client=").client
        return function(client, *args, **kwargs)

    return _marked(with_client)


@overload
def data(number_of_databases: Function) -> Function: ...
@overload
def data(number_of_databases: int = 1) -> Callable[[Function], Function]: ...
def data(number_of_databases: int | Function = 1) -> Function | Callable[[Function], Function]:
    """Give the function the data of that many databases as its first arguments.

    Parameters
    ----------
    number_of_databases
        How many the function takes; see the head of this module for how a task names them.
    """
    if callable(number_of_databases):  # written without parentheses
        return data(1)(number_of_databases)
    number = number_of_databases

    def decorate(function: Function) -> Function:
        @wraps(function)
        def with_data(*args: Any, mock_data: Any = None, **kwargs: Any) -> Any:
            frames = _mocked(mock_data, number)
            if frames is None:
                around = current_surroundings("in a unit test pass mock_data=[frame, …]")
                frames = around.databases.take(number)
            return function(*frames, *args, **kwargs)

        return _marked(with_data)

    return decorate


def metadata(function: Function) -> Function:
    """Give the function a `RunMetaData` as its first argument."""

    @wraps(function)
    def with_metadata(*args: Any, **kwargs: Any) -> Any:
        around = current_surroundings("use MockAlgorithmClient in a unit test")
        return function(around.metadata, *args, **kwargs)

    return _marked(with_metadata)


def database_connection(*args: Any, **kwargs: Any) -> Callable[[Function], Function]:
    """Not available: connections of OHDSI's R packages, which 4.x has.

    The image can still be used; only the decorated function says what to do instead.
    """
    del args, kwargs

    def decorate(function: Function) -> Function:
        @wraps(function)
        def without_connection(*_args: Any, **_kwargs: Any) -> Any:
            raise AlgorithmInitializationError(
                "OHDSI connections are not part of vantage6 3.12; read the database with @data "
                "and the 'query' of the task"
            )

        return _marked(without_connection)

    return decorate


def _mocked(mock_data: Any, number: int) -> list[Any] | None:
    if mock_data is None:
        return None
    frames = list(mock_data) if isinstance(mock_data, list | tuple) else [mock_data]
    if len(frames) < number:
        raise InputError(f"the function takes {number} databases and mock_data has {len(frames)}")
    return frames[:number]


def _marked(function: Function) -> Function:
    setattr(function, _MARK, True)
    return function
