from vantage6.common.events import ExpiredToken, NewTask, StatusUpdate
from vantage6.server.session import Announcement
from vantage6.server.sockets.publisher import SocketPublisher


class RecordingSocket:
    """Takes the place of Flask-SocketIO's server."""

    def __init__(self):
        self.sent = []

    def emit(self, name, *arguments, to, namespace):
        self.sent.append((name, arguments, to, namespace))


def test_events_go_to_the_room_with_exactly_the_arguments_of_3x():
    wire = RecordingSocket()
    publisher = SocketPublisher(wire)

    publisher.deliver(Announcement(NewTask(7), "collaboration_1"))
    publisher.deliver(Announcement(StatusUpdate(8), "collaboration_1"))
    publisher.deliver(Announcement(StatusUpdate(9), ("collaboration_1", "collaboration_2")))
    publisher.send(ExpiredToken(), "sid")

    assert wire.sent == [
        ("new_task", (7,), "collaboration_1", "/tasks"),
        ("status_update", ({"result_id": 8},), "collaboration_1", "/tasks"),
        ("status_update", ({"result_id": 9},), ("collaboration_1", "collaboration_2"), "/tasks"),
        ("expired_token", (), "sid", "/tasks"),
    ]
