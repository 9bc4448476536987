"""What the groups of methods have in common."""

from typing import TYPE_CHECKING, Any

from vantage6.client.connection import Connection, Json
from vantage6.client.filters import pick, select

if TYPE_CHECKING:
    from vantage6.client.filters import Fields, Selection

Body = dict[str, Any]


class SubClient:
    """Methods about one noun.

    Lists come as ``{"data": […], "links": {…}}``, where `links` names the other pages, or as a
    plain list with ``include_metadata=False`` and whenever fields or entries are picked: with
    `field`, `fields`, `filter_` or `filters`.

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

    def _delete(self, endpoint: str) -> Json:
        return self._connection.request("DELETE", endpoint)

    def _own_organization(self, organization: int | None) -> int:
        return self._connection.user.organization_id if organization is None else organization


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
