"""Every event is sent by one side and known to the other."""

import ast
from functools import cache
from pathlib import Path

import pytest
from vantage6.common import events
from vantage6.common.events import REGISTRY, Event, Sender
from vantage6.node.daemon import Daemon
from vantage6.server.sockets.namespace import TasksNamespace

PACKAGE = Path(__file__).resolve().parents[2] / "vantage6"

AT_THE_SOCKET: set[type[Event]] = {events.ExpiredToken}
"""The node's socket answers these itself."""
FOR_PEOPLE: set[type[Event]] = {
    events.TaskCreated,
    events.Message,
    events.NodeOnline,
    events.NodeOffline,
}
"""The node ignores these: user interfaces show them."""


def sent_by(sender: Sender) -> list[type[Event]]:
    return [cls for (by, _), cls in REGISTRY.items() if by is sender]


@cache
def names_used_in(*places: str) -> set[str]:
    """Names that the code in these files and folders uses, imports aside."""
    used = set()
    for place in places:
        path = PACKAGE / place
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Name):
                    used.add(node.id)
                elif isinstance(node, ast.Attribute):
                    used.add(node.attr)
    return used


@pytest.mark.parametrize("cls", sent_by(Sender.SERVER), ids=lambda cls: cls.__name__)
def test_event_of_the_server_has_a_handler_in_the_node_or_is_for_people(
    cls: type[Event],
) -> None:
    dispatch = Daemon.__dict__["_react"].dispatcher.dispatch
    has_handler = dispatch(cls) not in (dispatch(Event), dispatch(object))

    assert has_handler == (cls not in AT_THE_SOCKET | FOR_PEOPLE)


@pytest.mark.parametrize("cls", AT_THE_SOCKET, ids=lambda cls: cls.__name__)
def test_event_that_the_socket_answers_is_named_there(cls: type[Event]) -> None:
    assert cls.__name__ in names_used_in("node/server_socket.py")


@pytest.mark.parametrize("cls", sent_by(Sender.NODE), ids=lambda cls: cls.__name__)
def test_event_of_a_node_has_a_handler_in_the_server(cls: type[Event]) -> None:
    assert callable(getattr(TasksNamespace, f"on_{cls.wire_name}", None))


@pytest.mark.parametrize("cls", sent_by(Sender.SERVER), ids=lambda cls: cls.__name__)
def test_event_of_the_server_is_sent_somewhere_in_the_server(cls: type[Event]) -> None:
    assert cls.__name__ in names_used_in("server")


@pytest.mark.parametrize("cls", sent_by(Sender.NODE), ids=lambda cls: cls.__name__)
def test_event_of_a_node_is_sent_somewhere_in_the_node(cls: type[Event]) -> None:
    assert cls.__name__ in names_used_in("node")


def test_server_has_no_handler_for_events_that_nobody_declared() -> None:
    handlers = {name for name in vars(TasksNamespace) if name.startswith("on_")}
    declared = {f"on_{cls.wire_name}" for cls in sent_by(Sender.NODE)}

    # `message` and `error` are free text that any client may send; they are only written down.
    lifecycle = {"on_connect", "on_disconnect", "on_message", "on_error"}
    assert handlers - declared <= lifecycle
