"""Keeps texts out of the log of a run that nobody wrote for it: they may hold data.

Libraries name columns and values in warnings, and Python shows the text of an exception that ends
a thread or a process. Of these only the type and the place are shown.
"""

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

from vantage6.tools.dispatch import describe
from vantage6.tools.util import error, warn


@contextmanager
def texts_kept_out() -> Iterator[None]:
    """Show warnings, and failures of threads, processes and finalizers, by type and place."""
    before, run = (threading.excepthook, sys.unraisablehook), BaseProcess.run
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        threading.excepthook = _show_failure_of_thread
        sys.unraisablehook = _show_unraisable
        BaseProcess.run = _quiet(run)  # type: ignore[assignment, method-assign]  # no hook
        try:
            yield
        finally:
            threading.excepthook, sys.unraisablehook = before
            BaseProcess.run = run  # type: ignore[method-assign]  # as above


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del message, file, line
    warn(f"{category.__name__} in {Path(filename).name}, line {lineno}")


def _show_failure_of_thread(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None and not isinstance(failure.exc_value, SystemExit):
        error(f"a thread of the algorithm failed: {describe(failure.exc_value)}")


def _quiet(run: Callable[[BaseProcess], None]) -> Callable[[BaseProcess], None]:
    def quiet(process: BaseProcess) -> None:
        try:
            run(process)
        except Exception as problem:  # noqa: BLE001  # the main program of that process
            error(f"a process of the algorithm failed: {describe(problem)}")
            sys.exit(1)

    return quiet


def _show_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    if failure.exc_value is not None:
        error(f"an exception was ignored: {describe(failure.exc_value)}")
