"""Every event on the socket (namespace ``/tasks``), declared once for server, node and client.

An event is a frozen dataclass; `payload` and `parse` are the only ways to and from the wire. A
field that is missing or has another type is an `EventError`; an unknown field is ignored, so that
either side may be newer. Names and shapes are those of 3.x; the number of arguments is part of
them, because published nodes dispatch by it.

Which way an event goes is its `Sender`: the server's events end at nodes and users, a node's at
the server.
"""

from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields
from enum import Enum
from typing import Any, ClassVar, TypeVar, get_args

from vantage6.common.errors import EventError

NAMESPACE = "/tasks"
_EventType = TypeVar("_EventType", bound="type[Event]")
_Sent = TypeVar("_Sent", bound="Event")


class Sender(Enum):
    """Who sends an event."""

    SERVER = "server"
    NODE = "node"


class Event:
    """Base of all events; its fields travel as one JSON object."""

    __slots__ = ()
    wire_name: ClassVar[str]
    sender: ClassVar[Sender]

    def payload(self) -> tuple[Any, ...]:
        """Arguments of the event on the wire."""
        return ({field.name: _plain(getattr(self, field.name)) for field in fields(self)},)  # type: ignore[arg-type]  # every subclass is a dataclass

    @classmethod
    def parse(cls: type[_Sent], *arguments: Any) -> _Sent:
        """Event from its arguments on the wire.

        Raises
        ------
        EventError
            When a field is missing or has the wrong type.
        """
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise EventError(f"event {cls.wire_name}: expected one object")
        return cls(**{f.name: _field(cls, f, arguments[0]) for f in fields(cls)})  # type: ignore[arg-type]  # as above


REGISTRY: dict[tuple[Sender, str], type[Event]] = {}
"""Every event by who sends it and its name on the wire."""


def event(name: str, sender: Sender) -> Callable[[_EventType], _EventType]:
    """Register an event class under its wire name (a decorator, because of ``slots=True``)."""

    def register(cls: _EventType) -> _EventType:
        cls.wire_name, cls.sender = name, sender
        REGISTRY[sender, name] = cls
        return cls

    return register


def heard(sender: Sender, name: str, *arguments: Any) -> Event | None:
    """What came over the socket from a sender; None where we have no such event.

    Raises
    ------
    EventError
        When a field is missing or has the wrong type.
    """
    known = REGISTRY.get((sender, name))
    return None if known is None else known.parse(*arguments)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _field(cls: type[Event], field: Any, received: dict[str, Any]) -> Any:
    if field.name not in received:
        if field.default is MISSING:
            raise EventError(f"event {cls.wire_name}: '{field.name}' is missing")
        return field.default
    value = received[field.name]
    allowed = get_args(field.type) or (field.type,)
    if not any(_fits(value, kind) for kind in allowed):
        raise EventError(f"event {cls.wire_name}: '{field.name}' has the wrong type")
    return value


def _whole_number(cls: type[Event], received: dict[str, Any], name: str) -> int:
    value = received.get(name)
    if not _fits(value, int):
        raise EventError(f"event {cls.wire_name}: '{name}' is missing, or not a whole number")
    return int(value)  # type: ignore[arg-type]  # the line above has checked it


def _fits(value: Any, kind: Any) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind) if isinstance(kind, type) else True


# --- server -> nodes and users ---------------------------------------------------------------


