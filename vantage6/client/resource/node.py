# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Nodes."""

from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import ListClient, given
from vantage6.client.spelling import also_as

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection

_STATUS = {None: None, True: "online", False: "offline"}


class Node(ListClient):
    """Machines that run algorithms for one organization in one collaboration."""

    @also_as(id="id_")
    def get(self, id_: int, **fields: "Unpack[Fields]") -> Json:
        """One node."""
        return self._get(f"node/{id_}", fields)

    @also_as(organization_id="organization", collaboration_id="collaboration")
    def list(
        self,
        name: str | None = None,
        organization: int | None = None,
        collaboration: int | None = None,
        is_online: bool | None = None,
        ip: str | None = None,
        last_seen_from: str | None = None,
        last_seen_till: str | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Nodes.

        Parameters
        ----------
        name
            With ``%`` for any text.
        organization, collaboration
            Only those of it.
        is_online, ip
            Only those that are, or have that address.
        last_seen_from, last_seen_till
            Times in ISO form, UTC.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        return self._list(
            "node",
            selection,
            include_metadata,
            name=name,
            organization_id=organization,
            collaboration_id=collaboration,
            status=_STATUS[is_online],
            ip=ip,
            last_seen_from=last_seen_from,
            last_seen_till=last_seen_till,
            page=page,
            per_page=per_page,
            sort=sort,
        )

    @also_as(organization_id="organization", collaboration_id="collaboration")
    def create(
        self,
        collaboration: int | None = None,
        organization: int | None = None,
        name: str | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Register a node.

        Parameters
        ----------
        collaboration
            In which it works; by default that of `Client.setup_collaboration`.
        organization
            For which it works; your own by default.
        name
            By default one made of the two names.
        **fields
            See `ListClient`.

        Returns
        -------
        dict
            The node with its ``api_key``, which is shown this once.
        """
        body = {
            "organization_id": self._own_organization(organization),
            "collaboration_id": self._own_collaboration(collaboration),
            "name": name,
        }
        return self._post("node", body, fields)

    @also_as(id="id_", organization_id="organization", collaboration_id="collaboration")
    def update(
        self,
        id_: int,
        name: str | None = None,
        organization: int | None = None,
        collaboration: int | None = None,
        clear_ip: bool | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Change what is given of a node; `clear_ip` forgets its address in the VPN."""
        body = given(
            name=name,
            organization_id=organization,
            collaboration_id=collaboration,
            clear_ip=clear_ip,
        )
        return self._patch(f"node/{id_}", body, fields)

    @also_as(id="id_")
    def delete(self, id_: int) -> Json:
        """Remove a node; its API key is worthless then."""
        return self._delete(f"node/{id_}")

    @also_as(id="id_")
    def kill_tasks(self, id_: int) -> Json:
        """Stop all that runs at a node."""
        return self._post("kill/node/tasks", {"id": id_})
