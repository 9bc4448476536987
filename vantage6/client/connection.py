"""What all parts of a client share: session, identity, keys, and the way errors come."""

from collections.abc import Callable
from typing import Any, TypeVar

from vantage6 import __version__
from vantage6.client.keys import Keys
from vantage6.client.logs import log
from vantage6.client.news import listen
from vantage6.common.api_session import ApiSession, Query
from vantage6.common.errors import (
    MethodNotAllowed,
    NoSuchAddress,
    NotAuthenticated,
    V6Error,
    WireError,
)
from vantage6.common.former import WhoAmI as WhoAmI

Json = Any
"""What the server answers: its shape is in the OpenAPI document of the server."""
Answer = TypeVar("Answer")


class Connection:
    """A server as one user sees it.

    Parameters
    ----------
    api
        The session.
    raise_errors
        False to answer ``{"msg": …}`` where the server refuses, as 3.x does.

    Attributes
    ----------
    listen
        Starts to hear of the runs of a task.
    collaboration_id
        The collaboration to use where none is said; see `Client.setup_collaboration`.
    """

    def __init__(self, api: ApiSession, *, raise_errors: bool = True) -> None:
        self.api = api
        self.raise_errors = raise_errors
        self.keys = Keys(api)
        self.listen = listen
        self.whoami: WhoAmI | None = None
        self.collaboration_id: int | None = None

    @property
    def user(self) -> WhoAmI:
        """Who is logged in.

        Raises
        ------
        NotAuthenticated
            When nobody is.
        """
        if self.whoami is None:
            raise NotAuthenticated("log in first: client.authenticate(username, password)")
        return self.whoami

    def request(
        self,
        method: str,
        endpoint: str,
        *,
        json: Json = None,
        params: Query | None = None,
        renew: bool = True,
    ) -> Json:
        """Answer to one request; see `ApiSession.request`."""
        log.debug("%s %s", method, endpoint)

        def ask() -> Json:
            return self.api.request(method, endpoint, json=json, params=params, renew=renew)

        return self.answer(lambda: self.explained(ask, f"{method} {endpoint}"))

    def answer(self, call: Callable[[], Answer]) -> Answer | Json:
        """What a call gives; where the server refuses, its error in the way that was chosen."""
        try:
            return call()
        except WireError as error:
            if self.raise_errors:
                raise
            log.warning("the server refused: %s", error.message)
            return error.body()

    def explained(self, call: Callable[[], Answer], route: str) -> Answer:
        """What a call gives; that a server lacks its route is told with the server's version.

        Raises
        ------
        NoSuchAddress, MethodNotAllowed
            When the server does not know the route, or there is none.
        """
        try:
            return call()
        except (NoSuchAddress, MethodNotAllowed) as error:
            version = self._server_version()
            if version is None:
                raise  # the address itself is wrong, which the error says already
            raise type(error)(
                f"the server at {self.api.base_url} is version {version} and does not know {route}"
                f", which this client of version {__version__} asked for; a newer server may",
                debug=error.debug,
            ) from error

    def _server_version(self) -> str | None:
        try:
            return str(self.api.get("version")["version"])
        except (V6Error, KeyError, TypeError):
            return None
