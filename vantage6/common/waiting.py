"""Asks again and again until something is done, at growing intervals.

The client waits with it for a task, and so does an algorithm in a container. A question may itself
take long (the proxy of a node holds it back until there is news); no pause is added then.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from vantage6.common.errors import WaitTimeout

Answer = TypeVar("Answer")
Pause = Callable[[float], object]
"""Waits for that many seconds, or until something wakes it; `time.sleep` at its simplest."""

FIRST_S, LONGEST_S, GROWTH = 0.2, 2.0, 1.5


def wait_until(
    ask: Callable[[float | None], Answer],
    is_done: Callable[[Answer], bool],
    *,
    what: str = "it",
    timeout_s: float | None = None,
    interval_s: float | Iterable[float] | None = None,
    pause: Pause = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Answer:
    """The first answer that is done.

    Parameters
    ----------
    ask
        Gets the seconds that are left, None when there is no limit.
    is_done
        Whether an answer ends the waiting.
    what
        Name of what is waited for.
    timeout_s
        Longest time to wait; None for as long as it takes.
    interval_s
        Seconds between two questions, or those of each pause in turn, without end; by default they
        grow from 0.2 to 2.
    pause, clock
        How to wait and how to measure time.

    Raises
    ------
    WaitTimeout
        When the time is over; it is asked at least once.
    """
    start = clock()
    for interval in _intervals(interval_s):
        asked = clock()
        left = None if timeout_s is None else max(0.0, start + timeout_s - asked)
        answer = ask(left)
        if is_done(answer):
            return answer
        now = clock()
        rest = interval - (now - asked)
        if timeout_s is not None:
            rest = min(rest, start + timeout_s - now)
            if now - start >= timeout_s:
                break
        if rest > 0:
            pause(rest)
    raise WaitTimeout(f"{what} has not ended after {timeout_s:g} s; it goes on")


def _intervals(fixed_s: float | Iterable[float] | None) -> Iterator[float]:
    if isinstance(fixed_s, Iterable):
        yield from fixed_s
        return
    interval = FIRST_S if fixed_s is None else fixed_s
    while True:
        yield interval
        if fixed_s is None:
            interval = min(LONGEST_S, interval * GROWTH)
