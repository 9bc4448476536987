"""The disk of a node: which temporary folders of trees of tasks may go, and when.

A tree is all tasks that come from one task of a user; its folder is shared by all of its runs at
this node. Where a run of the tree is here, its folder stays whatever else is true.
"""

import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vantage6.node.run_files import RunFiles

log = logging.getLogger(__name__)
_DAY_S = 24 * 60 * 60
_MEASURE_LIMIT_S = 60


class TreeServer(Protocol):
    """Where trees are known."""

    def tree_has_ended(self, run_id: int) -> bool:
        """Whether no further task can join a tree."""
        ...


@dataclass(frozen=True, slots=True)
class Keep:
    """How long, and how much, of trees that have not ended is kept; None is for ever and all."""

    days: float | None = None
    total_bytes: int | None = None


class Housekeeping:
    """Removes the temporary folders that nobody needs any more.

    Parameters
    ----------
    files
        Where the folders are.
    server
        Knows which trees have ended.
    keep
        See there.
    clock
        Seconds since 1970, as files have them.
    """

    def __init__(
        self,
        files: RunFiles,
        server: TreeServer,
        keep: Keep,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._files = files
        self._server = server
        self._keep = keep
        self._clock = clock

    def sweep(self, trees_in_use: frozenset[int]) -> None:
        """Remove what has ended, then what is too old, then the oldest of what is too much."""
        idle = [i for i in self._files.trees() - trees_in_use if not self._removed_with_tree(i)]
        idle.sort(key=self._files.last_use)
        young = [run_id for run_id in idle if not self._removed_by_age(run_id)]
        self._remove_too_much(young)

    def _removed_with_tree(self, run_id: int) -> bool:
        has_ended = self._server.tree_has_ended(run_id)
        if has_ended:
            self._files.remove_tree(run_id)
        return has_ended

    def _removed_by_age(self, run_id: int) -> bool:
        if self._keep.days is None:
            return False
        is_old = self._clock() - self._files.last_use(run_id) > self._keep.days * _DAY_S
        if is_old:
            log.warning(
                "the temporary folder of run_id=%s was not used for %g days and is removed",
                run_id,
                self._keep.days,
            )
            self._files.remove_tree(run_id)
        return is_old

    def _remove_too_much(self, oldest_first: list[int]) -> None:
        if self._keep.total_bytes is None:
            return
        total = self._bytes(*self._files.trees())
        for run_id in oldest_first:
            if total <= self._keep.total_bytes:
                return
            total -= self._bytes(run_id)
            log.warning(
                "temporary folders take too much room: that of run_id=%s is removed", run_id
            )
            self._files.remove_tree(run_id)

    def _bytes(self, *run_ids: int) -> int:
        """What folders take on the disk; `du` minds neither depth nor odd names."""
        if not run_ids:
            return 0
        folders = [str(self._files.tree_folder(run_id)) for run_id in run_ids]
        done = subprocess.run(  # noqa: S603  # numbers make these paths
            ["du", "-s", "-x", "-B1", "-c", "--", *folders],  # noqa: S607
            capture_output=True,
            text=True,
            check=False,  # it says what it could read even when a part is closed to it
            timeout=_MEASURE_LIMIT_S,
        )
        lines = done.stdout.splitlines()
        return int(lines[-1].split()[0]) if lines else 0
