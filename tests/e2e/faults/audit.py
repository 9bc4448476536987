"""Watches from outside how often a run is started and how often it ends.

The server's database gets a trigger that notes each change of a run that has ended or ends by it.
The engine tells each start of a container.
"""

import sqlite3
import threading
from collections import Counter
from pathlib import Path

import docker

_TRIGGER = """
CREATE TABLE audit (result_id INTEGER, was_over INTEGER);
CREATE TRIGGER audit_result AFTER UPDATE ON result
WHEN OLD.finished_at IS NOT NULL OR NEW.finished_at IS NOT NULL
BEGIN INSERT INTO audit VALUES (NEW.id, OLD.finished_at IS NOT NULL); END;
"""


class EndAudit:
    """Counts how often each run ended; `database` is the server's SQLite file."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._ask(_TRIGGER)

    def ends(self) -> Counter[int]:
        """By result id: 1 for a run that ended once and was never touched again."""
        return Counter(row[0] for row in self._ask("SELECT result_id FROM audit"))

    def _ask(self, statement: str) -> list[tuple[int, ...]]:
        db = sqlite3.connect(self._database, timeout=30)
        try:
            if statement is _TRIGGER:
                db.executescript(statement)
                return []
            return db.execute(statement).fetchall()
        finally:
            db.close()


class StartAudit:
    """Counts the starts of algorithm containers, by result id."""

    def __init__(self, nodes: list[str]) -> None:
        self._nodes = set(nodes)
        self._client = docker.from_env()
        filters = {"type": "container", "event": "start", "label": "vantage6-type=algorithm"}
        self._events = self._client.events(decode=True, filters=filters)
        self.starts: Counter[int] = Counter()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._events.close()
        self._thread.join(10)
        self._client.close()

    def _listen(self) -> None:
        for event in self._events:
            labels = event["Actor"]["Attributes"]
            if labels.get("node") in self._nodes:
                self.starts[int(labels["result_id"])] += 1
