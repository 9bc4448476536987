import logging
from datetime import datetime, timezone

import jwt
import pytest
from tests.integration.server.world import SECRET
from vantage6.common.events import NAMESPACE, REGISTRY, Sender
from vantage6.server.model import Node
from vantage6.server.sockets.namespace import TasksNamespace

STUDY = "collaboration_1"


class Socket:
    """A connection to the namespace, through Flask-SocketIO's test client."""

    def __init__(self, server, token=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = server.socketio.test_client(server.app, namespace=NAMESPACE, headers=headers)

    @property
    def is_connected(self):
        return self.client.is_connected(NAMESPACE)

    def received(self, name=None):
        """Arguments of the events that came in since the last call, or names and arguments."""
        events = [(event["name"], event["args"]) for event in self.client.get_received(NAMESPACE)]
        return [args for known, args in events if known == name] if name else events

    def emit(self, name, *arguments):
        self.client.emit(name, *arguments, namespace=NAMESPACE)

    def leave(self):
        self.client.disconnect(NAMESPACE)


@pytest.fixture
def connect(server, callers):
    """Connects a caller and forgets what it heard while it connected."""

    def make(caller):
        socket = Socket(server, caller.token)
        assert socket.is_connected
        socket.received()
        return socket

    return make


def status_of(callers, world, node):
    return callers.user("root").get(f"node/{world.nodes[node]}").json["status"]


def rooms_of(server, socket):
    sid = socket.client.eio_sid
    manager = server.socketio.server.manager
    inner = manager.sid_from_eio_sid(sid, NAMESPACE)
    return {room for room in manager.get_rooms(inner, NAMESPACE) if room != inner}


# --- connecting -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("caller", "rooms"),
    [
        ("root", {"collaboration_1", "collaboration_2"}),
        ("coordinator", {"collaboration_1"}),
        ("viewer", {"collaboration_1_organization_2"}),
        ("nobody", set()),
    ],
)
def test_users_join_the_rooms_that_their_rules_open(server, callers, connect, caller, rooms):
    assert rooms_of(server, connect(callers.user(caller))) == rooms


def test_a_node_joins_its_rooms_and_is_online(server, callers, world, connect):
    socket = connect(callers.node("gamma"))

    assert rooms_of(server, socket) == {
        "all_nodes",
        "collaboration_1",
        "collaboration_1_organization_4",
    }
    assert status_of(callers, world, "gamma") == "online"


def test_who_takes_part_hears_of_a_node_and_others_do_not(server, callers, world, connect):
    observer, stranger = connect(callers.user("coordinator")), connect(callers.node("delta-other"))

    node = Socket(server, callers.node("alpha").token)

    online = {"id": world.nodes["alpha"], "name": "alpha - study Node", "org_id": 2}
    assert observer.received("node-online") == [[online]]
    assert stranger.received() == []
    assert node.received("message") == [
        f"Node <alpha - study Node> joined room <{room}>"
        for room in (STUDY, f"{STUDY}_organization_2")
    ]


def test_a_node_that_leaves_is_offline_and_missed(server, callers, world, connect):
    observer, node = connect(callers.user("coordinator")), connect(callers.node("alpha"))
    observer.received()

    node.leave()

    assert status_of(callers, world, "alpha") == "offline"
    offline = {"id": world.nodes["alpha"], "name": "alpha - study Node", "org_id": 2}
    assert observer.received() == [
        ("message", f"alpha - study Node left room {STUDY}"),
        ("node-offline", [offline]),
    ]


def test_the_late_goodbye_of_an_old_connection_does_not_count(callers, world, connect):
    old, new = connect(callers.node("alpha")), connect(callers.node("alpha"))
    new.emit("node_info_update", {"encryption": False})

    old.leave()

    body = callers.user("root").get(f"node/{world.nodes['alpha']}").json
    assert body["status"] == "online"
    assert body["config"] == [{"key": "encryption", "value": "0"}]


def sign(**claims):
    plain = {"sub": 1, "type": "access", "client_type": "user", "jti": "1"}
    return jwt.encode(plain | claims, SECRET, "HS256")


