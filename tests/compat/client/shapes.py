"""What an answer of the server looks like: its keys and the kinds of their values.

From rest.md, section 1.6. One thing is left out on purpose: a user has no ``otp_secret``, because
that was a leak.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

_VERBS = {
    "organization": {"GET", "PATCH"},
    "result": {"GET", "PATCH"},
    "task": {"GET", "DELETE"},
    "rule": {"GET"},
    **{noun: {"GET", "PATCH", "DELETE"} for noun in ("collaboration", "node", "user", "role")},
}
"""What can be done at the address of an object; the server may offer more."""


def _is_link(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"id", "link", "methods"}:
        return False
    path, _, id_ = value["link"].rpartition("/")
    verbs = _VERBS[path.rpartition("/")[2]]
    return type(value["id"]) is int and id_ == str(value["id"]) and verbs <= {*value["methods"]}


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).utcoffset() == timedelta(0)


def _all(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def _one_of(*values: object) -> Callable[[Any], bool]:
    return lambda value: value in values


def _object(kind: str) -> Callable[[Any], bool]:
    return lambda value: not problems(kind, value)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "int": lambda value: type(value) is int,
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: type(value) is bool,
    "any": lambda value: True,
    "time": _is_time,
    "link": _is_link,
    # A list of links is never empty: it is null then.
    "links": lambda value: bool(value) and _all(_is_link)(value),
    "ints": _all(lambda item: type(item) is int),
    "status": _one_of("online", "offline"),
    "operation": _one_of("VIEW", "CREATE", "EDIT", "DELETE"),
    "scope": _one_of("OWN", "ORGANIZATION", "COLLABORATION", "GLOBAL"),
    "node_in_result": lambda value: value == {} or not problems("node_in_result", value),
    "ports": _all(_object("port_in_result")),
    "config": _all(_object("config")),
    "runs": _all(_object("run")),
    "task": _object("task_in_result"),
    "user_type": _one_of("user"),
    "node_type": _one_of("node"),
}

_TASK = {
    "id": "int",
    "name": "str",
    "description": "str",
    "image": "str",
    "database": "str",
    "run_id": "int",
    "created_at": "time",
    "finished_at": "time?",
    "status": "str",
    "complete": "bool",
    "initiator": "int",
    "init_user": "int?",
    "collaboration": "link?",
    "parent": "link?",
    "children": "links?",
}
_RUN = {
    "id": "int",
    "input": "any",
    "result": "any",
    "log": "str?",
    "status": "str",
    "assigned_at": "time",
    "started_at": "time?",
    "finished_at": "time?",
    "organization": "int",
    "node": "node_in_result",
    "ports": "ports",
}
_NODE_IN_RESULT = {"id": "int", "name": "str", "status": "status?", "ip": "str?", "config": "ints"}
_NODE = _NODE_IN_RESULT | {
    "type": "node_type",
    "last_seen": "time?",
    "organization": "link",
    "collaboration": "link?",
    "config": "config",
}
SHAPES: dict[str, dict[str, str]] = {
    "organization": {
        "id": "int",
        "name": "str",
        **dict.fromkeys(("domain", "address1", "address2", "zipcode", "country"), "str?"),
        "public_key": "str",
        **dict.fromkeys(("collaborations", "nodes", "users", "results"), "links?"),
        "roles": "ints",
    },
    "collaboration": {
        "id": "int",
        "name": "str",
        "encrypted": "bool",
        **dict.fromkeys(("organizations", "nodes", "tasks"), "links?"),
    },
    "user": {
        "id": "int",
        "username": "str",
        **dict.fromkeys(("firstname", "lastname", "email"), "str?"),
        "type": "user_type",
        "status": "status?",
        "ip": "str?",
        "last_seen": "time?",
        "organization": "link",
        **dict.fromkeys(("roles", "rules"), "links?"),
        "created_tasks": "ints",
    },
    "node": _NODE,
    "created_node": _NODE | {"api_key": "str"},
    "node_in_result": _NODE_IN_RESULT,
    "config": {"key": "str", "value": "str"},
    "role": {
        "id": "int",
        "name": "str",
        "description": "str",
        "organization": "link?",
        **dict.fromkeys(("rules", "users"), "links?"),
    },
    "rule": {
        "id": "int",
        "name": "str",
        "description": "str",
        "operation": "operation",
        "scope": "scope",
        "users": "links?",
    },
    "task": _TASK | {"results": "links?"},
    "task_with_results": _TASK | {"results": "runs"},
    "task_in_result": _TASK,
    "run": _RUN,
    "port_in_result": {"id": "int", "port": "int", "label": "str?"},
    "result": _RUN | {"organization": "link", "task": "link"},
    "result_with_task": _RUN | {"organization": "link", "task": "task"},
    "task_result": _RUN | {"task": "int"},
}


def problems(kind: str, value: Any) -> list[str]:
    """What is wrong with an object."""
    shape = SHAPES[kind]
    if not isinstance(value, dict):
        return [f"{kind} is {value!r}"]
    found = [f"{kind} lacks {key}" for key in shape.keys() - value.keys()]
    found += [f"{kind} has {key} as well" for key in value.keys() - shape.keys()]
    for key in shape.keys() & value.keys():
        is_right = _KINDS[shape[key].removesuffix("?")]
        if not (shape[key].endswith("?") and value[key] is None) and not is_right(value[key]):
            found.append(f"{kind}.{key} is {value[key]!r}")
    return found


def assert_shape(kind: str, *values: Any) -> None:
    """Each of the values is an object of this kind."""
    assert values
    assert [problem for value in values for problem in problems(kind, value)] == []
