"""Functions by the name of a data format, which third parties may add to.

The first ones are there when a module is imported; a function that is registered later under a
name counts from then on, in this process. What client, tools and node send by themselves is made
by `vantage6.common.payload` and does not change.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, TypeVar

from vantage6.common.errors import PayloadError

Function = TypeVar("Function", bound=Callable[..., Any])


class Formats(dict[str, Callable[..., Any]]):
    """Functions by the name of a format, in lower case.

    Parameters
    ----------
    task
        What the functions do, for messages.
    """

    def __init__(self, task: str) -> None:
        super().__init__()
        self._task = task

    def register(self, data_format: "str | Enum") -> Callable[[Function], Function]:
        """Decorator that adds a function; the last one under a name counts."""

        def add(function: Function) -> Function:
            self[name_of(data_format)] = function
            return function

        return add

    def function(self, data_format: "str | Enum") -> Callable[..., Any]:
        """The function of a format.

        Raises
        ------
        PayloadError
            When nobody registered one.
        """
        try:
            return self[name_of(data_format)]
        except KeyError as error:
            raise PayloadError(
                f"{self._task} of {name_of(data_format)} has not been implemented."
            ) from error


def name_of(data_format: "str | Enum") -> str:
    """Name of a format that is given by name or as a member of an enumeration."""
    return str(data_format.value if isinstance(data_format, Enum) else data_format).lower()


def content_of(file: Any) -> bytes:
    """All bytes of an open file; bytes are taken as they are."""
    return bytes(file) if isinstance(file, bytes | bytearray) else bytes(file.read())
