"""What the groups of methods have in common."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vantage6.client.connection import Connection, Json
from vantage6.client.filters import Entry, pick, select
from vantage6.client.paging import NEWEST_FIRST, follow
from vantage6.common.errors import InvalidInput

if TYPE_CHECKING:
    from vantage6.client.filters import Fields, Selection

Body = dict[str, Any]
_PAGING = frozenset({"page", "include_metadata", "sort"})
_SELECTION = ("field", "fields", "filter_", "filters")


class SubClient:
    """Methods about one noun.

    Parameters
    ----------
    connection
        The server.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _get(self, endpoint: str, fields: "Fields | None" = None, **params: Any) -> Json:
        return picked(self._connection.request("GET", endpoint, params=params), fields)

    def _list(
        self,
        endpoint: str,
        selection: "Selection | None" = None,
        include_metadata: bool = False,
        **params: Any,
    ) -> Json:
        include = [*params.pop("include", ()), *(["metadata"] if include_metadata else ())]
        answer = self._connection.request("GET", endpoint, params={**params, "include": include})
        return selected(answer, selection)

    def _post(self, endpoint: str, body: Body, fields: "Fields | None" = None) -> Json:
        return picked(self._connection.request("POST", endpoint, json=body), fields)

    def _patch(self, endpoint: str, body: Body, fields: "Fields | None" = None) -> Json:
        return picked(self._connection.request("PATCH", endpoint, json=body), fields)

    def _delete(self, endpoint: str, body: Body | None = None) -> Json:
        return self._connection.request("DELETE", endpoint, json=body)

    def _own_organization(self, organization: int | None) -> int:
        return self._connection.user.organization_id if organization is None else organization

    def _own_collaboration(self, collaboration: int | None) -> int:
        if collaboration is None:
            collaboration = self._connection.collaboration_id
        if collaboration is None:
            raise InvalidInput(
                "no collaboration is given; give its id, here or once for all with "
                "client.setup_collaboration(id)"
            )
        return collaboration


class ListClient(SubClient):
    """Methods about a noun of which there are lists.

    `list` gives one page, as ``{"data": […], "links": {…}}``, where `links` names the other pages;
    or as a plain list with ``include_metadata=False``, and whenever fields or entries are picked:
    ``fields=["id", "name"]`` or ``field="id"`` for what to keep of each entry,
    ``filter_=("name", "x")`` or ``filters=[…]`` for values that it must have. ``sort="name"``
    sorts, ``sort="-name"`` the other way round. `iterate` gives all entries, one by one.
    """

    _page_size = 100

    def list(self, *args: Any, **kwargs: Any) -> Json:
        """One page."""
        raise NotImplementedError

    def iterate(self, per_page: int | None = None, **filters: Any) -> Iterator[Entry]:
        """All entries, the newest first, page after page as they are needed.

        Parameters
        ----------
        per_page
            About how many to ask for at once.
        **filters
            What `list` takes to say which entries, and which fields of them.

        Yields
        ------
        dict
            Each entry that is in the list all the time once, also when others come and go
            meanwhile. With ``raise_errors=False``, a refusal of the server is the last one.

        Raises
        ------
        InvalidInput
            When a page is asked for.
        """
        if _PAGING & filters.keys():
            names = ", ".join(sorted(_PAGING))
            raise InvalidInput(f"iterate() takes none of {names}: it gives all entries")
        if per_page is not None and per_page < 1:
            raise InvalidInput("'per_page' must be a number from 1")
        picks = {name: filters.pop(name) for name in _SELECTION if name in filters}

        def ask(page: int | None, per_page: int | None) -> Json:
            return self.list(
                **filters, page=page, per_page=per_page, include_metadata=True, sort=NEWEST_FIRST
            )

        return _picked_of(follow(ask, per_page or self._page_size), picks)


def _picked_of(entries: Iterator[Entry], picks: dict[str, Any]) -> Iterator[Entry]:
    for entry in entries:
        yield from [entry] if is_error(entry) else select([entry], **picks)


def given(**values: Any) -> Body:
    """Only the values that were given: a published server takes null for a new value."""
    return {key: value for key, value in values.items() if value is not None}


def picked(answer: Json, fields: "Fields | None") -> Json:
    """The fields that were picked of an entry; an error stays what it is."""
    return answer if not fields or is_error(answer) else pick(answer, **fields)


def selected(answer: Json, selection: "Selection | None") -> Json:
    """What was picked of a list, as a plain list; an error stays what it is."""
    if not selection or is_error(answer):
        return answer
    return select(answer["data"] if isinstance(answer, dict) else answer, **selection)


def is_error(answer: Json) -> bool:
    """Whether an answer says that the server refused; only without `raise_errors`."""
    return isinstance(answer, dict) and "msg" in answer
