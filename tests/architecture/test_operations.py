"""Every address of the server says what it asks of its caller."""

import pytest
from vantage6.server.api.declaration import Access, ApiResource, Operation
from vantage6.server.resource.routes import ROUTES

VERBS = ("get", "post", "put", "patch", "delete")

OPEN_TO_ANYONE = {
    "GET /health",
    "GET /version",
    "POST /token/user",
    "POST /token/node",
    "POST /recover/lost",
    "POST /recover/reset",
    "POST /recover/2fa/lost",
    "POST /recover/2fa/reset",
}
"""What can be asked without a token. A line more is a decision, not an accident."""


def operations() -> dict[str, object]:
    """Every handler by its verb and address."""
    return {
        f"{verb.upper()} {route.path}": getattr(route.resource, verb)
        for route in ROUTES
        for verb in VERBS
        if hasattr(route.resource, verb)
    }


def declared(name: str) -> Operation:
    operation = getattr(operations()[name], "operation", None)
    assert isinstance(operation, Operation), f"{name} has no @operation"
    return operation


@pytest.mark.parametrize("name", list(operations()))
def test_handler_declares_its_operation(name: str) -> None:
    assert declared(name)


def test_list_of_what_anyone_may_ask_is_fixed() -> None:
    found = {name for name in operations() if declared(name).rule is Access.ANYONE}

    assert found == OPEN_TO_ANYONE


def test_every_address_answers_something_and_is_there_once() -> None:
    paths = [route.path for route in ROUTES]

    assert len(paths) == len(set(paths))
    for route in ROUTES:
        assert issubclass(route.resource, ApiResource)
        assert any(hasattr(route.resource, verb) for verb in VERBS)


def test_every_handler_says_what_it_does() -> None:
    silent = [name for name, handler in operations().items() if not handler.__doc__]

    assert silent == []
