"""Namespace ``/tasks``: who connects, and what nodes report.

A handler never raises into the socket library: what is wrong with an event is logged, and the
connection is kept. Whose token is no longer good hears ``expired_token``.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, disconnect, join_room
from sqlalchemy import select

from vantage6.common.errors import InvalidToken, NotAuthenticated, V6Error
from vantage6.common.events import (
    NAMESPACE,
    Event,
    ExpiredToken,
    Message,
    NodeInfoUpdate,
    NodeStatusChange,
    Ping,
)
from vantage6.server.api.credentials import Tokens
from vantage6.server.api.operation import load_principal
from vantage6.server.model import Collaboration, Node, User
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.service import node as nodes
from vantage6.server.service import principals
from vantage6.server.service import result as results
from vantage6.server.session import Database, current_session
from vantage6.server.sockets.presence import Attendee, Presence, rooms_of
from vantage6.server.sockets.publisher import SocketPublisher

log = logging.getLogger(__name__)
_Received = TypeVar("_Received", bound=Event)
_LOGGED_CHARACTERS = 200


@dataclass(frozen=True)
class SocketContext:
    """What the handlers work with; built by `app`."""

    database: Database
    tokens: Tokens
    publisher: SocketPublisher
    presence: Presence


class TasksNamespace(Namespace):
    """Handlers of the namespace; each call is one packet of one connection.

    Parameters
    ----------
    context
        See `SocketContext`.
    """

    def __init__(self, context: SocketContext) -> None:
        super().__init__(NAMESPACE)
        self._context = context

    # --- coming and going ---------------------------------------------------------------------

    def on_connect(self, auth: Any = None) -> None:
        """Log a connection in by the ``Authorization`` header of its handshake.

        Notes
        -----
        Published nodes leave unless this is done within a second; what is refused is acknowledged
        all the same, because they wait for the acknowledgement before they read the reason.
        """
        del auth  # published nodes send an empty object
        connection = _connection()
        try:
            attendee = self._enter(connection)
        except (NotAuthenticated, InvalidToken) as error:
            log.info("socket refused reason=%s", error.code)
            self._context.publisher.send(ExpiredToken(), connection)
        except Refused:
            raise
        except Exception as error:
            log.exception("socket could not be connected")
            raise Refused("the server cannot answer now; try again") from error
        else:
            log.info("%s=%s connected", attendee.kind.value, attendee.id)

    def on_disconnect(self, reason: Any = None) -> None:
        """Say goodbye to an attendee; the socket library leaves the rooms by itself."""
        connection = _connection()
        attendee = self._context.presence.leave(connection)
        if attendee is None:
            return
        log.info("%s=%s disconnected reason=%s", attendee.kind.value, attendee.id, reason)
        for room in attendee.announced_rooms:
            self._context.publisher.send(Message(f"{attendee.name} left room {room}"), room)
        if attendee.kind is Kind.NODE:
            self._guard("disconnect", lambda: self._leave(connection, attendee))

    def _enter(self, connection: str) -> Attendee:
        caller = self._context.tokens.read(request.headers.get("Authorization"))
        if caller.kind is Kind.CONTAINER:
            raise Refused("algorithms have no socket; ask the proxy of your node")
        with self._context.database.begin():
            actor = load_principal(caller)
            attendee = _describe(actor, caller.session_id)
            for room in attendee.rooms:
                join_room(room)
            if actor.kind is Kind.NODE:
                nodes.connected(actor, connection)
        self._context.presence.enter(connection, attendee)
        kind = attendee.kind.value.capitalize()
        for room in attendee.announced_rooms:
            text = f"{kind} <{attendee.name}> joined room <{room}>"
            self._context.publisher.send(Message(text), room)
        return attendee

    def _leave(self, connection: str, attendee: Attendee) -> None:
        with self._context.database.begin():
            try:
                actor = principals.node(attendee.id)
            except NotAuthenticated:
                return  # the node was deleted while it was connected
            nodes.disconnected(actor, connection)

    # --- what nodes say -----------------------------------------------------------------------

    def on_ping(self, *arguments: Any) -> None:
        """Note that a node lives."""
        self._receive(Ping, arguments, lambda actor, _: nodes.heartbeat(actor, _connection()))

    def on_node_info_update(self, *arguments: Any) -> None:
        """Store what a node shares of its configuration."""
        self._receive(
            NodeInfoUpdate,
            arguments,
            lambda actor, event: nodes.share_config(actor, event.settings),
        )

    def on_algorithm_status_change(self, *arguments: Any) -> None:
        """Tell the collaboration that a run changed, if it is a run of this node."""
        self._receive(NodeStatusChange, arguments, results.status_changed)

    def on_message(self, *arguments: Any) -> None:
        """Write down what a client has to say."""
        log.debug("message from %s: %r", self._who(), str(arguments)[:_LOGGED_CHARACTERS])

    def on_error(self, *arguments: Any) -> None:
        """Write down what went wrong at a client."""
        log.info("error at %s: %r", self._who(), str(arguments)[:_LOGGED_CHARACTERS])

    def _receive(
        self,
        event: type[_Received],
        arguments: tuple[Any, ...],
        handle: Callable[[Principal, _Received], None],
    ) -> None:
        attendee = self._context.presence.find(_connection())
        if attendee is None or attendee.kind is not Kind.NODE:
            log.warning(
                "event %s ignored from %s: only nodes send it", event.wire_name, self._who()
            )
            return

        def work() -> None:
            received = event.parse(*arguments)
            with self._context.database.begin():
                actor = principals.node(attendee.id, attendee.epoch, attendee.session_id)
                handle(actor, received)

        self._guard(event.wire_name, work)

    def _guard(self, name: str, work: Callable[[], None]) -> None:
        """Do the work of one event; the border at which every error ends."""
        try:
            work()
        except NotAuthenticated:
            # The node was deleted or its key replaced: it must not hear of tasks any more.
            self._context.publisher.send(ExpiredToken(), _connection())
            disconnect()
        except V6Error as error:
            log.warning("event %s refused from %s: %s", name, self._who(), error)
        except Exception:
            log.exception("event %s from %s failed", name, self._who())

    def _who(self) -> str:
        attendee = self._context.presence.find(_connection())
        return f"{attendee.kind.value}={attendee.id}" if attendee else "a stranger"


def _connection() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO adds it


def _describe(actor: Principal, session_id: str | None) -> Attendee:
    everything = current_session().scalars(select(Collaboration.id)).all()
    name = Node.by_id(actor.id).name if actor.kind is Kind.NODE else User.by_id(actor.id).username
    rooms = rooms_of(actor, everything)
    return Attendee(actor.kind, actor.id, name, rooms, actor.epoch, session_id)
