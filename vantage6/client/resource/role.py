# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Roles."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import ListClient, given
from vantage6.client.spelling import also_as

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class Role(ListClient):
    """Named sets of rules."""

    @also_as(organization_id="organization")
    def list(
        self,
        name: str | None = None,
        description: str | None = None,
        organization: int | None = None,
        rule: int | None = None,
        user: int | None = None,
        include_root: bool | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Roles.

        Parameters
        ----------
        name, description
            With ``%`` for any text.
        organization, rule, user
            Only those of it, that hold it, or that it has.
        include_root
            Also the roles that belong to no organization.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        return self._list(
            "role",
            selection,
            include_metadata,
            name=name,
            description=description,
            organization_id=organization,
            rule_id=rule,
            user_id=user,
            include_root=include_root,
            page=page,
            per_page=per_page,
            sort=sort,
        )

    @also_as(id="id_", role="id_")
    def get(self, id_: int, **fields: "Unpack[Fields]") -> Json:
        """One role."""
        return self._get(f"role/{id_}", fields)

    @also_as(organization_id="organization")
    def create(
        self,
        name: str,
        description: str,
        rules: Sequence[int],
        organization: int | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Create a role of an organization, your own by default, from ids of rules."""
        body = {
            "name": name,
            "description": description,
            "rules": [*rules],
            "organization_id": self._own_organization(organization),
        }
        return self._post("role", body, fields)

    @also_as(id="role", id_="role")
    def update(
        self,
        role: int,
        name: str | None = None,
        description: str | None = None,
        rules: Sequence[int] | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Change what is given of a role."""
        body = given(name=name, description=description, rules=rules)
        return self._patch(f"role/{role}", body, fields)

    @also_as(id="role", id_="role")
    def delete(self, role: int) -> Json:
        """Remove a role."""
        return self._delete(f"role/{role}")
