"""Organizations of a mock: their data, and the variables that the owners of their nodes set."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vantage6.common.errors import InvalidInput
from vantage6.tools.exceptions import InputError
from vantage6.tools.surroundings import Data, Databases


@dataclass(frozen=True, slots=True)
class Site:
    """An organization with its node.

    Parameters
    ----------
    organization_id, node_id
        Their ids.
    databases
        Data by label; the first one is that of tasks that name none.
    environment
        Variables that its owner sets (``algorithm_env``).
    """

    organization_id: int
    node_id: int
    databases: Mapping[str, Data]
    environment: Mapping[str, str] = field(default_factory=dict)

    def opened(self, input_: Any) -> Databases:
        """The databases that an input asks for, the first when it names none, as at a node.

        They are copied when they are read.

        Raises
        ------
        InputError
            When there is none of that label.
        """
        return Databases([self._reader(label) for label in self._labels(input_)])

    def _labels(self, input_: Any) -> list[str]:
        asked = input_.get("databases") if isinstance(input_, dict) else None
        if not asked:
            return list(self.databases)[:1]
        labels = [one["label"] if isinstance(one, dict) else one for one in asked]
        if not self.databases.keys() >= set(labels):
            raise InputError(f"the mock has the databases {', '.join(self.databases)}")
        return labels

    def _reader(self, label: str) -> Callable[[], Data]:
        return lambda: copy.deepcopy(self.databases[label])


def environments(
    given: Mapping[str, object] | Sequence[Mapping[str, object]] | None, count: int
) -> list[dict[str, str]]:
    """Variables per site, from those of all sites or one set per site.

    Raises
    ------
    InvalidInput
        When there is not one set per site.
    """
    sets = [given or {}] * count if given is None or isinstance(given, Mapping) else list(given)
    if len(sets) != count:
        raise InvalidInput(f"environment has {len(sets)} entries for {count} data sets")
    return [{name: str(value) for name, value in one.items()} for one in sets]
