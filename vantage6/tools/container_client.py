"""The client of the classic tutorial, which wrappers give to central functions by default."""

from collections.abc import Sequence
from typing import Any

from vantage6.tools.proxy_session import Json, ProxySession


class ContainerClient(ProxySession):
    """Asks other organizations, through the proxy of the node.

    It raises our errors: nothing is answered as ``{"msg": …}``, and no failed sub-task is left out
    in silence.
    """

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

    def post_task(
        self,
        name: str,
        image: str,
        collaboration_id: int,
        input_: Any = "",
        description: str = "",
        organization_ids: Sequence[int] | None = None,
        database: str = "default",
    ) -> Json:
        """Post a task; the server refuses what differs from this run in image or collaboration."""
        return self.post_subtask(
            input_,
            organization_ids or [],
            name,
            description,
            image=image,
            collaboration_id=collaboration_id,
            database=database,
        )

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

    def get_other_node_ip_and_port(self, task_id: int) -> list[dict[str, Any]]:
        """``{"ip", "port"}`` of each port, as algorithms of 3.0 ask for them."""
        return [
            {"ip": address["ip"], "port": address["port"]}
            for address in self.get_algorithm_addresses(task_id)
        ]
