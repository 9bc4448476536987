"""Attendees are looked at again: those whose token has ended go, others lose rooms."""

import pytest
from tests.factories import make_collaboration, make_study, make_user
from vantage6.common.errors import Unavailable
from vantage6.server.model import Node, User
from vantage6.server.permission.principal import Kind
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import principals
from vantage6.server.sockets.presence import Attendee, Presence, rooms_of
from vantage6.server.sockets.publisher import SocketPublisher
from vantage6.server.sockets.review import Review

HEAR = ("event", Op.VIEW, Scope.COLLABORATION)


class RecordingSocket:
    """Takes the place of Flask-SocketIO and its server."""

    def __init__(self):
        self.calls = []
        self.server = self

    def emit(self, name, *arguments, to, namespace):
        self.calls.append((name, to))

    def disconnect(self, connection, namespace):
        self.calls.append(("disconnect", connection))

    def leave_room(self, connection, room, namespace):
        self.calls.append((f"leave {room}", connection))


@pytest.fixture
def wire():
    return RecordingSocket()


@pytest.fixture
def presence():
    return Presence()


@pytest.fixture
def review(database, presence, wire):
    return Review(database, presence, SocketPublisher(wire))


@pytest.fixture
def study(database):
    with database.begin():
        return make_study()


@pytest.fixture
def enter(database, presence):
    """Lets a user or node in, under a connection that is called like its kind."""

    def as_attendee(row, kind, **values):
        with database.begin():
            find = principals.user if kind is Kind.USER else principals.node
            rooms = rooms_of(find(row.id), ())
        attendee = Attendee(kind, row.id, "name", rooms, **({"epoch": 0} | values))
        presence.enter(kind.value, attendee)

    return as_attendee


@pytest.fixture
def user(database, study, enter):
    with database.begin():
        row = make_user(study.first, rules=[HEAR])
    enter(row, Kind.USER)
    return row


@pytest.fixture
def node(study, enter):
    enter(study.nodes[0], Kind.NODE)
    return study.nodes[0]


CUT_OFF = [("expired_token", "user"), ("disconnect", "user")]


def test_who_may_stay_is_left_alone(review, user, node, wire):
    review.now()
    assert wire.calls == []


def test_a_deleted_user_is_told_so_and_then_cut_off(review, user, node, wire, database):
    with database.begin():
        User.by_id(user.id).delete()
    review.now()
    assert wire.calls == CUT_OFF


def test_who_ended_their_tokens_is_cut_off(review, user, node, wire, database):
    with database.begin():
        User.by_id(user.id).end_tokens()
    review.now()
    assert wire.calls == CUT_OFF


def test_whose_session_has_ended_is_cut_off(review, user, enter, wire):
    enter(user, Kind.USER, session_id="of nobody")
    review.now()
    assert wire.calls == CUT_OFF


def test_who_lost_the_right_leaves_the_room_once(review, user, node, wire, database, study):
    room = f"collaboration_{study.collaboration.id}"
    with database.begin():
        row = User.by_id(user.id)
        row.rules = []
        row.save()
    review.now()
    review.now()
    assert wire.calls == [(f"leave {room}", "user")]


def test_rights_that_are_new_open_no_room_of_a_connection_that_is_there(
    review, user, wire, database, study, presence
):
    before = presence.find("user").rooms
    with database.begin() as session:
        session.add(study.first)
        make_collaboration([study.first])
    review.now()
    assert (wire.calls, presence.find("user").rooms) == ([], before)


def test_a_node_that_left_its_collaboration_leaves_its_rooms(
    review, node, wire, database, presence
):
    with database.begin():
        row = Node.by_id(node.id)
        row.collaboration_id = None
        row.save()
    review.now()
    assert presence.find("node").rooms == ("all_nodes",)
    assert len(wire.calls) == 2


def test_events_that_follow_at_once_look_once(review, user, counted):
    with counted() as seen:
        for _ in range(5):
            review.lately()
    assert 0 < len(seen.statements) <= 5


class ThreeTimes:
    """A signal that comes at the third time of waiting."""

    def __init__(self):
        self.waited = []

    def wait(self, timeout):
        self.waited.append(timeout)
        return len(self.waited) == 3


def test_in_between_a_look_is_taken_again_and_again_even_after_one_failed(
    review, user, wire, database, caplog
):
    begin, signal = database.begin, ThreeTimes()

    def broken_once():
        database.begin = begin
        raise Unavailable("the database is away")

    with database.begin():
        User.by_id(user.id).end_tokens()
    database.begin = broken_once
    review.until(signal)
    assert wire.calls == CUT_OFF
    assert signal.waited == [15] * 3
    assert "could not be looked at again" in caplog.text


def test_looking_at_nobody_costs_nothing(review, counted):
    with counted() as seen:
        review.now()
    assert seen.statements == []


def test_a_look_that_fails_lets_no_event_pass(review, user, database):
    """What cannot be looked at must not be assumed: the delivery ends with the error."""

    def broken():
        raise Unavailable("the database is away")

    database.begin = broken
    for _ in range(2):
        with pytest.raises(Unavailable):
            review.lately()
