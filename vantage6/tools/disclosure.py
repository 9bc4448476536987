"""Refuses answers that could point at single persons.

The owner of the node sets the limits in ``algorithm_env`` of its configuration::

    algorithm_env:
      MINIMUM_ROWS: 20
      MINIMUM_CELL_COUNT: 10

rows
    What one partial answer is computed from. An answer about fewer rows than the limit is refused:
    the run ends without a result.
cell count
    Number of rows in one cell of a table or histogram. Counts below the limit are left out. Zero
    is a count like any other here: that nobody of a group is in a cell says something of each.

A researcher cannot lower the limits: they are not read from the input of a task.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vantage6.tools.exceptions import EnvironmentVariableError, PrivacyThresholdViolation

MINIMUM_ROWS = "MINIMUM_ROWS"
MINIMUM_CELL_COUNT = "MINIMUM_CELL_COUNT"
"""Names of the variables."""


@dataclass(frozen=True, slots=True)
class DisclosureLimits:
    """What the owner of a node allows to leave the site.

    Parameters
    ----------
    minimum_rows
        Fewest rows that a partial answer may be computed from.
    minimum_cell_count
        Fewest rows in one cell that is shown.
    """

    minimum_rows: int = 10
    minimum_cell_count: int = 5

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "DisclosureLimits":
        """The limits of this node; those above where it sets none.

        Raises
        ------
        EnvironmentVariableError
            When a limit is not a whole number of 0 or more: nothing is computed then.
        """
        return cls(
            minimum_rows=_limit(environ, MINIMUM_ROWS, cls().minimum_rows),
            minimum_cell_count=_limit(environ, MINIMUM_CELL_COUNT, cls().minimum_cell_count),
        )

    def require_rows(self, rows: int) -> None:
        """Refuse an answer that is computed from too few rows.

        Raises
        ------
        PrivacyThresholdViolation
            When there are fewer than the limit. The message has no number of rows: the log of a
            run is not encrypted.
        """
        if rows < self.minimum_rows:
            raise PrivacyThresholdViolation(
                "this site has too few rows for this answer; its owner allows "
                f"{self.minimum_rows} or more ({MINIMUM_ROWS})"
            )

    def is_small(self, count: int) -> bool:
        """Whether a cell with this count may not be shown."""
        return count < self.minimum_cell_count

    def suppressed(self, counts: Iterable[int]) -> list[int | None]:
        """Counts of cells, with None in place of those that may not be shown."""
        return [None if self.is_small(count) else int(count) for count in counts]


def _limit(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal():
        raise EnvironmentVariableError(
            f"{name} of this node must be a whole number of 0 or more; ask its owner"
        )
    return int(text)
