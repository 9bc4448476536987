"""Answers the clients of a mock what the proxy of a node would answer."""

import re
from collections.abc import Callable
from typing import Any

import jwt

from vantage6.common.api_session import ApiSession, Query
from vantage6.common.errors import NotConfigured, NotFound
from vantage6.tools.mock_network import Json, MockNetwork, as_on_the_wire, link
from vantage6.tools.mock_site import Site

IMAGE, DATABASE = "mock_image", "mock_database"
HOST = "http://mock"
_KEY = "the token of a mock protects nothing"
_Answer = Callable[..., Any]


class MockApi(ApiSession):
    """A connection that ends in a `MockNetwork`.

    Parameters
    ----------
    network
        Where it ends.
    site
        The organization and node that the client is at.
    task_id
        The task of the run that asks; None for the client that an author makes.
    """

    def __init__(self, network: MockNetwork, site: Site, task_id: int | None = None) -> None:
        super().__init__(HOST, path="")
        self._network = network
        self._site = site
        self._task_id = task_id
        self._routes: list[tuple[str, str, _Answer]] = [
            ("POST", r"task", self._create),
            ("GET", r"task/(\d+)", network.task),
            ("GET", r"task/(\d+)/result", self._results),
            ("GET", r"result/(\d+)", network.run),
            ("GET", r"organization", self._organizations),
            ("GET", r"organization/(-?\d+)", self._organization),
            ("GET", r"collaboration/(\d+)", self._collaboration),
            ("GET", r"collaboration/\d+/organization", self._organizations),
            ("GET", r"node/(-?\d+)", self._node),
            ("GET", r"vpn/algorithm/addresses", self._vpn),
        ]

    def token_of_run(self) -> str:
        """The token that a container would have."""
        identity = {
            "client_type": "container",
            "node_id": self._site.node_id,
            "organization_id": self._site.organization_id,
            "collaboration_id": self._network.collaboration_id,
            "task_id": self._task_id,
            "image": IMAGE,
            "database": DATABASE,
        }
        return jwt.encode({"sub": identity}, _KEY)

    def request(
        self,
        method: str,
        endpoint: str,
        *,
        json: Any = None,
        params: Query | None = None,
        renew: bool = True,
    ) -> Any:
        """What the proxy would answer.

        Raises
        ------
        NotFound
            When a mock has no such route.
        """
        del params, renew
        for verb, pattern, answer in self._routes:
            found = re.fullmatch(pattern, endpoint.strip("/"), re.ASCII)
            if verb == method and found:
                given = [] if json is None else [json]
                return answer(*map(int, found.groups()), *given)
        raise NotFound(f"a mock has no answer to {method} {endpoint}")

    def _create(self, body: Json) -> Json:
        return self._network.create(body, self._site, self._task_id)

    def _results(self, task_id: int) -> list[Json]:
        return [as_on_the_wire(run) for run in self._network.task(task_id)["results"]]

    def _organizations(self) -> list[Json]:
        return [self._organization(id_) for id_ in self._network.sites]

    def _organization(self, id_: int) -> Json:
        if id_ not in self._network.sites:
            raise NotFound(f"there is no organization {id_}")
        return {"id": id_, "name": f"mock-{id_}", "domain": f"mock-{id_}.org"}

    def _collaboration(self, id_: int) -> Json:
        if id_ != self._network.collaboration_id:
            raise NotFound(f"there is no collaboration {id_}")
        return {
            "id": id_,
            "name": "mock-collaboration",
            "encrypted": True,
            "organizations": [link("organization", one) for one in self._network.sites],
        }

    def _node(self, id_: int) -> Json:
        for site in self._network.sites.values():
            if site.node_id == id_:
                return {
                    "id": id_,
                    "name": f"mock-node-{id_}",
                    "status": "online",
                    "ip": None,
                    "organization": link("organization", site.organization_id),
                    "collaboration": link("collaboration", self._network.collaboration_id),
                }
        raise NotFound(f"there is no node {id_}")

    def _vpn(self) -> None:
        raise NotConfigured(
            "a mock has no VPN: algorithms that speak to each other need the lab (vdev lab)"
        )
