"""Every socket event in its exact 3.x shape, there and back."""

import json
from typing import Any

import pytest
from vantage6.common import events
from vantage6.common.errors import EventError
from vantage6.common.events import REGISTRY, Event, Sender

STATUS: dict[str, Any] = {
    "node_id": 3,
    "status": "active",
    "result_id": 5,
    "task_id": 3,
    "collaboration_id": 1,
    "organization_id": 1,
    "parent_id": None,
}
ONLINE = {"id": 3, "name": "OrgA - C1 Node", "org_id": 1}
ENTRY = {"task_id": 3, "result_id": 5, "organization_id": 1}

# Arguments as published servers and nodes send them, with the event that they stand for.
WIRE: list[tuple[Event, list[Any]]] = [
    (
        events.TaskCreated(task_id=3, run_id=2, collaboration_id=1, init_org_id=1),
        [{"task_id": 3, "run_id": 2, "collaboration_id": 1, "init_org_id": 1}],
    ),
    (events.NewTask(3), [3]),
    (events.StatusUpdate(result_id=5), [{"result_id": 5}]),
    (events.AlgorithmStatusChange(run_id=2, **STATUS), [{**STATUS, "run_id": 2}]),
    (
        events.KillContainers(1, kill_list=(events.KillEntry(3, 5, 1),)),
        [{"kill_list": [ENTRY], "collaboration_id": 1}],
    ),
    (events.KillContainers(1, node_id=3), [{"node_id": 3, "collaboration_id": 1}]),
    (events.ExpiredToken(), []),
    (events.Message("Node <A> joined room <B>"), ["Node <A> joined room <B>"]),
    (events.NodeOnline(**ONLINE), [ONLINE]),  # type: ignore[arg-type]  # a mixed dictionary
    (events.NodeOffline(**ONLINE), [ONLINE]),  # type: ignore[arg-type]  # a mixed dictionary
    (events.Ping(), []),
    (
        events.NodeInfoUpdate({"encryption": False, "allowed_algorithms": "all"}),
        [{"encryption": False, "allowed_algorithms": "all"}],
    ),
    (events.NodeStatusChange(**STATUS), [STATUS]),
]


@pytest.mark.parametrize(("event", "arguments"), WIRE)
def test_event_goes_out_in_the_shape_of_3x(event: Event, arguments: list[Any]) -> None:
    assert json.loads(json.dumps(event.payload())) == arguments


@pytest.mark.parametrize(("event", "arguments"), WIRE)
def test_event_comes_back_from_its_wire_form(event: Event, arguments: list[Any]) -> None:
    assert type(event).parse(*arguments) == event


def test_table_above_names_every_registered_event() -> None:
    assert {type(event) for event, _ in WIRE} == set(REGISTRY.values())


def test_registry_has_the_names_of_3x() -> None:
    names = {(sender.value, name) for sender, name in REGISTRY}

    assert names == {
        *(("server", name) for name in ("task_created", "new_task", "status_update")),
        *(("server", name) for name in ("algorithm_status_change", "kill_containers")),
        *(("server", name) for name in ("expired_token", "message")),
        *(("server", name) for name in ("node-online", "node-offline")),
        *(("node", name) for name in ("ping", "node_info_update", "algorithm_status_change")),
    }


@pytest.mark.parametrize("cls", list(REGISTRY.values()), ids=lambda cls: cls.__name__)
def test_event_class_knows_its_name_and_sender(cls: type[Event]) -> None:
    assert REGISTRY[cls.sender, cls.wire_name] is cls


def test_same_name_from_server_and_node_are_two_events() -> None:
    name = "algorithm_status_change"

    assert REGISTRY[Sender.SERVER, name] is events.AlgorithmStatusChange
    assert REGISTRY[Sender.NODE, name] is events.NodeStatusChange


def test_unknown_field_is_ignored_so_that_either_side_may_be_newer() -> None:
    parsed = events.StatusUpdate.parse({"result_id": 5, "from_the_future": True})

    assert parsed == events.StatusUpdate(5)