@event("task_created", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class TaskCreated(Event):
    """A task was stored; for user interfaces."""

    task_id: int
    run_id: int
    collaboration_id: int
    init_org_id: int


@event("new_task", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class NewTask(Event):
    """A task has open runs; nodes of its collaboration look whether one is theirs."""

    task_id: int

    def payload(self) -> tuple[Any, ...]:
        """3.x sends the bare id."""
        return (self.task_id,)

    @classmethod
    def parse(cls, *arguments: Any) -> "NewTask":
        """Event from the bare id."""
        if len(arguments) != 1 or not _fits(arguments[0], int):
            raise EventError(f"event {cls.wire_name}: expected a task id")
        return cls(arguments[0])


@event("status_update", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class StatusUpdate(Event):
    """The row of a run changed."""

    result_id: int


@event("algorithm_status_change", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class AlgorithmStatusChange(Event):
    """A run changed its state; the server's word, with `run_id` added to what the node said."""

    status: str
    result_id: int
    task_id: int
    run_id: int
    collaboration_id: int
    node_id: int
    organization_id: int
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class KillEntry:
    """One run to stop."""

    task_id: int
    result_id: int
    organization_id: int

    def plain(self) -> dict[str, int]:
        """The entry as a JSON object."""
        return asdict(self)


@event("kill_containers", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class KillContainers(Event):
    """Stop the runs in `kill_list`, or every run of node `node_id`.

    Notes
    -----
    Published nodes take a missing or empty list for "everything", so exactly one of the two is
    set.
    """

    collaboration_id: int
    kill_list: tuple[KillEntry, ...] = ()
    node_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse the form that would stop everything."""
        if bool(self.kill_list) == (self.node_id is not None):
            raise EventError("kill_containers needs either runs or a node")

    def payload(self) -> tuple[Any, ...]:
        """Variant with a list, or with a node."""
        body: dict[str, Any] = {"collaboration_id": self.collaboration_id}
        if self.node_id is not None:
            body["node_id"] = self.node_id
        else:
            body["kill_list"] = [entry.plain() for entry in self.kill_list]
        return (body,)

    @classmethod
    def parse(cls, *arguments: Any) -> "KillContainers":
        """Event from either variant."""
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise EventError(f"event {cls.wire_name}: expected one object")
        body = arguments[0]
        collaboration_id = _whole_number(cls, body, "collaboration_id")
        listed = body.get("kill_list")
        if listed:
            return cls(collaboration_id, _kill_entries(cls, listed))
        return cls(collaboration_id, node_id=_whole_number(cls, body, "node_id"))


def _kill_entries(cls: type[Event], listed: Any) -> tuple[KillEntry, ...]:
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise EventError(f"event {cls.wire_name}: 'kill_list' must be a list of objects")
    names = [field.name for field in fields(KillEntry)]
    return tuple(
        KillEntry(*(_whole_number(cls, entry, name) for name in names)) for entry in listed
    )


@event("expired_token", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class ExpiredToken(Event):
    """The token of this connection is not valid; log in again and connect anew."""

    def payload(self) -> tuple[Any, ...]:
        """No arguments: published nodes raise on any."""
        return ()

    @classmethod
    def parse(cls, *arguments: Any) -> "ExpiredToken":
        """3.5 sends an empty text, later versions nothing."""
        del arguments
        return cls()


@event("message", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class Message(Event):
    """A line for people: who joined or left a room."""

    text: str

    def payload(self) -> tuple[Any, ...]:
        """One text."""
        return (self.text,)

    @classmethod
    def parse(cls, *arguments: Any) -> "Message":
        """Event from its text."""
        return cls(" ".join(str(argument) for argument in arguments))


@event("node-online", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class NodeOnline(Event):
    """A node connected."""

    id: int
    name: str
    org_id: int


@event("node-offline", Sender.SERVER)
@dataclass(frozen=True, slots=True)
class NodeOffline(Event):
    """A node is no longer connected."""

    id: int
    name: str
    org_id: int


# --- node -> server ---------------------------------------------------------------------------


@event("ping", Sender.NODE)
@dataclass(frozen=True, slots=True)
class Ping(Event):
    """The node lives; sent every `PING_INTERVAL_S`."""

    def payload(self) -> tuple[Any, ...]:
        """No arguments, as in 3.x."""
        return ()

    @classmethod
    def parse(cls, *arguments: Any) -> "Ping":
        """Event without content."""
        del arguments
        return cls()


PING_INTERVAL_S = 60
"""Longest time between two signs of life of a node."""


@event("node_info_update", Sender.NODE)
@dataclass(frozen=True, slots=True)
class NodeInfoUpdate(Event):
    """What a node shares of its configuration.

    A list becomes one row per element at the server.
    """

    settings: dict[str, Any]

    def payload(self) -> tuple[Any, ...]:
        """The settings themselves."""
        return (self.settings,)

    @classmethod
    def parse(cls, *arguments: Any) -> "NodeInfoUpdate":
        """Event from the settings."""
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            raise EventError(f"event {cls.wire_name}: expected one object")
        return cls(arguments[0])


@event("algorithm_status_change", Sender.NODE)
@dataclass(frozen=True, slots=True)
class NodeStatusChange(Event):
    """A run changed its state, as its node says; the server checks that the run is the node's."""

    status: str
    result_id: int
    task_id: int
    collaboration_id: int
    node_id: int
    organization_id: int
    parent_id: int | None = None
