"""A bar that says how many runs of a task have ended; nothing outside of terminal and notebook."""

import sys
from typing import Any

_FORMAT = "{desc} |{bar}| {n_fmt} of {total_fmt} runs, {elapsed}"
_FORMAT_OF_UNKNOWN = "{desc}, {elapsed}"


class Progress:
    """A bar that disappears at the end.

    Parameters
    ----------
    task_id
        The task.
    """

    def __init__(self, task_id: int) -> None:
        self._task_id = task_id
        self._bar: Any = None
        self.is_shown = sys.stderr.isatty() or _in_notebook()

    def show(self, status: str, finished: int | None, total: int | None) -> None:
        """Say how far the task is; `finished` and `total` are None when that is not known."""
        if not self.is_shown:
            return
        is_counted = finished is not None and bool(total)
        if self._bar is None:
            bar_format = _FORMAT if is_counted else _FORMAT_OF_UNKNOWN
            self._bar = _bar_class()(
                total=total, bar_format=bar_format, leave=False, dynamic_ncols=True
            )
        self._bar.n = finished or 0
        self._bar.set_description_str(f"task {self._task_id}: {status}", refresh=False)
        self._bar.refresh()

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.close()


def _in_notebook() -> bool:
    # Who works in a notebook has imported IPython; nobody else pays for it.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config


def _bar_class() -> Any:
    from tqdm.auto import tqdm

    class Bar(tqdm):  # type: ignore[type-arg]  # one of several classes, by where it runs
        # The library's own watching thread would outlive the bar.
        monitor_interval = 0

    return Bar
