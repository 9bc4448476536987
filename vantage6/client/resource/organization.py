# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Organizations."""

from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import ListClient, given
from vantage6.client.spelling import also_as
from vantage6.common.errors import MethodNotAllowed

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class Organization(ListClient):
    """Hospitals, universities and others that take part in collaborations."""

    @also_as(collaboration_id="collaboration")
    def list(
        self,
        name: str | None = None,
        country: str | None = None,
        collaboration: int | None = None,
        page: int | None = None,
        per_page: int | None = None,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Organizations; all on one page unless a page is asked for.

        Parameters
        ----------
        name
            With ``%`` for any text.
        country
            Exact name.
        collaboration
            Only members of this collaboration.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        return self._list(
            "organization",
            selection,
            include_metadata,
            name=name,
            country=country,
            collaboration_id=collaboration,
            page=page,
            per_page=per_page,
            sort=sort,
        )

    @also_as(id="id_")
    def get(self, id_: int | None = None, **fields: "Unpack[Fields]") -> Json:
        """One organization, your own by default."""
        return self._get(f"organization/{self._own_organization(id_)}", fields)

    def create(
        self,
        name: str,
        address1: str | None = None,
        address2: str | None = None,
        zipcode: str | None = None,
        country: str | None = None,
        domain: str | None = None,
        public_key: str | None = None,
    ) -> Json:
        """Create an organization.

        Parameters
        ----------
        name
            Not yet taken.
        address1, address2, zipcode, country, domain
            As in an address book.
        public_key
            Base64 of a public key in PEM, as `RSACryptor` gives it.
        """
        body = given(
            name=name,
            address1=address1,
            address2=address2,
            zipcode=zipcode,
            country=country,
            domain=domain,
            public_key=public_key,
        )
        return self._post("organization", body)

    @also_as(id="id_")
    def update(
        self,
        id_: int | None = None,
        name: str | None = None,
        address1: str | None = None,
        address2: str | None = None,
        zipcode: str | None = None,
        country: str | None = None,
        domain: str | None = None,
        public_key: str | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Change what is given of an organization, your own by default."""
        body = given(
            name=name,
            address1=address1,
            address2=address2,
            zipcode=zipcode,
            country=country,
            domain=domain,
            public_key=public_key,
        )
        return self._patch(f"organization/{self._own_organization(id_)}", body, fields)

    @also_as(id="id_")
    def delete(self, id_: int) -> Json:
        """Remove an organization, where the server can.

        Raises
        ------
        MethodNotAllowed
            At servers of version 3, where users and results belong to their organization for good.
        """

        def ask() -> Json:
            try:
                return self._connection.api.delete(f"organization/{id_}")
            except MethodNotAllowed as error:
                raise MethodNotAllowed(
                    "this server does not remove organizations: their users, tasks and results "
                    "would have no owner. Take it out of its collaborations with "
                    f"collaboration.remove_organization({id_}, …) and remove its users"
                ) from error

        return self._connection.answer(ask)