@pytest.mark.parametrize(
    "token",
    [
        None,
        "not-a-token",
        sign(exp=datetime(2020, 1, 1, tzinfo=timezone.utc)),
        sign(sub=99999),
        sign(type="refresh"),
    ],
    ids=["none", "garbage", "expired", "gone", "refresh"],
)
def test_whose_token_is_not_good_is_told_so_and_hears_nothing(server, callers, post_task, token):
    socket = Socket(server, token)

    post_task()

    assert socket.is_connected
    assert socket.received() == [("expired_token", [])]
    assert rooms_of(server, socket) == set()


def test_containers_are_refused(server, callers, post_task):
    container = callers.container("alpha", post_task("alpha"))

    assert not Socket(server, container.token).is_connected


def test_a_broken_database_refuses_the_connection_so_that_the_node_tries_again(
    server, callers, caplog
):
    token = callers.node("alpha").token
    server.database.begin = _fail

    assert not Socket(server, token).is_connected
    assert "could not be connected" in caplog.text


def _fail():
    raise RuntimeError("no database")


# --- what the server says ---------------------------------------------------------------------


def test_a_new_task_is_announced_to_its_collaboration_only(callers, world, connect, post_task):
    node, stranger = connect(callers.node("alpha")), connect(callers.node("delta-other"))

    task = post_task()

    assert node.received() == [
        (
            "task_created",
            [
                {
                    "task_id": task["id"],
                    "run_id": task["run_id"],
                    "collaboration_id": world.collaborations["study"],
                    "init_org_id": world.organizations["alpha"],
                }
            ],
        ),
        ("new_task", [task["id"]]),
    ]
    assert stranger.received() == []


def test_a_refused_task_is_not_announced(callers, connect, world):
    node = connect(callers.node("alpha"))

    callers.user("researcher").post("task", {"image": "i", "collaboration_id": 1})

    assert node.received() == []


def test_a_report_is_announced(callers, connect, post_task):
    post_task("alpha")
    observer = connect(callers.node("beta"))

    callers.node("alpha").patch("result/1", {"status": "active"})

    assert observer.received() == [("status_update", [{"result_id": 1}])]


def test_who_may_hear_only_of_the_own_organization_hears_of_the_runs_it_asked_for(
    callers, connect, post_task
):
    post_task("beta")
    asking, node = connect(callers.user("researcher")), connect(callers.node("alpha"))
    asking.received()

    callers.node("beta").patch("result/1", {"status": "active"})

    once = [("status_update", [{"result_id": 1}])]
    assert (asking.received(), node.received()) == (once, once)


def test_a_kill_names_every_open_run_of_the_task_and_of_those_below(
    callers, world, connect, post_task
):
    task = post_task("alpha", "beta", "gamma")
    organizations = world.organizations
    below = {"image": task["image"], "collaboration_id": 1}
    below["organizations"] = [{"id": organizations["beta"]}]
    callers.container("alpha", task).post("task", below)
    callers.node("gamma").patch("result/3", {"status": "completed"})
    node = connect(callers.node("alpha"))

    callers.user("admin").post("kill/task", {"id": task["id"]})

    expected = [(1, 1, "alpha"), (1, 2, "beta"), (2, 4, "beta")]
    assert node.received("kill_containers") == [
        [
            {
                "collaboration_id": 1,
                "kill_list": [
                    {"task_id": t, "result_id": r, "organization_id": organizations[name]}
                    for t, r, name in expected
                ],
            }
        ]
    ]


def test_a_kill_of_everything_at_a_node_names_the_node(callers, world, connect, post_task):
    post_task("alpha", "beta")
    node = connect(callers.node("alpha"))

    callers.user("admin").post("kill/node/tasks", {"id": world.nodes["alpha"]})

    kills = node.received("kill_containers")
    assert kills[-1] == [{"collaboration_id": 1, "node_id": world.nodes["alpha"]}]


# --- what nodes say ---------------------------------------------------------------------------


def test_there_is_a_handler_for_everything_that_nodes_send():
    sent = [name for sender, name in REGISTRY if sender is Sender.NODE]

    assert sent
    for name in sent:
        assert hasattr(TasksNamespace, f"on_{name}")


