"""What a side of an instance turns out to be, and looking at several sides at once."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, TimeoutError, wait
from dataclasses import dataclass

from vantage6.cli.exits import ExitStatus
from vantage6.cli.facts import Finding, Level

LIMIT_S = 9.0
"""Longest time that all checks of a doctor take together."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A finding, and how a command ends that cannot go on because of it."""

    finding: Finding
    status: ExitStatus = ExitStatus.DONE

    @property
    def is_error(self) -> bool:
        """Whether it keeps the instance from working."""
        return self.finding.level is Level.ERROR


Check = Callable[[], Iterable[Diagnosis]]
"""Looks at one side; waits for seconds at most, and raises only what nobody expects."""


def fine(about: str, text: str) -> Diagnosis:
    """Nothing has to be done."""
    return Diagnosis(Finding(about, Level.INFO, text, ""))


def doubt(about: str, text: str, remedy: str) -> Diagnosis:
    """It works, or may work, and could be better."""
    return Diagnosis(Finding(about, Level.WARNING, text, remedy))


def wrong(about: str, text: str, remedy: str, status: ExitStatus) -> Diagnosis:
    """It keeps the instance from working."""
    return Diagnosis(Finding(about, Level.ERROR, text, remedy), status)


def from_message(about: str, message: str, status: ExitStatus) -> Diagnosis:
    """An error whose message says, after its first semicolon, what to do about it."""
    text, _, remedy = message.partition("; ")
    return wrong(about, text, remedy, status)


def examine(checks: Mapping[str, Check], within_s: float = LIMIT_S) -> list[Diagnosis]:
    """Look at several sides at the same time.

    Parameters
    ----------
    checks
        By what they are about.
    within_s
        What is not there after this time is an error of its own; its thread is left alone, since
        nothing can end one that waits for a name server.

    Returns
    -------
    list of Diagnosis
        In the order of the checks.
    """
    looks = {about: _begin(about, check) for about, check in checks.items()}
    end = time.monotonic() + within_s
    wait(looks.values(), timeout=within_s)
    found: list[Diagnosis] = []
    for about, look in looks.items():
        try:
            found += look.result(max(0.0, end - time.monotonic()))
        except TimeoutError:
            found.append(_unanswered(about, within_s))
    return found


def first_status(found: Iterable[Diagnosis]) -> ExitStatus:
    """How a command ends after these: as the first error says."""
    return next((each.status for each in found if each.is_error), ExitStatus.DONE)


def _unanswered(about: str, within_s: float) -> Diagnosis:
    text = f"no answer within {within_s:.0f} s"
    remedy = "see whether it runs, and whether a firewall is between"
    return wrong(about, text, remedy, ExitStatus.UNREACHABLE)


def _begin(about: str, check: Check) -> Future[list[Diagnosis]]:
    # Not an executor: the interpreter would wait at its end for each of its threads.
    future: Future[list[Diagnosis]] = Future()

    def work() -> None:
        try:
            future.set_result(list(check()))
        except Exception as error:  # noqa: BLE001  # raised where the result is read
            future.set_exception(error)

    threading.Thread(target=work, name=f"doctor-{about}", daemon=True).start()
    return future
