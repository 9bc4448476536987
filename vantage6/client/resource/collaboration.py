# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Collaborations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import ListClient, given
from vantage6.client.spelling import also_as
from vantage6.common.errors import InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class Collaboration(ListClient):
    """Organizations that analyse together."""

    @also_as(organization_id="organization")
    def list(
        self,
        scope: str = "organization",
        name: str | None = None,
        encrypted: bool | None = None,
        organization: int | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Collaborations.

        Parameters
        ----------
        scope
            ``organization`` for a plain list of those of your organization, to which none of the
            other filters applies; ``global`` for all that you may see.
        name
            With ``%`` for any text.
        encrypted, organization
            Only those; `organization` is the id of a member.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        if scope == "organization":
            own = self._connection.user.organization_id
            return self._list(f"organization/{own}/collaboration", selection, sort=sort)
        if scope != "global":
            raise InvalidInput(f"unknown scope '{scope}'; use 'organization' or 'global'")
        return self._list(
            "collaboration",
            selection,
            include_metadata,
            name=name,
            encrypted=encrypted,
            organization_id=organization,
            page=page,
            per_page=per_page,
            sort=sort,
        )

    @also_as(id="id_")
    def get(self, id_: int | None = None, **fields: "Unpack[Fields]") -> Json:
        """One collaboration, by default that of `Client.setup_collaboration`."""
        return self._get(f"collaboration/{self._own_collaboration(id_)}", fields)

    @also_as(organization_ids="organizations")
    def create(
        self,
        name: str,
        organizations: Sequence[int],
        encrypted: bool = False,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Create a collaboration.

        Parameters
        ----------
        name
            Not yet taken.
        organizations
            Ids of the members.
        encrypted
            Whether only the organizations concerned can read inputs and results.
        **fields
            See `ListClient`.
        """
        body = {"name": name, "organization_ids": [*organizations], "encrypted": encrypted}
        return self._post("collaboration", body, fields)

    @also_as(id="id_", organization_ids="organizations")
    def update(
        self,
        id_: int | None = None,
        name: str | None = None,
        encrypted: bool | None = None,
        organizations: Sequence[int] | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Change what is given of a collaboration.

        Parameters
        ----------
        id_
            By default that of `Client.setup_collaboration`.
        name, encrypted
            As for `create`.
        organizations
            Ids of all members from now on.
        **fields
            See `ListClient`.
        """
        body = given(
            name=name,
            encrypted=encrypted,
            organization_ids=None if organizations is None else [*organizations],
        )
        return self._patch(f"collaboration/{self._own_collaboration(id_)}", body, fields)

    @also_as(id="id_")
    def delete(self, id_: int) -> Json:
        """Remove a collaboration with its nodes and tasks."""
        return self._delete(f"collaboration/{id_}")

    @also_as(organization_id="organization", collaboration_id="collaboration")
    def add_organization(self, organization: int, collaboration: int | None = None) -> Json:
        """Make an organization a member; all members are the answer.

        Parameters
        ----------
        organization
            Its id.
        collaboration
            By default that of `Client.setup_collaboration`.
        """
        return self._post(self._members(collaboration), {"id": organization})

    @also_as(organization_id="organization", collaboration_id="collaboration")
    def remove_organization(self, organization: int, collaboration: int | None = None) -> Json:
        """End the membership of an organization; the members that are left are the answer."""
        return self._delete(self._members(collaboration), {"id": organization})

    def _members(self, collaboration: int | None) -> str:
        return f"collaboration/{self._own_collaboration(collaboration)}/organization"
