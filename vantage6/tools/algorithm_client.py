"""Clients for central functions, which run in a container and speak to the proxy of the node.

`ContainerClient` has the methods of the classic tutorial; `AlgorithmClient` groups them by noun.
Both raise our errors: nothing is answered as ``{"msg": …}``, and no failed sub-task is left out in
silence.
"""

import time
from collections.abc import Sequence
from typing import Any

from vantage6.common.waiting import Pause
from vantage6.tools.proxy_session import Json, ProxySession

__all__ = ["AlgorithmClient", "ContainerClient"]


class ContainerClient(ProxySession):
    """The client of the classic tutorial, and the one that wrappers give by default."""

    def create_new_task(self, input_: Any, organization_ids: Sequence[int] | None = None) -> Json:
        """Ask organizations of the collaboration to run a function of this same image.

        Parameters
        ----------
        input_
            ``{"method": …, "kwargs": {…}}``; the prefix ``RPC_`` is added where it is run.
        organization_ids
            Who has to run it.

        Returns
        -------
        dict
            The task.
        """
        return self.post_subtask(input_, organization_ids or [], "subtask", None)

    def get_task(self, task_id: int) -> Json:
        """A task; ``complete`` says whether all its runs have ended."""
        return self.read_task(task_id)

    def get_results(self, task_id: int) -> list[Any]:
        """What the runs of a task returned; runs that have not ended yet are left out.

        Raises
        ------
        RunFailed
            When a run ended without a result.
        """
        return self.read_results(task_id)

    def get_organizations_in_my_collaboration(self) -> list[Json]:
        """The organizations that take part."""
        return list(self._api.get(f"collaboration/{self.collaboration_id}/organization"))

    def get_algorithm_addresses(self, task_id: int) -> list[dict[str, Any]]:
        """``{"ip", "port", "label"}`` of each port that the runs of a task offer over the VPN."""
        return [
            {"ip": run["node"]["ip"], "port": port["port"], "label": port["label"]}
            for run in self._api.get(f"task/{task_id}/result")
            for port in run["ports"]
        ]

    def get_algorithm_address_by_label(self, task_id: int, label: str) -> str | None:
        """``ip:port`` of the first port with that label."""
        for address in self.get_algorithm_addresses(task_id):
            if address["label"] == label:
                return f"{address['ip']}:{address['port']}"
        return None


class AlgorithmClient(ProxySession):
    """The client with one group of methods per noun; ``use_new_client=True`` gives it."""

    def __init__(
        self,
        token: str,
        host: str,
        port: int | str | None = None,
        path: str = "",
        *,
        pause: Pause = time.sleep,
    ) -> None:
        super().__init__(token, host, port, path, pause=pause)
        self.task = self.Task(self)
        self.result = self.Result(self)
        self.organization = self.Organization(self)
        self.collaboration = self.Collaboration(self)
        self.node = self.Node(self)

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

        def get(self, task_id: int) -> list[Any]:
            """Results of a task; runs that have not ended yet are left out.

            Raises
            ------
            RunFailed
                When a run ended without a result.
            """
            return self.parent.read_results(task_id)

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
