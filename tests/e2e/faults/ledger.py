"""What was asked for, what was done to it, and whether each run ended as it must."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any


@dataclass(frozen=True)
class Asked:
    """What a task does: give its value back after some seconds, or fail after them."""

    value: int
    seconds: float
    fails: bool


@dataclass
class Ledger:
    """Everything that a run may be judged by.

    `members` are the organizations in the order of their nodes; `node_kills` are pairs of an
    organization and a time; a container that was killed is known by the result it was to give.
    """

    members: list[int]
    asked: dict[int, Asked] = field(default_factory=dict)
    killed_tasks: set[int] = field(default_factory=set)
    killed_containers: set[int] = field(default_factory=set)
    node_kills: list[tuple[int, datetime]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    def explains(self, row: dict[str, Any]) -> bool:
        """Whether a run ended with the right result or for a reason that was really there."""
        asked, log = self.asked[row["task"]["id"]], row["log"] or ""
        first = log.splitlines()[0] if log else ""
        match row["status"]:
            case "completed":
                return not asked.fails and row["result"] == {"value": asked.value}
            case "crashed":
                was_killed = row["id"] in self.killed_containers and "exit code 137" in first
                return was_killed or (asked.fails and "exit code 3" in first)
            case "killed by user":
                return row["task"]["id"] in self.killed_tasks
            case "unknown error":
                return "no run is started twice" in first and self._node_was_killed(row)
        return False

    def _node_was_killed(self, row: dict[str, Any]) -> bool:
        start, end = (_time(row[name]) for name in ("assigned_at", "finished_at"))
        organization = row["organization"]["id"]
        return any(who == organization and start <= at <= end for who, at in self.node_kills)


def now() -> datetime:
    """The present time, as rows have it."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
