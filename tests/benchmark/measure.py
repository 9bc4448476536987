"""Clocks and the table."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `ratio` is to the reference that the heading of its rows names."""

    what: str
    value: float
    unit: str
    ratio: float | None = None
    published: str = ""


def head(name: str) -> str:
    """Heading of the table of one benchmark."""
    return f"{name:52} {'value':>9} {'unit':5} {'ratio':>7}  3.11.1\n{'-' * 86}"


def line(row: Row) -> str:
    """A row as text."""
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    return f"{row.what:52} {row.value:9.4g} {row.unit:5} {ratio:>7}  {row.published}"


def seconds(call: Callable[[], object]) -> float:
    """Time on the wall that a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def median(call: Callable[[], object], count: int = 5) -> float:
    """Median of the times that a call takes, after a first one that is not counted."""
    call()
    return statistics.median(seconds(call) for _ in range(count))


def cpu_of_children(call: Callable[[], object]) -> float:
    """Seconds of processor time that processes use which a call starts and waits for."""
    before = os.times()
    call()
    after = os.times()
    return sum(after[2:4]) - sum(before[2:4])


def memory_mib(pid: int) -> float:
    """Memory of a process without its share of what it has in common with others (PSS)."""
    for text in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if text.startswith("Pss:"):
            return int(text.split()[1]) / 1024
    raise LookupError(f"the system does not say the memory of process {pid}")
