# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Users."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import ListClient, given
from vantage6.client.spelling import also_as

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class User(ListClient):
    """People who log in."""

    @also_as(organization_id="organization")
    def list(
        self,
        username: str | None = None,
        organization: int | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        email: str | None = None,
        role: int | None = None,
        rule: int | None = None,
        last_seen_from: str | None = None,
        last_seen_till: str | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Users.

        Parameters
        ----------
        username, firstname, lastname, email
            With ``%`` for any text.
        organization, role, rule
            Only those of it, or who have it.
        last_seen_from, last_seen_till
            Times in ISO form, UTC.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        return self._list(
            "user",
            selection,
            include_metadata,
            username=username,
            organization_id=organization,
            firstname=firstname,
            lastname=lastname,
            email=email,
            role_id=role,
            rule_id=rule,
            last_seen_from=last_seen_from,
            last_seen_till=last_seen_till,
            page=page,
            per_page=per_page,
            sort=sort,
        )

    @also_as(id="id_")
    def get(self, id_: int | None = None, **fields: "Unpack[Fields]") -> Json:
        """One user, yourself by default."""
        return self._get(f"user/{self._own_id(id_)}", fields)

    @also_as(organization_id="organization")
    def create(
        self,
        username: str,
        firstname: str,
        lastname: str,
        password: str,
        email: str,
        organization: int | None = None,
        roles: Sequence[int] = (),
        rules: Sequence[int] = (),
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Create a user.

        Parameters
        ----------
        username, firstname, lastname, password, email
            Who it is.
        organization
            Your own by default.
        roles, rules
            Ids of what it may do; you can give only what you have.
        **fields
            See `ListClient`.
        """
        body = {
            "username": username,
            "firstname": firstname,
            "lastname": lastname,
            "password": password,
            "email": email,
            "organization_id": organization,
            "roles": [*roles],
            "rules": [*rules],
        }
        return self._post("user", body, fields)

    @also_as(id="id_", organization_id="organization")
    def update(
        self,
        id_: int | None = None,
        firstname: str | None = None,
        lastname: str | None = None,
        organization: int | None = None,
        rules: Sequence[int] | None = None,
        roles: Sequence[int] | None = None,
        email: str | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Change what is given of a user, yourself by default; the organization stays what it is.

        A server refuses another `organization`: rights that were given in one must not go along.
        """
        body = given(
            firstname=firstname,
            lastname=lastname,
            organization_id=organization,
            rules=rules,
            roles=roles,
            email=email,
        )
        return self._patch(f"user/{self._own_id(id_)}", body, fields)

    @also_as(id="id_")
    def delete(self, id_: int) -> Json:
        """Remove a user; what it started stays."""
        return self._delete(f"user/{id_}")

    def _own_id(self, id_: int | None) -> int:
        return self._connection.user.id_ if id_ is None else id_
