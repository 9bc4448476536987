"""The request that tells how a run ended, with the result straight from its file."""

import json
from collections.abc import Iterator

from vantage6.node.journal import Outcome

_PART_BYTES = 256 * 1024


class OutcomeBody:
    """JSON text in parts; the result is never in memory as a whole.

    Parameters
    ----------
    outcome
        What is told. Its result is base64, or an envelope of it, which needs no quoting.
    """

    def __init__(self, outcome: Outcome) -> None:
        self._file = outcome.result
        head = json.dumps(
            {
                "log": outcome.log,
                "status": outcome.status.value,
                "finished_at": outcome.finished_at,
            }
        )
        opening, closing = ("null", "") if self._file is None else ('"', '"')
        self._head = f'{head[:-1]}, "result": {opening}'.encode()
        self._tail = f"{closing}}}".encode()
        self._length = 0 if self._file is None else self._file.stat().st_size

    def __len__(self) -> int:
        return len(self._head) + self._length + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        if self._file is not None:
            with self._file.open("rb") as file:
                while part := file.read(_PART_BYTES):
                    yield part
        yield self._tail
