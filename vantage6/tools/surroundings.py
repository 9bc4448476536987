"""What a function can ask for while it runs: databases, a client, and what it is part of.

`vantage6.tools.dispatch` puts it in place around the call of a function, and the decorators of
`vantage6.tools.decorators` take from it what a function wants. In a mock, runs are nested: a
central function that waits for partial ones has its own surroundings again when they are done.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vantage6.tools.exceptions import AlgorithmInitializationError, InputError

Data = Any
"""What an algorithm gets as its data: a pandas data frame, or what its own loader makes."""


class Databases:
    """The databases of a run in the order in which the task names them; each is read when needed.

    Parameters
    ----------
    readers
        Give the data of one database each; called once at most.
    """

    def __init__(self, readers: Sequence[Callable[[], Data]]) -> None:
        self._readers = list(readers)
        self._data: dict[int, Data] = {}

    @classmethod
    def of(cls, *data: Data) -> "Databases":
        """Databases that were read already; for mocks and tests."""
        databases = cls([])
        databases._data = dict(enumerate(data))
        return databases

    def __len__(self) -> int:
        return max(len(self._readers), len(self._data))

    def first(self) -> Data:
        """Data of the first one, which is all that a function of the classic style gets."""
        return self._read(0) if len(self) else None

    def take(self, number: int) -> list[Data]:
        """Data of the first `number`.

        Raises
        ------
        InputError
            When the task names fewer.
        """
        if number > len(self):
            raise InputError(
                f"the function takes {number} databases and the task names {len(self)}; "
                "name them in 'databases' of the input"
            )
        return [self._read(place) for place in range(number)]

    def _read(self, place: int) -> Data:
        if place not in self._data:
            self._data[place] = self._readers[place]()
        return self._data[place]


@dataclass(frozen=True, slots=True)
class RunMetaData:
    """What a run is part of, and where its files are; None for what is not known, as in a mock."""

    task_id: int | None = None
    node_id: int | None = None
    collaboration_id: int | None = None
    organization_id: int | None = None
    temporary_directory: Path | None = None
    output_file: Path | None = None
    input_file: Path | None = None
    token_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the function that runs now can ask for.

    Parameters
    ----------
    databases
        Those that the task names.
    make_client, make_metadata
        Called when they are needed for the first time.
    named
        ``databases`` of the input, None when it has none.
    """

    databases: Databases
    make_client: Callable[[], Any]
    make_metadata: Callable[[], RunMetaData]
    named: Any = None
    _made: dict[str, Any] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        """The client for functions with decorators; the same one for all of them."""
        if "client" not in self._made:
            self._made["client"] = self.make_client()
        return self._made["client"]

    @property
    def metadata(self) -> RunMetaData:
        """What the run is part of."""
        return self.make_metadata()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Be the surroundings of what is called inside."""
        before = _CURRENT.set(self)
        try:
            yield
        finally:
            _CURRENT.reset(before)


_CURRENT: ContextVar[Surroundings] = ContextVar("surroundings")


def named_databases() -> Any:
    """What the input of the function that runs now has as ``databases``; None outside of a run."""
    around = _CURRENT.get(None)
    return None if around is None else around.named


def current_surroundings(instead: str) -> Surroundings:
    """Those of the function that runs now.

    Parameters
    ----------
    instead
        What to do outside of a run; part of the message.

    Raises
    ------
    AlgorithmInitializationError
        When no run of an algorithm goes on.
    """
    try:
        return _CURRENT.get()
    except LookupError as error:
        raise AlgorithmInitializationError(
            f"this function gets its arguments in a run of an algorithm; {instead}"
        ) from error