def test_field_with_a_default_may_be_missing() -> None:
    body = {key: value for key, value in STATUS.items() if key != "parent_id"}

    assert events.NodeStatusChange.parse(body).parent_id is None


@pytest.mark.parametrize("name", [name for name in STATUS if name != "parent_id"])
def test_missing_field_is_named(name: str) -> None:
    body = {key: value for key, value in STATUS.items() if key != name}

    with pytest.raises(EventError, match=f"algorithm_status_change: '{name}' is missing"):
        events.NodeStatusChange.parse(body)


@pytest.mark.parametrize("value", ["5", 5.0, True, None, [5], {"id": 5}])
def test_id_that_is_not_a_whole_number_is_refused(value: object) -> None:
    with pytest.raises(EventError, match="wrong type"):
        events.StatusUpdate.parse({"result_id": value})


@pytest.mark.parametrize("parent", ["1", False, [1]])
def test_optional_field_is_checked_when_it_is_there(parent: object) -> None:
    with pytest.raises(EventError, match="'parent_id' has the wrong type"):
        events.NodeStatusChange.parse({**STATUS, "parent_id": parent})


@pytest.mark.parametrize("arguments", [(), ({}, {}), ([],), ("text",), (None,), (7,)])
@pytest.mark.parametrize("cls", [events.TaskCreated, events.KillContainers, events.NodeInfoUpdate])
def test_object_event_with_other_arguments_is_refused(
    cls: type[Event], arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(EventError, match="expected one object"):
        cls.parse(*arguments)


@pytest.mark.parametrize("arguments", [(), ("3",), (True,), (3.0,), (None,), (3, 4), ({"id": 3},)])
def test_new_task_takes_one_bare_id_only(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(EventError, match="expected a task id"):
        events.NewTask.parse(*arguments)


def test_expired_token_of_3_5_carries_an_empty_text() -> None:
    assert events.ExpiredToken.parse("") == events.ExpiredToken()


# --- kill_containers: the event that must never mean "everything" by accident ------------------


def test_kill_without_runs_and_without_node_cannot_be_made() -> None:
    with pytest.raises(EventError, match="either runs or a node"):
        events.KillContainers(1)


def test_kill_of_runs_and_of_a_node_at_once_cannot_be_made() -> None:
    with pytest.raises(EventError, match="either runs or a node"):
        events.KillContainers(1, (events.KillEntry(1, 2, 3),), node_id=4)


@pytest.mark.parametrize(
    "body",
    [
        {"collaboration_id": 1},
        {"collaboration_id": 1, "kill_list": []},
        {"collaboration_id": 1, "kill_list": None},
        {"collaboration_id": 1, "node_id": "3"},
        {"collaboration_id": 1, "node_id": True},
        {"collaboration_id": "1", "node_id": 3},
        {"node_id": 3},
        {"collaboration_id": 1, "kill_list": 5},
        {"collaboration_id": 1, "kill_list": {"task_id": 3}},
        {"collaboration_id": 1, "kill_list": [5]},
        {"collaboration_id": 1, "kill_list": [{"task_id": 3, "result_id": 5}]},
        {"collaboration_id": 1, "kill_list": [{**ENTRY, "result_id": "5"}]},
    ],
)
def test_kill_in_another_form_stops_nothing(body: dict[str, Any]) -> None:
    with pytest.raises(EventError):
        events.KillContainers.parse(body)


def test_kill_list_wins_over_the_node_that_a_published_server_adds() -> None:
    parsed = events.KillContainers.parse(
        {"collaboration_id": 1, "kill_list": [ENTRY], "node_id": 3}
    )

    assert parsed == events.KillContainers(1, (events.KillEntry(3, 5, 1),))


def test_values_of_an_enum_go_out_as_their_text() -> None:
    from vantage6.common.status import TaskStatus

    event = events.NodeStatusChange(**{**STATUS, "status": TaskStatus.NO_DOCKER_IMAGE})

    assert json.loads(json.dumps(event.payload()))[0]["status"] == "non-existing Docker image"
    assert type(event.payload()[0]["status"]) is str
