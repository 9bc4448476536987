"""The server as the node sees it, in memory, and variants that misbehave, each with its name."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from vantage6.common.encoding import bytes_to_base64s
from vantage6.common.errors import (
    Conflict,
    NotFound,
    PayloadTooLarge,
    ServerUnreachable,
    Unavailable,
)
from vantage6.common.events import Event
from vantage6.common.status import TaskStatus
from vantage6.node.journal import Outcome
from vantage6.node.runs import OpenRun, RunFacts

DEADLINE_S = 10.0


@dataclass(frozen=True)
class Reported:
    """How a run ended, with the text of its result."""

    status: TaskStatus
    finished_at: str
    log: str
    result: str | None

    @classmethod
    def of(cls, outcome: Outcome) -> "Reported":
        text = outcome.result and outcome.result.read_text()
        return cls(outcome.status, outcome.finished_at, outcome.log, text)


@dataclass
class Row:
    """A run at the server; `reports` has every status that a node reported, in order."""

    run: OpenRun
    status: TaskStatus = TaskStatus.PENDING
    outcome: Reported | None = None
    is_open: bool = True
    reports: list[TaskStatus] = field(default_factory=list)


class FakeServer:
    """Keeps runs as a server does and lets a test wait for what nodes report."""

    def __init__(self, *, is_encrypted: bool = False) -> None:
        self.rows: dict[int, Row] = {}
        self.keys: dict[int, str] = {}
        self.ended_trees: set[int] = set()
        self.listings = 0
        self._is_encrypted = is_encrypted
        self._is_away = False
        self._changed = threading.Condition(threading.RLock())

    # --- for the test ---

    def add_run(
        self,
        result_id: int,
        payload: bytes = b"",
        *,
        image: str = "image",
        run_id: int = 1,
        parent_id: int | None = None,
        database: str | None = None,
    ) -> RunFacts:
        facts = RunFacts(result_id, result_id + 100, run_id, parent_id)
        text = bytes_to_base64s(payload)
        run = OpenRun(facts, image, initiator_id=1, user_id=1, database=database, input=text)
        with self._changed:
            self.rows[result_id] = Row(run)
        return facts

    def end(self, result_id: int, status: TaskStatus = TaskStatus.KILLED) -> None:
        """End a run at the server, as a user's kill does."""
        with self._changed:
            row = self.rows[result_id]
            row.status, row.is_open = status, False

    @contextmanager
    def away(self) -> Iterator[None]:
        """Not reachable for the length of a block."""
        self._is_away = True
        yield
        self._is_away = False

    def wait_until(self, condition: Callable[[], bool], what: str = "") -> None:
        with self._changed:
            if not self._changed.wait_for(condition, DEADLINE_S):
                raise AssertionError(f"in vain waited for: {what or condition}")

    def await_status(self, result_id: int, status: TaskStatus) -> Row:
        row = self.rows[result_id]
        self.wait_until(lambda: row.status is status, f"run {result_id} to be {status}")
        return row

    def await_outcome(self, result_id: int) -> Reported:
        row = self.rows[result_id]
        self.wait_until(lambda: row.outcome is not None, f"the outcome of run {result_id}")
        assert row.outcome is not None
        return row.outcome

    def await_listings(self, count: int) -> None:
        """Wait until the node has looked so many times more."""
        target = self.listings + count
        self.wait_until(lambda: self.listings >= target, "a look at the open runs")

    # --- what the node calls ---

    def open_runs(self, node_id: int, task_id: int | None = None) -> tuple[OpenRun, ...]:
        with self._answering():
            self.listings += task_id is None
            return tuple(
                replace(row.run, is_pending=row.status is TaskStatus.PENDING)
                for row in reversed(self.rows.values())
                if row.is_open and task_id in (None, row.run.facts.task_id)
            )

    def input(self, result_id: int) -> str:
        with self._answering():
            return self.rows[result_id].run.input or ""

    def is_open(self, result_id: int) -> bool:
        with self._answering():
            return result_id in self.rows and self.rows[result_id].is_open

    def report_active(self, result_id: int, started_at: str) -> None:
        with self._answering():
            row = self._open_row(result_id)
            row.status = TaskStatus.ACTIVE
            row.reports.append(row.status)

    def report_end(self, result_id: int, outcome: Outcome) -> None:
        with self._answering():
            row = self._open_row(result_id)
            row.status, row.outcome, row.is_open = outcome.status, Reported.of(outcome), False
            row.reports.append(row.status)

    def container_token(self, task_id: int, image: str) -> str:
        with self._answering():
            return f"token-of-{task_id}"

    def public_key(self, organization_id: int) -> str:
        with self._answering():
            return self.keys.get(organization_id, "")

    def publish_key(self, organization_id: int, public_key: str) -> None:
        with self._answering():
            self.keys[organization_id] = public_key

    def organization_name(self, organization_id: int) -> str:
        with self._answering():
            return f"organization {organization_id}"

    def is_encrypted(self, collaboration_id: int) -> bool:
        with self._answering():
            return self._is_encrypted

    def tree_has_ended(self, run_id: int) -> bool:
        with self._answering():
            return run_id in self.ended_trees

    @contextmanager
    def _answering(self) -> Iterator[None]:
        with self._changed:
            if self._is_away:
                raise ServerUnreachable("no answer")
            yield
            self._changed.notify_all()

    def _open_row(self, result_id: int) -> Row:
        if result_id not in self.rows:
            raise NotFound(f"no result {result_id}")
        row = self.rows[result_id]
        if not row.is_open:
            raise Conflict("the run has finished already")
        return row


