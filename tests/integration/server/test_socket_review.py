"""Who is connected does not outlive what let them in."""

import jwt
import pytest
from sqlalchemy import delete
from tests.fakes.waiting import eventually
from tests.integration.server.test_sockets import Socket, rooms_of
from tests.integration.server.world import PASSWORD
from vantage6.server.model import LoginSession, Node, User

pytestmark = pytest.mark.repeats("postgres")

NEW = "Another-horse-2"


@pytest.fixture
def connect(server):
    """Connects a token and forgets what was heard while that was done."""

    def make(token):
        socket = Socket(server, token)
        socket.received()
        return socket

    return make


def session_of(token):
    return jwt.decode(token, options={"verify_signature": False})["sid"]


def log_in(callers, name="researcher"):
    body = {"username": name, "password": PASSWORD}
    return callers.anyone().post("token/user", body).json


def test_a_changed_password_ends_the_sockets_of_the_user_at_once(callers, connect):
    user = callers.user("coordinator")
    socket, other = connect(user.token), connect(callers.user("viewer").token)

    user.patch("password/change", {"current_password": PASSWORD, "new_password": NEW})

    assert not socket.is_connected
    assert other.is_connected


def test_a_replaced_key_ends_the_socket_of_the_node_at_once(callers, world, connect):
    socket = connect(callers.node("alpha").token)

    callers.user("root").post("recover/node", {"id": world.nodes["alpha"]})

    assert not socket.is_connected


def test_a_deleted_user_is_cut_off_at_once(server, callers, world, connect):
    socket, observer = (
        connect(callers.user("coordinator").token),
        connect(callers.user("root").token),
    )

    callers.user("root").delete(f"user/{world.users['coordinator']}")

    assert not socket.is_connected
    assert observer.received() == [("message", "coordinator left room collaboration_1")]


def test_a_stolen_token_ends_the_socket_of_its_session_only(callers, connect, server):
    stolen, other = log_in(callers), log_in(callers)
    socket, kept = connect(stolen["access_token"]), connect(other["access_token"])
    anyone = callers.anyone()

    token = stolen["refresh_token"]
    for _ in range(3):
        token = anyone.with_token(token).post("token/refresh").json["refresh_token"]
    with server.database.begin() as session:
        row = session.get(LoginSession, session_of(stolen["access_token"]))
        row.moved_at = row.moved_at.replace(year=2020)
        row.save()
    assert anyone.with_token(stolen["refresh_token"]).post("token/refresh").status_code == 401

    assert not socket.is_connected
    assert kept.is_connected


def test_who_lost_the_right_hears_nothing_more(server, callers, world, connect, post_task):
    socket = connect(callers.user("coordinator").token)
    assert rooms_of(server, socket) == {"collaboration_1"}

    callers.user("root").patch(f"user/{world.users['coordinator']}", {"roles": []})
    post_task()

    assert socket.is_connected
    assert (socket.received(), rooms_of(server, socket)) == ([], set())


def test_a_node_that_left_the_collaboration_hears_nothing_more_of_it(
    server, callers, world, connect, post_task
):
    socket = connect(callers.node("beta").token)
    with server.database.begin():
        Node.by_id(world.nodes["beta"]).collaboration_id = None
    server.review.now()

    post_task("alpha")

    assert rooms_of(server, socket) == {"all_nodes"}
    assert socket.received() == []


def test_before_an_event_leaves_everybody_is_looked_at(server, callers, world, connect, post_task):
    """The change came from elsewhere: another process, or the shell."""
    gone, stays = connect(callers.user("root").token), connect(callers.node("alpha").token)
    with server.database.begin() as session:
        session.execute(delete(LoginSession))
        User.by_id(world.users["root"]).end_tokens()
        session.info.clear()  # the effect would be delivered here; elsewhere it is not

    # Within a second of the last look there is no other one.
    eventually(lambda: post_task("alpha") and not gone.is_connected)

    assert stays.is_connected


def test_nodes_that_go_together_are_all_missed(server, callers, world, connect):
    observer = connect(callers.user("root").token)
    nodes = [connect(callers.node(name).token) for name in ("alpha", "beta", "gamma")]
    observer.received()
    with server.database.begin() as session:
        for name in ("alpha", "beta", "gamma"):
            Node.by_id(world.nodes[name]).end_tokens()
        session.info.clear()

    server.review.now()

    assert not any(node.is_connected for node in nodes)
    assert len(observer.received("node-offline")) == 3


def test_a_session_that_was_forgotten_ends_its_socket(server, callers, connect):
    socket = connect(log_in(callers)["access_token"])
    with server.database.begin() as session:
        session.execute(delete(LoginSession))

    server.review.now()

    assert not socket.is_connected


def test_looking_costs_the_same_for_any_number(server, callers, connect, counted):
    def cost():
        with counted() as seen:
            server.review.now()
        return len(seen.statements)

    nobody = cost()
    connect(log_in(callers)["access_token"])
    one = cost()
    for name in ("root", "viewer", "admin"):
        connect(callers.user(name).token)
    for name in ("alpha", "beta"):
        connect(callers.node(name).token)
    assert (nobody, one, cost()) == (0, 5, 5)


def test_who_may_stay_is_left_alone(server, callers, connect, post_task):
    sockets = [connect(log_in(callers, "coordinator")["access_token"])]
    sockets += [connect(callers.node("alpha").token), connect(callers.user("nobody").token)]
    before = [rooms_of(server, socket) for socket in sockets]
    for socket in sockets:
        socket.received()

    server.review.now()

    assert [rooms_of(server, socket) for socket in sockets] == before
    assert [socket.received() for socket in sockets] == [[], [], []]
