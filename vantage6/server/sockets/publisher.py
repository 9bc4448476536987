"""Events from the server to nodes and users."""

from typing import Any

from vantage6.common.events import NAMESPACE, Event
from vantage6.server.session import Announcement


class SocketPublisher:
    """Sends events to rooms, best effort: a lost event is healed by the node's next look.

    Parameters
    ----------
    socketio
        Flask-SocketIO's server.
    """

    def __init__(self, socketio: Any) -> None:
        self._socketio = socketio

    def deliver(self, announcement: Announcement) -> None:
        """Publish what a unit of work announced; called after its commit."""
        self.send(announcement.event, announcement.room)

    def send(self, event: Event, room: str | tuple[str, ...]) -> None:
        """Send an event to everybody in one or several rooms, or to one connection by its id."""
        self._socketio.emit(event.wire_name, *event.payload(), to=room, namespace=NAMESPACE)

    def remove(self, connection: str, room: str) -> None:
        """Let a connection hear nothing more of a room."""
        self._socketio.server.leave_room(connection, room, namespace=NAMESPACE)

    def disconnect(self, connection: str) -> None:
        """End a connection, if it has not ended by itself."""
        self._socketio.server.disconnect(connection, namespace=NAMESPACE)
