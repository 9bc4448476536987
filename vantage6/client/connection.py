"""What all parts of a client share: session, identity, keys, and the way errors come."""

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from vantage6.client.keys import Keys
from vantage6.common.api_session import ApiSession, Query
from vantage6.common.errors import NotAuthenticated, WireError
from vantage6.common.waiting import Pause

log = logging.getLogger("vantage6.client")

Json = Any
"""What the server answers: its shape is in the OpenAPI document of the server."""
Answer = TypeVar("Answer")


class WhoAmI(NamedTuple):
    """Who is logged in."""

    type_: str
    id_: int
    name: str
    organization_name: str
    organization_id: int


class Connection:
    """A server as one user sees it.

    Parameters
    ----------
    api
        The session.
    raise_errors
        False to answer ``{"msg": …}`` where the server refuses, as 3.x does.
    pause
        How to wait between two questions.
    """

    def __init__(
        self, api: ApiSession, *, raise_errors: bool = True, pause: Pause = time.sleep
    ) -> None:
        self.api = api
        self.raise_errors = raise_errors
        self.pause = pause
        self.keys = Keys(api)
        self.whoami: WhoAmI | None = None

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
        self, method: str, endpoint: str, *, json: Json = None, params: Query | None = None
    ) -> Json:
        """Answer to one request; see `ApiSession.request`."""
        log.debug("%s %s", method, endpoint)
        return self.answer(lambda: self.api.request(method, endpoint, json=json, params=params))

    def answer(self, call: Callable[[], Answer]) -> Answer | Json:
        """What a call gives; where the server refuses, its error in the way that was chosen."""
        try:
            return call()
        except WireError as error:
            if self.raise_errors:
                raise
            log.warning("the server refused: %s", error.message)
            return error.body()


def show_log(level: str) -> None:
    """Show our own log at the terminal; the root logger belongs to the script."""
    name = level.upper()
    log.setLevel("WARNING" if name == "WARN" else name)
    if not any(isinstance(handler, logging.StreamHandler) for handler in log.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