def test_a_ping_keeps_a_node_online(server, callers, world, connect):
    socket = connect(callers.node("alpha"))
    with server.database.begin():
        node = Node.by_id(world.nodes["alpha"])
        node.last_heartbeat = datetime(2020, 1, 1, tzinfo=timezone.utc)
        node.save()
    assert status_of(callers, world, "alpha") == "offline"

    socket.emit("ping")

    assert status_of(callers, world, "alpha") == "online"


def test_what_a_node_shares_is_shown(callers, world, connect):
    settings = {"encryption": False, "allowed_algorithms": "all", "allowed_users": [1, 2]}

    connect(callers.node("alpha")).emit("node_info_update", settings)

    config = callers.user("root").get(f"node/{world.nodes['alpha']}").json["config"]
    assert [(entry["key"], entry["value"]) for entry in config] == [
        ("encryption", "0"),
        ("allowed_algorithms", "all"),
        ("allowed_users", "1"),
        ("allowed_users", "2"),
    ]


@pytest.fixture
def change(world):
    return {
        "status": "active",
        "result_id": 1,
        "task_id": 1,
        "collaboration_id": 1,
        "node_id": world.nodes["alpha"],
        "organization_id": world.organizations["alpha"],
        "parent_id": None,
    }


def test_a_change_of_a_run_is_passed_on_with_the_run_id(callers, connect, post_task, change):
    task = post_task("alpha")
    node, observer = connect(callers.node("alpha")), connect(callers.node("beta"))

    node.emit("algorithm_status_change", change)

    assert observer.received("algorithm_status_change") == [[change | {"run_id": task["run_id"]}]]


@pytest.mark.parametrize("lie", [{"result_id": 2}, {"status": "flying"}, {"result_id": 99999}])
def test_what_a_node_says_about_others_is_not_passed_on(
    callers, connect, post_task, change, lie, caplog
):
    post_task("alpha", "beta")
    node, observer = connect(callers.node("alpha")), connect(callers.node("beta"))

    node.emit("algorithm_status_change", change | lie)

    assert observer.received("algorithm_status_change") == []
    assert "refused from node=" in caplog.text


def test_the_ids_in_a_passed_on_change_are_those_of_the_database(
    callers, connect, post_task, change
):
    post_task("alpha")
    node, observer = connect(callers.node("alpha")), connect(callers.node("beta"))

    node.emit("algorithm_status_change", change | {"collaboration_id": 2, "node_id": 77})

    (heard,) = observer.received("algorithm_status_change")[0]
    assert (heard["collaboration_id"], heard["node_id"]) == (1, change["node_id"])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("algorithm_status_change", ()),
        ("algorithm_status_change", ({"status": "active"},)),
        ("algorithm_status_change", ("text",)),
        ("algorithm_status_change", ({"status": 5, "result_id": "x"},)),
        ("node_info_update", ([1],)),
        ("node_info_update", (None,)),
        ("node_info_update", ({"allowed_users": [{"a": "nul"}]},)),
        ("ping", ({"unexpected": 1},)),
        ("message", ("hello",)),
        ("error", ("it broke",)),
        ("unheard_of", (1, 2)),
    ],
)
def test_an_event_without_sense_breaks_nothing(callers, connect, name, arguments):
    socket = connect(callers.node("alpha"))

    socket.emit(name, *arguments)
    socket.emit("ping")

    assert socket.is_connected


@pytest.mark.parametrize("name", ["ping", "node_info_update", "algorithm_status_change"])
def test_users_cannot_speak_as_nodes(callers, connect, post_task, change, name, caplog):
    post_task("alpha")
    user, observer = connect(callers.user("root")), connect(callers.node("beta"))

    user.emit(name, change)

    assert observer.received() == []
    assert "only nodes send it" in caplog.text


def test_a_node_that_was_deleted_is_cut_off_at_its_next_word(callers, world, connect):
    socket = connect(callers.node("alpha"))
    callers.user("root").delete(f"node/{world.nodes['alpha']}")

    socket.emit("ping")

    assert not socket.is_connected


def test_tokens_are_not_in_the_log(callers, connect, caplog):
    caplog.set_level(logging.DEBUG)
    caller = callers.node("alpha")

    connect(caller).emit("message", "hello")

    assert caller.token not in caplog.text
