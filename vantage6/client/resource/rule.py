# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Rules."""

from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import ListClient
from vantage6.client.spelling import also_as

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class Rule(ListClient):
    """Single permissions: what may be done to what, and how far."""

    @also_as(id="id_")
    def get(self, id_: int, **fields: "Unpack[Fields]") -> Json:
        """One rule."""
        return self._get(f"rule/{id_}", fields)

    @also_as(role_id="role")
    def list(
        self,
        name: str | None = None,
        operation: str | None = None,
        scope: str | None = None,
        role: int | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Rules.

        Parameters
        ----------
        name
            Of what they are about, such as ``task``.
        operation, scope
            Such as ``VIEW`` and ``ORGANIZATION``.
        role
            Only those of this role.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        return self._list(
            "rule",
            selection,
            include_metadata,
            name=name,
            operation=operation,
            scope=scope,
            role_id=role,
            page=page,
            per_page=per_page,
            sort=sort,
        )
