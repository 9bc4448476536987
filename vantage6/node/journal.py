"""Durable memory of runs: which were ever begun, and outcomes that wait for the server.

An entry is written *before* a container is started and forgotten only after the server has
acknowledged the outcome. So whatever stops the node, a run is begun at most once and its outcome
is not lost. There is one journal per identity at a server (see `journal_file`): a node that moves
to another server must not take the ids of the old one for those of the new.
"""

import hashlib
import os
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from vantage6.common.status import TaskStatus
from vantage6.node.runs import RunFacts

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    result_id INTEGER PRIMARY KEY,
    task_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    parent_id INTEGER,
    public_key TEXT NOT NULL DEFAULT '',
    token_digest TEXT NOT NULL DEFAULT '',
    started_at TEXT,
    status TEXT,
    result TEXT,
    log TEXT,
    finished_at TEXT
)
"""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What has to be known about a run until it ends.

    `public_key` belongs to the organization that gets the result; `token_digest` recognizes the
    container's token (see `vantage6.node.proxy`); `started_at` is as it travels.
    """

    public_key: str
    token_digest: str
    started_at: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, as it is sent.

    `result` is a file with the encrypted or base64 text, since that can be large; None when there
    is no result.
    """

    status: TaskStatus
    finished_at: str
    log: str = field(repr=False)
    result: Path | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the journal."""

    facts: RunFacts
    has_ended: bool


def journal_file(folder: Path, server: str, api_key: str) -> Path:
    """File of the journal for one identity; the key cannot be read back from its name."""
    identity = hashlib.sha256(f"{server}\n{api_key}".encode()).hexdigest()
    return folder / f"journal-{identity[:12]}.sqlite"


class Journal:
    """The journal in one SQLite file, readable by its owner only; may be used from any thread.

    Parameters
    ----------
    file
        Made when it is not there; its folder must be.
    """

    def __init__(self, file: Path) -> None:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        file.chmod(0o600)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(file, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}")
        with self._db:
            self._db.execute(_SCHEMA)

    def begin(self, facts: RunFacts, beginning: Beginning) -> None:
        """Remember that a run is about to be started; on disk when this returns."""
        values = (
            facts.result_id,
            facts.task_id,
            facts.run_id,
            facts.parent_id,
            beginning.public_key,
            beginning.token_digest,
            beginning.started_at,
        )
        self._write(
            "INSERT INTO run (result_id, task_id, run_id, parent_id, public_key, token_digest, "
            "started_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def end(self, facts: RunFacts, outcome: Outcome) -> None:
        """Keep the outcome of a run, begun or not; on disk when this returns."""
        self._write(
            "INSERT INTO run (result_id, task_id, run_id, parent_id, status, result, log, "
            "finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (result_id) DO UPDATE SET "
            "status = excluded.status, result = excluded.result, log = excluded.log, "
            "finished_at = excluded.finished_at",
            (
                facts.result_id,
                facts.task_id,
                facts.run_id,
                facts.parent_id,
                outcome.status.value,
                outcome.result and str(outcome.result),
                outcome.log,
                outcome.finished_at,
            ),
        )

    def forget(self, result_id: int) -> None:
        """Drop a run that the server has acknowledged; forgetting the unknown is fine."""
        self._write("DELETE FROM run WHERE result_id = ?", (result_id,))

    def beginning(self, result_id: int) -> Beginning | None:
        """What was noted when a run was begun; None when it never was."""
        row = self._read("public_key, token_digest, started_at", result_id)
        return Beginning(*row) if row and row[2] else None

    def outcome(self, result_id: int) -> Outcome | None:
        """Outcome of a run; None when it has not ended."""
        row = self._read("status, finished_at, log, result", result_id)
        if row is None or not row[0]:
            return None
        status, finished_at, output_log, file = row
        result = Path(file) if file else None
        return Outcome(TaskStatus(status), finished_at, output_log, result)

    def entries(self) -> list[Entry]:
        """All runs, oldest first."""
        columns = "result_id, task_id, run_id, parent_id, status IS NOT NULL"
        with self._lock:
            rows = self._db.execute(f"SELECT {columns} FROM run ORDER BY result_id").fetchall()  # noqa: S608  # a constant
        return [Entry(RunFacts(*row[:4]), bool(row[4])) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _read(self, columns: str, result_id: int) -> tuple[str, ...] | None:
        with self._lock:
            found = self._db.execute(
                f"SELECT {columns} FROM run WHERE result_id = ?",  # noqa: S608  # constants
                (result_id,),
            )
            row: tuple[str, ...] | None = found.fetchone()
        return row

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock, self._db:
            self._db.execute(statement, values)
