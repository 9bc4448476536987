# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Results: one organization's run of a task."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vantage6.client.connection import Json
from vantage6.client.keys import Keys
from vantage6.client.logs import log
from vantage6.client.resource.base import ListClient, is_error, picked, selected
from vantage6.client.spelling import also_as
from vantage6.common import payload, safe_pickle
from vantage6.common.errors import DecryptionError, PayloadError, V6Error
from vantage6.common.status import FAILURES

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection

Period = tuple[str | None, str | None]
Entry = dict[str, Any]

_FAILED = frozenset(status.value for status in FAILURES)
_ERROR_TAG = "error"
NO_RESULT = "the run ended without a result"
"""Mark of an entry of which there is nothing to read; its ``status`` and ``log`` say why."""


class Result(ListClient):
    """What runs returned.

    ``result`` of each entry is what the algorithm returned, and ``input`` the bytes of its input.
    Where a result cannot be decrypted or read, the entry stays, with what there is of it in
    ``result`` and the reason in ``error``.
    """

    _page_size = 10  # each may be large

    @also_as(id="id_")
    def get(self, id_: int, include_task: bool = False, **fields: "Unpack[Fields]") -> Json:
        """One result."""
        answer = self._get(f"result/{id_}", include="task" if include_task else None)
        return picked(self._each(answer, decoded), fields)

    @also_as(task_id="task", organization_id="organization", node_id="node")
    def list(
        self,
        task: int | None = None,
        organization: int | None = None,
        state: str | None = None,
        node: int | None = None,
        include_task: bool = False,
        started: Period | None = None,
        assigned: Period | None = None,
        finished: Period | None = None,
        port: int | None = None,
        page: int | None = None,
        per_page: int | None = None,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Results, the newest first; all on one page unless a page is asked for.

        Parameters
        ----------
        task, organization, node
            Only those of it.
        state
            ``open`` for runs that have not ended.
        include_task
            Whether each result comes with its task.
        started, assigned, finished
            From when till when, in ISO form, UTC.
        port
            Only the run that offers this port.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        answer = self._list(
            "result",
            None,
            include_metadata,
            include=["task"] if include_task else [],
            task_id=task,
            organization_id=organization,
            state=state,
            node_id=node,
            port=port,
            page=page,
            per_page=per_page,
            sort=sort,
            **_period("started", started),
            **_period("assigned", assigned),
            **_period("finished", finished),
        )
        return selected(self._each(answer, decoded), selection)

    @also_as(task="task_id", id="task_id", id_="task_id")
    def from_task(
        self, task_id: int, include_task: bool = False, **selection: "Unpack[Selection]"
    ) -> Json:
        """All results of a task, as a plain list."""
        return self.list(
            task=task_id, include_task=include_task, include_metadata=False, **selection
        )

    def raw(self, id_: int | None = None, **params: Any) -> Json:
        """One result, or those that meet conditions of the REST API, with ``result`` as bytes."""
        endpoint = "result" if id_ is None else f"result/{id_}"
        return self._each(self._get(endpoint, **params), decrypted)

    def _each(self, answer: Json, read: Callable[[Entry, Keys], Entry]) -> Json:
        keys = self._connection.keys
        if isinstance(answer, list):
            return [read(entry, keys) for entry in answer]
        if is_error(answer):
            return answer
        if "data" in answer:
            return {**answer, "data": [read(entry, keys) for entry in answer["data"]]}
        return read(answer, keys)


def decrypted(entry: Entry, keys: Keys) -> Entry:
    """An entry with the bytes of its input and result, as far as they are meant for this key."""
    entry = dict(entry)
    if entry.get("input"):
        try:
            entry["input"] = keys.decrypt(entry["input"])
        except DecryptionError:
            # Inputs are encrypted for the organization that runs them, which is seldom ours.
            log.debug("the input of result %s is not for this key", entry.get("id"))
    if entry.get("result"):
        try:
            entry["result"] = keys.decrypt(entry["result"])
        except DecryptionError as error:
            _mark(entry, error)
    return entry


def decoded(entry: Entry, keys: Keys) -> Entry:
    """An entry with the object that the algorithm returned; pickles only of harmless types."""
    entry = decrypted(entry, keys)
    data = entry.get("result")
    if not data and entry.get("finished_at"):
        entry["error"] = NO_RESULT
    if isinstance(data, bytes) and data:
        try:
            entry["result"] = payload.load(data, safe_pickle.read)
        except PayloadError as error:
            _mark(entry, error)
    if reason := failure(entry):
        entry["error"] = reason
    return entry


def has_failed(entry: Entry) -> bool:
    """Whether the run of a decoded entry ended without a result."""
    # Rows of 3.5 servers have no status, and a published wrapper may end well without an output.
    return entry.get("status") in _FAILED or entry.get("error") == NO_RESULT


def failure(entry: Entry) -> str | None:
    """How a run failed, and what its log says first about that; None when it did not."""
    status = entry.get("status")
    if status not in _FAILED:
        return None
    line = _log_line(entry.get("log") or "")
    return f"{status} ({line})" if line else str(status)


def _log_line(log_text: str) -> str:
    """The first line about an error, else the first one; a log starts with what went well."""
    lines = [line.strip() for line in log_text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(_ERROR_TAG)]
    return (errors or lines or [""])[0]


def _period(name: str, period: Period | None) -> dict[str, str | None]:
    start, end = period or (None, None)
    return {f"{name}_from": start, f"{name}_till": end}


def _mark(entry: Entry, error: V6Error) -> None:
    entry["error"] = error.message
    log.warning("result %s cannot be read: %s", entry.get("id"), error.message)
