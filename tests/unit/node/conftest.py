"""A daemon between a fake server and a fake runtime, which can be stopped and started again."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.runtime import FakeDoor, FakeEngine, FakeRuntime
from tests.fakes.server import FakeServer, FakeSocket
from vantage6.common.encryption import DummyCryptor
from vantage6.common.events import NodeStatusChange
from vantage6.node.daemon import Daemon, DaemonSettings, Inbox, Stop
from vantage6.node.housekeeping import Housekeeping, Keep
from vantage6.node.job import Jobs, JobSettings
from vantage6.node.journal import Journal
from vantage6.node.policy import Policy
from vantage6.node.run_files import RunFiles
from vantage6.node.runs import Ended, RunFacts
from vantage6.node.server_api import Me
from vantage6.node.server_socket import SocketDown, SocketUp
from vantage6.node.work import Work

ME = Me(node_id=7, name="node", organization_id=1, collaboration_id=1)


class FakeGuests(FakeDoor):
    """Who was let in, with which token."""

    def __init__(self) -> None:
        super().__init__()
        self.digests: dict[int, str] = {}

    def admit(self, result_id: int, token_digest: str) -> None:
        self.digests[result_id] = token_digest

    def dismiss(self, result_id: int) -> None:
        self.digests.pop(result_id, None)


@dataclass
class Rig:
    """One node; after `stop` it can `start` again with what is on disk and at the engine."""

    folder: Path
    server: FakeServer = field(default_factory=FakeServer)
    runtime: FakeRuntime = field(default_factory=FakeRuntime)
    policy: Policy = field(default_factory=Policy)
    reconcile_s: float = 0.05
    concurrent: int = 4
    shared: dict[str, Any] = field(default_factory=dict)
    socket: FakeSocket = field(default_factory=FakeSocket)
    guests: FakeGuests = field(default_factory=FakeGuests)
    ready: threading.Event = field(default_factory=threading.Event)
    changes: "queue.SimpleQueue[None]" = field(default_factory=queue.SimpleQueue)

    def __post_init__(self) -> None:
        self._thread: threading.Thread | None = None
        self.inbox: Inbox = queue.SimpleQueue()
        self.files = RunFiles(self.folder / "runs", output_limit_bytes=10**6)

    @property
    def engine(self) -> FakeEngine:
        return self.runtime.engine

    def start(self) -> None:
        self.inbox = queue.SimpleQueue()
        self.journal = Journal(self.folder / "journal.sqlite")
        jobs = Jobs(self.server, DummyCryptor(), self.files, JobSettings(policy=self.policy))
        work = Work(
            jobs, self.files, self.journal, self.runtime, self.server, self.guests, self._announce
        )
        settings = DaemonSettings(
            ME,
            self.concurrent,
            self.reconcile_s,
            self.shared,
            self.ready.set,
            lambda: self.changes.put(None),
        )
        housekeeping = Housekeeping(self.files, self.server, Keep())
        daemon = Daemon(work, housekeeping, self.server, self.socket, self.inbox, settings)
        self.runtime.watch(lambda result_id: self.inbox.put(Ended(result_id)))
        self._thread = threading.Thread(target=daemon.run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is None:
            return
        self.inbox.put(Stop())
        self._thread.join(5)
        assert not self._thread.is_alive()
        self._thread = None
        self.journal.close()

    def restart(self, runtime: FakeRuntime | None = None) -> None:
        """A new process with the same disk and the same engine."""
        self.stop()
        self.runtime.close()
        self.runtime = runtime or FakeRuntime(engine=self.engine)
        self.start()

    def connect(self) -> None:
        self.socket.is_connected = True
        self.inbox.put(SocketUp())

    def disconnect(self) -> None:
        self.socket.is_connected = False
        self.inbox.put(SocketDown())

    def starts(self) -> list[int]:
        return [spec.result_id for spec in self.runtime.started]

    def _announce(self, facts: RunFacts, status: Any) -> None:
        self.socket.send(
            NodeStatusChange(
                status.value, facts.result_id, facts.task_id, 1, 7, 1, facts.parent_id
            )
        )


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.stop()
