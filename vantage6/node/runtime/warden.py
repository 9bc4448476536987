"""Ends runs that take longer, or write more, than they may, where no kernel does it.

The time of a run counts from the start of its container, over restarts of the node. What a run
writes is measured now and then, so a fast one gets somewhat beyond its limit before it ends.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from vantage6.common.errors import RuntimeUnavailable

log = logging.getLogger(__name__)

_STOP_LIMIT_S = 5.0
_LONGEST_PAUSE_S = 1.0
_ROUNDING_BYTES = 2**20  # a file that is exactly as large as it may be has its last block whole


class Warden:
    """One thread that looks after the limits of all runs of a node.

    Parameters
    ----------
    seconds, disk_bytes
        The limits; None is none.
    kill
        Ends a run.
    written
        Bytes that each run has on the disk of the host.
    look_s
        How often that is measured.
    """

    def __init__(
        self,
        seconds: float | None,
        disk_bytes: int | None,
        kill: Callable[[int], None],
        written: Callable[[], Mapping[int, int]],
        look_s: float,
    ) -> None:
        self._seconds = seconds
        self._disk_bytes = disk_bytes
        self._kill = kill
        self._written = written
        self._look_s = look_s
        self._began: dict[int, float] = {}
        self._reasons: dict[int, str] = {}
        self._changed = threading.Condition()
        self._is_closing = False
        self._thread: threading.Thread | None = None

    def watch(self, result_id: int, age_s: float = 0.0) -> None:
        """Look after a run that has been running for so many seconds."""
        with self._changed:
            self._began[result_id] = time.monotonic() - age_s
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="warden", daemon=True)
                self._thread.start()
            self._changed.notify()

    def leave(self, result_id: int) -> None:
        """Look after a run no more, since it has ended; why it was ended stays known."""
        with self._changed:
            self._began.pop(result_id, None)

    def forget(self, result_id: int) -> None:
        """Forget a run."""
        with self._changed:
            self._began.pop(result_id, None)
            self._reasons.pop(result_id, None)

    def reason(self, result_id: int) -> str | None:
        """Which limit ended a run, in words that are safe to show; None when it was none."""
        return self._reasons.get(result_id)

    def stop(self) -> None:
        """End; runs go on without a limit until they are adopted."""
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_STOP_LIMIT_S)

    def _run(self) -> None:
        look_at = time.monotonic() + self._look_s
        while self._wait(look_at):
            self._end_all(self._overdue())
            if self._disk_bytes and time.monotonic() >= look_at:
                self._end_all(self._too_large(self._disk_bytes))
                look_at = time.monotonic() + self._look_s

    def _wait(self, look_at: float) -> bool:
        """Wait until there may be something to do; False when it is time to stop."""
        with self._changed:
            while not self._is_closing:
                times = list(self._began.values()) if self._seconds is not None else []
                due = [began + (self._seconds or 0) for began in times]
                if self._began and self._disk_bytes:
                    due.append(look_at)
                remaining = min(due) - time.monotonic() if due else None
                if remaining is not None and remaining <= 0:
                    return True
                self._changed.wait(remaining)
        return False

    def _overdue(self) -> dict[int, str]:
        if self._seconds is None:
            return {}
        reason = f"time limit of {_in_words(self._seconds)}"
        with self._changed:
            oldest = time.monotonic() - self._seconds
            return {run: reason for run, began in self._began.items() if began <= oldest}

    def _too_large(self, limit: int) -> dict[int, str]:
        try:
            written = self._written()
        except (RuntimeUnavailable, OSError) as error:
            log.warning("what the algorithms write cannot be measured: %s", error)
            return {}
        reason = f"disk limit of {limit // 10**6} MB"
        with self._changed:
            known = self._began.keys() & written.keys()
        return {run: reason for run in known if written[run] > limit + _ROUNDING_BYTES}

    def _end_all(self, runs: Mapping[int, str]) -> None:
        for result_id, reason in runs.items():
            self._reasons[result_id] = reason
            try:
                log.warning("ending result=%s: %s", result_id, reason)
                self._kill(result_id)
            except RuntimeUnavailable as error:
                log.warning("result=%s cannot be ended now: %s", result_id, error)
                self._delay()
            else:
                self.leave(result_id)

    def _delay(self) -> None:
        with self._changed:
            if not self._is_closing:
                self._changed.wait(min(self._look_s, _LONGEST_PAUSE_S))


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
