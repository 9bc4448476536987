"""Keeps texts out of the log of a run that nobody wrote for it: they may hold data.

Libraries name columns and values in warnings, and Python shows the text of an exception that ends
a thread. Of both only the type and the place are shown.
"""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from vantage6.tools.dispatch import describe
from vantage6.tools.util import error, warn


@contextmanager
def texts_kept_out() -> Iterator[None]:
    """Show warnings, failures of threads and of finalizers by type and place while inside."""
    before = threading.excepthook, sys.unraisablehook
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        threading.excepthook = _show_failure_of_thread
        sys.unraisablehook = _show_unraisable
        try:
            yield
        finally:
            threading.excepthook, sys.unraisablehook = before


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


def _show_unraisable(failure: "sys.UnraisableHookArgs") -> None:
    if failure.exc_value is not None:
        error(f"an exception was ignored: {describe(failure.exc_value)}")
