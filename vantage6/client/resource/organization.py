# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Organizations."""

from typing import TYPE_CHECKING

from vantage6.client.connection import Json
from vantage6.client.resource.base import SubClient, given

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection


class Organization(SubClient):
    """Hospitals, universities and others that take part in collaborations."""

    def list(
        self,
        name: str | None = None,
        country: str | None = None,
        collaboration: int | None = None,
        page: int | None = None,
        per_page: int | None = None,
        include_metadata: bool = True,
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
        include_metadata
            See `SubClient`.
        **selection
            See `SubClient`.
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
        )

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
