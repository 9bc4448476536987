"""Typed calls of the node to its server, and the reading of what comes back."""

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from vantage6.common.api_session import ApiSession
from vantage6.common.errors import (
    InternalError,
    InvalidInput,
    InvalidToken,
    NotFound,
    ServerUnreachable,
    TooManyRequests,
    Unavailable,
    V6Error,
)
from vantage6.common.status import TaskStatus
from vantage6.common.wire import Collaboration, Node, Organization
from vantage6.node.journal import Outcome
from vantage6.node.outcome_body import OutcomeBody
from vantage6.node.runs import OpenRun, RunFacts

log = logging.getLogger(__name__)
_KEY_LIFETIME_S = 60
_LONGEST_INLINE = 64 * 1024
"""Characters of an input that comes along with the run; a longer one is fetched at its start."""
_PAUSES_S = (1, 2, 5, 10)  # the last one again and again
_Answer = TypeVar("_Answer")

PASSING = (ServerUnreachable, InternalError, Unavailable, TooManyRequests, InvalidToken)
"""Failures of the server that say nothing about what was asked."""


class Interrupted(V6Error):
    """The node was stopped while it waited for the server."""

    code = "interrupted"


def patiently(
    call: Callable[[], _Answer],
    stop: threading.Event,
    *,
    passing: tuple[type[V6Error], ...] = PASSING,
) -> _Answer:
    """Repeat a call until the server answers it.

    Raises
    ------
    Interrupted
        When `stop` was set meanwhile.
    V6Error
        What the call raises and is not in `passing`.
    """
    for pause_s in itertools.chain(_PAUSES_S, itertools.repeat(_PAUSES_S[-1])):
        if stop.is_set():
            break
        try:
            return call()
        except passing as error:
            log.warning("%s; next try in %s s", error, pause_s)
            stop.wait(pause_s)
    raise Interrupted


@dataclass(frozen=True, slots=True)
class Me:
    """Who this node is at the server."""

    node_id: int
    name: str
    organization_id: int
    collaboration_id: int


class ServerAPI:
    """What the node asks of the server.

    Parameters
    ----------
    session
        Connection to the server; `log_in` makes it this node's.
    clock
        Seconds that never go back.

    Notes
    -----
    May be used from several threads. Every call raises `WireError` or `ServerUnreachable`.
    """

    def __init__(
        self, session: ApiSession, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._clock = clock
        self._keys: dict[int, tuple[float, str]] = {}

    # --- identity ---------------------------------------------------------------------------

    def log_in(self, api_key: str, stop: threading.Event) -> None:
        """Log in, however long the server stays away.

        Raises
        ------
        NotAuthenticated
            When the server does not know the key.
        Interrupted
            When `stop` was set meanwhile.
        """

        def attempt() -> None:
            self._session.log_in("token/node", {"api_key": api_key}, remember=True)

        # A reverse proxy says "not found" while the server behind it starts.
        patiently(attempt, stop, passing=(*PASSING, NotFound, InvalidInput))

    def me(self) -> Me:
        """Who this node is."""
        body: Node = self._session.get(f"node/{self._session.identity()}")
        return Me(body["id"], body["name"], _id(body["organization"]), _id(body["collaboration"]))

    def is_encrypted(self, collaboration_id: int) -> bool:
        """Whether a collaboration is encrypted."""
        body: Collaboration = self._session.get(f"collaboration/{collaboration_id}")
        return bool(body["encrypted"])

    # --- organizations ----------------------------------------------------------------------

    def organization_name(self, organization_id: int) -> str:
        """Name of an organization."""
        return self._organization(organization_id)["name"] or ""

    def public_key(self, organization_id: int) -> str:
        """Public key of an organization, at most a minute old; empty when it has none."""
        known = self._keys.get(organization_id)
        if known is not None and known[0] > self._clock():
            return known[1]
        key = self._organization(organization_id)["public_key"] or ""
        if key:
            self._keys[organization_id] = self._clock() + _KEY_LIFETIME_S, key
        return key

    def publish_key(self, organization_id: int, public_key: str) -> None:
        """Give an organization the public key it does not have yet."""
        self._session.patch(f"organization/{organization_id}", {"public_key": public_key})

    def _organization(self, organization_id: int) -> Organization:
        body: Organization = self._session.get(f"organization/{organization_id}")
        return body

    # --- runs -------------------------------------------------------------------------------

    def open_runs(self, node_id: int, task_id: int | None = None) -> tuple[OpenRun, ...]:
        """Runs of this node that have not ended, of one task or of all."""
        query: dict[str, Any] = {"state": "open", "include": "task", "node_id": node_id}
        # Again and again the list of all runs is asked for: what is in it comes each time.
        query["longest_payload"] = 0 if task_id is None else _LONGEST_INLINE
        if task_id is not None:
            query["task_id"] = task_id
        runs = []
        for row in self._session.get_large("result", query):
            try:
                runs.append(_open_run(row))
            except (KeyError, TypeError, ValueError) as error:
                # One row that cannot be read must not hide the others.
                log.error("a run in the server's list cannot be read: %r", error)  # noqa: TRY400  # no traceback: it shows nothing more
        return tuple(runs)

    def input(self, result_id: int) -> str:
        """Input of a run, as it travels; empty when it has none."""
        return str(self._session.get_large(f"result/{result_id}")["input"] or "")

    def is_open(self, result_id: int) -> bool:
        """Whether a run is there and has not ended."""
        try:
            row = self._session.get_large(f"result/{result_id}")
        except NotFound:
            return False
        return not row["finished_at"]

    def tree_has_ended(self, run_id: int) -> bool:
        """Whether all tasks of a tree are complete, so that no further one can join it."""
        tasks = self._session.get("task", {"run_id": run_id})
        return all(task["complete"] for task in tasks)

    def container_token(self, task_id: int, image: str) -> str:
        """Token with which a container may speak to the server."""
        body = self._session.post("token/container", {"task_id": task_id, "image": image})
        return str(body["container_token"])

    def report_active(self, result_id: int, started_at: str) -> None:
        """Say that a run has been started."""
        body = {"started_at": started_at, "status": TaskStatus.ACTIVE.value}
        self._session.patch_only(f"result/{result_id}", body)

    def report_end(self, result_id: int, outcome: Outcome) -> None:
        """Say how a run ended.

        Notes
        -----
        All four fields go in one request: published servers empty what a request leaves out and
        refuse every request after the one that ends the run.
        """
        self._session.patch_only(f"result/{result_id}", body=OutcomeBody(outcome))


def _open_run(row: dict[str, Any]) -> OpenRun:
    task = row["task"]
    parent, user = task["parent"], task.get("init_user")
    return OpenRun(
        facts=RunFacts(
            result_id=int(row["id"]),
            task_id=int(task["id"]),
            run_id=int(task["run_id"]),
            parent_id=None if parent is None else _id(parent),
        ),
        image=str(task["image"]),
        initiator_id=_id(task["initiator"]),
        user_id=None if user is None else _id(user),
        database=task.get("database"),
        input=row.get("input"),
        is_pending=row.get("status") in (None, TaskStatus.PENDING, TaskStatus.INITIALIZING),
    )


def _id(value: Any) -> int:
    # Servers send an id or a link, depending on the route.
    return int(value["id"] if isinstance(value, dict) else value)