class LossyServer(FakeServer):
    """Stores the outcome of a run, but the first answer gets lost on its way back."""

    def __init__(self) -> None:
        super().__init__()
        self._lost: set[int] = set()

    def report_end(self, result_id: int, outcome: Outcome) -> None:
        super().report_end(result_id, outcome)
        if result_id not in self._lost:
            self._lost.add(result_id)
            raise ServerUnreachable("the answer was lost")


class SmallServer(FakeServer):
    """Takes no results that are longer than a few characters."""

    def report_end(self, result_id: int, outcome: Outcome) -> None:
        if len(Reported.of(outcome).result or "") > 8:
            raise PayloadTooLarge("too large")
        super().report_end(result_id, outcome)


class BusyServer(FakeServer):
    """Lists runs, but has no tokens for them while it is busy."""

    def __init__(self) -> None:
        super().__init__()
        self.is_busy = True

    def container_token(self, task_id: int, image: str) -> str:
        if self.is_busy:
            raise Unavailable("try again later")
        return super().container_token(task_id, image)


class RepeatingServer(FakeServer):
    """Lists runs as open that have ended, as one does that was restored from an old copy."""

    def open_runs(self, node_id: int, task_id: int | None = None) -> tuple[OpenRun, ...]:
        super().open_runs(node_id, task_id)
        return tuple(row.run for row in self.rows.values())


class ForgetfulServer(FakeServer):
    """Lists no run, whatever is open."""

    def __init__(self) -> None:
        super().__init__()
        self.is_forgetful = False

    def open_runs(self, node_id: int, task_id: int | None = None) -> tuple[OpenRun, ...]:
        runs = super().open_runs(node_id, task_id)
        return () if self.is_forgetful else runs


class FakeSocket:
    """The node's end of a socket; `up` and `down` are the test's, `sent` is what the node said."""

    def __init__(self) -> None:
        self.is_connected = False
        self.rebuilt = 0
        self.sent: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def send(self, event: Event) -> bool:
        if self.is_connected:
            self.sent.put(event)
        return self.is_connected

    def rebuild(self) -> None:
        self.rebuilt += 1

    def said(self, kind: type[Event]) -> Event:
        """The next event of a kind; others before it are dropped."""
        while not isinstance(event := self.sent.get(timeout=DEADLINE_S), kind):
            pass
        return event
