"""Bodies of the REST API as client, node and tools see them.

Only what our own code reads is declared; the full description is the server's OpenAPI document.
"""

from typing import Any, TypedDict


class Link(TypedDict):
    """Reference to another object: its id, its path below the host, and the verbs there."""

    id: int
    link: str
    methods: list[str]


class Organization(TypedDict):
    """An organization; `public_key` is base64 of its PEM, an empty text when there is none."""

    id: int
    name: str
    public_key: str


class Collaboration(TypedDict):
    """A collaboration of organizations."""

    id: int
    name: str
    encrypted: bool
    organizations: list[Link] | None


class Node(TypedDict):
    """A node, which works for one organization in one collaboration."""

    id: int
    name: str
    status: str | None
    organization: Link
    collaboration: Link


class Task(TypedDict):
    """A task; `initiator` and `init_user` are ids, `run_id` numbers the tree of tasks."""

    id: int
    name: str
    image: str
    database: str | None
    run_id: int
    status: str
    complete: bool
    initiator: int
    init_user: int | None
    parent: Link | None


class Result(TypedDict):
    """One organization's run of a task; `input` and `result` are encrypted or base64."""

    id: int
    input: str | None
    result: str | None
    log: str | None
    status: str | None
    assigned_at: str | None
    started_at: str | None
    finished_at: str | None
    organization: Any
    task: Any
