"""Which request each method makes; the shapes are those of published clients."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.rest import Asked, FakeRest
from vantage6.client import Client
from vantage6.common.errors import InvalidInput

Call = Callable[[Client], Any]


def asked(client: Client, rest: FakeRest, call: Call, route: str) -> Asked:
    rest.on(route, [] if route.startswith("GET") else {"id": 1})
    call(client)
    return rest.last(route)


@pytest.mark.parametrize(
    ("call", "route", "query"),
    [
        (lambda c: c.util.get_server_health(), "GET /health", {}),
        (lambda c: c.organization.get(2), "GET /organization/2", {}),
        (lambda c: c.organization.list(), "GET /organization", {"include": ["metadata"]}),
        (
            lambda c: c.organization.list(country="NL", collaboration=1, include_metadata=False),
            "GET /organization",
            {"country": ["NL"], "collaboration_id": ["1"]},
        ),
        (lambda c: c.collaboration.list(), "GET /organization/1/collaboration", {}),
        (
            lambda c: c.collaboration.list(scope="global", encrypted=True),
            "GET /collaboration",
            {"encrypted": ["True"], "page": ["1"], "per_page": ["20"], "include": ["metadata"]},
        ),
        (
            lambda c: c.node.list(is_online=False, organization=2, page=2, include_metadata=False),
            "GET /node",
            {"status": ["offline"], "organization_id": ["2"], "page": ["2"], "per_page": ["20"]},
        ),
        (lambda c: c.node.get(1), "GET /node/1", {}),
        (lambda c: c.task.get(4, include_results=True), "GET /task/4", {"include": ["results"]}),
        (
            lambda c: c.task.list(initiator=1, run=3, include_results=True, page=None),
            "GET /task",
            {
                "initiator_id": ["1"],
                "run_id": ["3"],
                "per_page": ["20"],
                "include": ["results", "metadata"],
            },
        ),
        (
            lambda c: c.result.list(task=4, started=("2026-01-01", None), include_task=True),
            "GET /result",
            {
                "task_id": ["4"],
                "started_from": ["2026-01-01"],
                "include": ["task", "metadata"],
            },
        ),
        (lambda c: c.result.from_task(4), "GET /result", {"task_id": ["4"]}),
        (lambda c: c.get_results(task_id=4, state="open"), "GET /result", {"task_id": ["4"],
                                                                           "state": ["open"]}),
        (lambda c: c.user.get(), "GET /user/5", {}),
        (
            lambda c: c.user.list(role=3, page=None, per_page=None, include_metadata=False),
            "GET /user",
            {"role_id": ["3"]},
        ),
        (lambda c: c.role.get(1), "GET /role/1", {}),
        (
            lambda c: c.role.list(rule=7, include_metadata=False),
            "GET /role",
            {"rule_id": ["7"], "page": ["1"], "per_page": ["20"]},
        ),
        (lambda c: c.rule.get(1), "GET /rule/1", {}),
        (
            lambda c: c.rule.list(name="task", include_metadata=False),
            "GET /rule",
            {"name": ["task"], "page": ["1"], "per_page": ["20"]},
        ),
    ],
)  # fmt: skip
def test_reading(
    client: Client, rest: FakeRest, call: Call, route: str, query: dict[str, list[str]]
) -> None:
    if "/user/" in route:  # already laid down for the log-in
        call(client)
        assert rest.last(route).query == query
        return
    assert asked(client, rest, call, route).query == query


@pytest.mark.parametrize(
    ("call", "route", "body"),
    [
        (
            lambda c: c.organization.create("a", "b", "c", "d", "NL", "a.org", public_key="k"),
            "POST /organization",
            {"name": "a", "address1": "b", "address2": "c", "zipcode": "d", "country": "NL",
             "domain": "a.org", "public_key": "k"},
        ),
        (lambda c: c.organization.update(name="new"), "PATCH /organization/1", {"name": "new"}),
        (
            lambda c: c.collaboration.create("c", [1, 2], encrypted=True),
            "POST /collaboration",
            {"name": "c", "organization_ids": [1, 2], "encrypted": True},
        ),
        (
            lambda c: c.node.create(collaboration=1),
            "POST /node",
            {"organization_id": 1, "collaboration_id": 1, "name": None},
        ),
        (lambda c: c.node.update(3, name="n"), "PATCH /node/3", {"name": "n"}),
        (lambda c: c.node.delete(3), "DELETE /node/3", None),
        (lambda c: c.node.kill_tasks(3), "POST /kill/node/tasks", {"id": 3}),
        (lambda c: c.task.kill(4), "POST /kill/task", {"id": 4}),
        (lambda c: c.task.delete(4), "DELETE /task/4", None),
        (
            lambda c: c.user.create("u", "f", "l", "p", "e@x", roles=[1]),
            "POST /user",
            {"username": "u", "firstname": "f", "lastname": "l", "password": "p", "email": "e@x",
             "organization_id": None, "roles": [1], "rules": []},
        ),
        (lambda c: c.user.update(rules=[]), "PATCH /user/5", {"rules": []}),
        (
            lambda c: c.role.create("r", "d", [1]),
            "POST /role",
            {"name": "r", "description": "d", "rules": [1], "organization_id": 1},
        ),
        (lambda c: c.role.update(2, rules=[3]), "PATCH /role/2", {"rules": [3]}),
        (lambda c: c.role.delete(2), "DELETE /role/2", None),
        (
            lambda c: c.util.change_my_password("old", "new"),
            "PATCH /password/change",
            {"current_password": "old", "new_password": "new"},
        ),
        (
            lambda c: c.util.reset_my_password(username="u"),
            "POST /recover/lost",
            {"username": "u"},
        ),
        (
            lambda c: c.util.set_my_password("t", "p"),
            "POST /recover/reset",
            {"reset_token": "t", "password": "p"},
        ),
    ],
)  # fmt: skip
def test_changing(
    client: Client, rest: FakeRest, call: Call, route: str, body: dict[str, Any] | None
) -> None:
    assert asked(client, rest, call, route).body == body


def test_lists_keep_their_page_links(client: Client, rest: FakeRest) -> None:
    page = {"data": [{"id": 1, "name": "a"}], "links": {"self": "/api/organization?page=1"}}
    rest.on("GET /organization", page)

    assert client.organization.list() == page


def test_picking_gives_plain_lists_as_the_manual_shows(client: Client, rest: FakeRest) -> None:
    rest.on("GET /organization", {"data": [{"id": 1, "name": "a", "zipcode": "z"}], "links": {}})
    rest.on("GET /organization/1/collaboration", [{"id": 7, "name": "c", "encrypted": False}])

    assert client.organization.list(fields=["id", "name"]) == [{"id": 1, "name": "a"}]
    assert client.collaboration.list(fields=["id", "name"]) == [{"id": 7, "name": "c"}]
    assert client.organization.list(filter_=("name", "b")) == []


def test_picking_works_for_single_things(client: Client) -> None:
    assert client.organization.get(2, fields=["name"]) == {"name": "hospital 2"}


def test_unknown_arguments_are_refused(client: Client, rest: FakeRest) -> None:
    rest.on("GET /organization", [])

    with pytest.raises(TypeError):
        client.organization.list(columns=["id"])


def test_forgotten_password_needs_somebody_to_be_named(client: Client) -> None:
    with pytest.raises(InvalidInput, match="e-mail address or your username"):
        client.util.reset_my_password()
