"""The client with one group of methods per noun; ``use_new_client=True`` gives it.

It has the methods of 3.8 to 3.11 and, beside them, those of 4.x. What means two things in the two
lines means that of 3.x here; functions with ``@algorithm_client`` get
`vantage6.tools.decorated_client`, where it means that of 4.x.
"""

import time
from collections.abc import Sequence
from typing import Any, NoReturn

from vantage6.common.api_session import ApiSession
from vantage6.common.waiting import Pause
from vantage6.tools.container_client import ContainerClient
from vantage6.tools.exceptions import ClientError
from vantage6.tools.proxy_session import Json, ProxySession

__all__ = ["AlgorithmClient", "ContainerClient"]

_PAYLOADS = ("input", "result")


class AlgorithmClient(ProxySession):
    """Asks other organizations, through the proxy of the node.

    It raises our errors: nothing is answered as ``{"msg": …}``, and no failed sub-task is left out
    in silence.
    """

    def __init__(
        self,
        token: str,
        host: str,
        port: int | str | None = None,
        path: str = "",
        *,
        pause: Pause = time.sleep,
        api: ApiSession | None = None,
    ) -> None:
        super().__init__(token, host, port, path, pause=pause, api=api)
        self.node_id = self.host_node_id
        self.databases = self._labelled_databases()
        self.study_id = self.store_id = None
        self.task = self.Task(self)
        self.result = self.Result(self)
        self.run = self.Run(self)
        self.vpn = self.Vpn(self)
        self.organization = self.Organization(self)
        self.collaboration = self.Collaboration(self)
        self.node = self.Node(self)
        self.study = self.Absent(self, "studies are")
        self.store = self.Absent(self, "algorithm stores are")

    def _labelled_databases(self) -> list[Json]:
        named = self._named_databases or ([self.database] if self.database else [])
        return [one if isinstance(one, dict) else {"label": one} for one in named]

    class SubClient:
        """Methods about one noun."""

        def __init__(self, parent: "AlgorithmClient") -> None:
            self.parent = parent

    class Task(SubClient):
        """Tasks of this collaboration."""

        def create(
            self,
            input_: Any,
            organization_ids: Sequence[int] | None = None,
            name: str = "subtask",
            description: str | None = None,
            *,
            organizations: Sequence[int] | None = None,
        ) -> Json:
            """Ask organizations to run a function of this same image; see `ContainerClient`.

            `organizations` is another name of `organization_ids`.
            """
            ids = organization_ids or organizations or []
            return self.parent.post_subtask(input_, ids, name, description)

        def get(self, task_id: int) -> Json:
            """A task; ``complete`` says whether all its runs have ended."""
            return self.parent.read_task(task_id)

    class Result(SubClient):
        """What runs returned."""

        def get(self, task_id: int | None = None, *, id_: int | None = None) -> Any:
            """Results of a task; with `id_`, as in 4.x, the result of that one run.

            Runs that have not ended yet are left out; None for a single one.

            Raises
            ------
            RunFailed
                When a run ended without a result.
            """
            if task_id is None:
                return self.parent.read_result(_needed(id_, "task_id"))
            return self.from_task(task_id)

        def from_task(self, task_id: int) -> list[Any]:
            """Results of a task; runs that have not ended yet are left out.

            Raises
            ------
            RunFailed
                When a run ended without a result.
            """
            return self.parent.read_results(task_id)

    class Run(SubClient):
        """Status and times of runs; what they returned is in `Result`."""

        def get(self, id_: int) -> Json:
            """One run."""
            return _without_payloads(self.parent.request(f"result/{id_}"))

        def from_task(self, task_id: int) -> list[Json]:
            """The runs of a task."""
            runs = self.parent.request(f"task/{task_id}/result")
            return [_without_payloads(run) for run in runs]

    class Vpn(SubClient):
        """Where the ports of other runs are; each address says whose it is."""

        def get_addresses(
            self,
            only_children: bool = False,
            only_parent: bool = False,
            include_children: bool = False,
            include_parent: bool = False,
            label: str | None = None,
            *,
            only_siblings: bool = False,
            only_self: bool = False,
        ) -> list[Json]:
            """Addresses of this task, or of related ones.

            Returns
            -------
            list
                ``{"ip", "port", "label", "organization_id", "task_id", "parent_id"}``.
            """
            flags = {
                "only_children": only_children,
                "only_parent": only_parent,
                "include_children": include_children,
                "include_parent": include_parent,
            }
            # Published servers take any text for true, "False" as well.
            params = {**{name: 1 for name, flag in flags.items() if flag}, "label": label}
            answer = self.parent.request("vpn/algorithm/addresses", params=params)
            found: list[Json] = answer["addresses"]
            if not (only_siblings or only_self):
                return found
            own = self.parent.organization_id
            return [one for one in found if (one["organization_id"] == own) == only_self]

        def get_parent_address(self) -> list[Json]:
            """Addresses of the run that asked for this one."""
            return self.get_addresses(only_parent=True)

        def get_child_addresses(self) -> list[Json]:
            """Addresses of the runs that this one asked for."""
            return self.get_addresses(only_children=True)

        def get_sibling_addresses(self) -> list[Json]:
            """Addresses of the runs of this task at other organizations."""
            return self.get_addresses(only_siblings=True)

        def get_own_address(self) -> list[Json]:
            """Addresses of this run."""
            return self.get_addresses(only_self=True)

    class Organization(SubClient):
        """Organizations that take part."""

        def get(self, id_: int) -> Json:
            """One organization."""
            return self.parent.request(f"organization/{id_}")

        def list(self) -> Json:
            """All of this collaboration."""
            return self.parent.request(
                "organization", params={"collaboration_id": self.parent.collaboration_id}
            )

    class Collaboration(SubClient):
        """The collaboration of this run."""

        def get(self) -> Json:
            """It."""
            return self.parent.request(f"collaboration/{self.parent.collaboration_id}")

    class Node(SubClient):
        """The node of this run."""

        def get(self) -> Json:
            """It."""
            return self.parent.request(f"node/{self.parent.host_node_id}")

    class Absent(SubClient):
        """What 4.x has and the 3.x line has not; says so when it is used."""

        def __init__(self, parent: "AlgorithmClient", what: str) -> None:
            super().__init__(parent)
            self._what = what

        def get(self, *args: Any, **kwargs: Any) -> NoReturn:
            """Not there.

            Raises
            ------
            ClientError
                Always.
            """
            del args, kwargs
            raise ClientError(f"{self._what} not part of vantage6 3.x")

        def list(self, *args: Any, **kwargs: Any) -> NoReturn:
            """Not there; see `get`."""
            self.get(*args, **kwargs)


def _needed(value: int | None, name: str) -> int:
    if value is None:
        raise ClientError(f"say which one: {name}=")
    return value


def _without_payloads(run: Json) -> Json:
    return {key: value for key, value in run.items() if key not in _PAYLOADS}
