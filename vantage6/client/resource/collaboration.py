"""Collaborations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import SubClient
from vantage6.common.errors import InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class Collaboration(SubClient):
    """Organizations that analyse together."""

    def list(
        self,
        scope: str = "organization",
        name: str | None = None,
        encrypted: bool | None = None,
        organization: int | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
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
        include_metadata
            See `SubClient`.
        **selection
            See `SubClient`.
        """
        if scope == "organization":
            own = self._connection.user.organization_id
            return self._list(f"organization/{own}/collaboration", selection)
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
        )

    def get(self, id_: int, **fields: "Unpack[Fields]") -> Json:
        """One collaboration."""
        return self._get(f"collaboration/{id_}", fields)

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
            See `SubClient`.
        """
        body = {"name": name, "organization_ids": [*organizations], "encrypted": encrypted}
        return self._post("collaboration", body, fields)
