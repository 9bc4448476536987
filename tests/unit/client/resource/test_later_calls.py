"""Calls and spellings of other versions, and the requests that they make."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.client.conftest import MakeClient
from vantage6.client import Client
from vantage6.common.errors import InvalidInput, MethodNotAllowed

Call = Callable[[Client], Any]
TASK = {"name": "a", "image": "i", "description": ""}


@pytest.mark.parametrize(
    ("call", "route", "body"),
    [
        (
            lambda c: c.collaboration.update(1, name="n", encrypted=False),
            "PATCH /collaboration/1",
            {"name": "n", "encrypted": False},
        ),
        (
            lambda c: c.collaboration.update(id=1, organization_ids=(1, 2)),
            "PATCH /collaboration/1",
            {"organization_ids": [1, 2]},
        ),
        (lambda c: c.collaboration.delete(1), "DELETE /collaboration/1", None),
        (
            lambda c: c.collaboration.add_organization(2, 1),
            "POST /collaboration/1/organization",
            {"id": 2},
        ),
        (
            lambda c: c.collaboration.remove_organization(organization=2, collaboration=1),
            "DELETE /collaboration/1/organization",
            {"id": 2},
        ),
        (lambda c: c.user.delete(6), "DELETE /user/6", None),
        (lambda c: c.organization.delete(2), "DELETE /organization/2", None),
        (lambda c: c.node.update(3, clear_ip=True), "PATCH /node/3", {"clear_ip": True}),
        (lambda c: c.node.delete(id=3), "DELETE /node/3", None),
        (lambda c: c.task.kill(id=3), "POST /kill/task", {"id": 3}),
        (lambda c: c.role.delete(id_=2), "DELETE /role/2", None),
        (lambda c: c.user.update(id=6, email="e@x"), "PATCH /user/6", {"email": "e@x"}),
    ],
)
def test_changing(
    client: Client, rest: FakeRest, call: Call, route: str, body: dict[str, Any] | None
) -> None:
    rest.on(route, {"id": 1})

    call(client)

    assert rest.last(route).body == body


@pytest.mark.parametrize(
    ("call", "route", "query"),
    [
        (
            lambda c: c.task.list(init_org=1, init_user=5, job_id=3, page=None, per_page=None),
            "GET /task",
            {"initiator_id": ["1"], "init_user_id": ["5"], "run_id": ["3"]},
        ),
        (
            lambda c: c.run.list(task_id=4, include_metadata=False, sort="finished_at"),
            "GET /result",
            {"task_id": ["4"], "sort": ["finished_at"]},
        ),
        (lambda c: c.get_results(id=9), "GET /result/9", {}),
        (
            lambda c: c.node.list(collaboration_id=1, page=None, per_page=None),
            "GET /node",
            {"collaboration_id": ["1"]},
        ),
        (lambda c: c.request("x", None, "get", {"a": 1}, False, False), "GET /x", {"a": ["1"]}),
    ],
)
def test_reading(
    client: Client, rest: FakeRest, call: Call, route: str, query: dict[str, list[str]]
) -> None:
    rest.on(route, {} if route.endswith("9") else [])

    call(client)

    found = {name: value for name, value in rest.last(route).query.items() if name != "include"}
    assert found == query


@pytest.mark.parametrize(
    "arguments",
    [
        {"collaboration": 1, "organizations": [2], "input": {}},
        {"collaboration_id": 1, "organization_ids": [2], "input_": {}},
        {"collaboration": 1, "organizations": [2], "input_": {}, "databases": "d"},
        {"collaboration": 1, "organizations": [2], "input_": {}, "databases": ["d"]},
        {"collaboration": 1, "organizations": [2], "input_": {}, "databases": [{"label": "d"}]},
        {"collaboration": 1, "organizations": [2], "input": {}, "study": None, "store": None},
    ],
)
def test_task_may_be_spelled_as_in_every_version(
    client: Client, rest: FakeRest, arguments: dict[str, Any]
) -> None:
    rest.on("POST /task", {"id": 3})

    assert client.task.create(**TASK, **arguments) == {"id": 3}

    body = rest.last("POST /task").body
    assert (body["collaboration_id"], body["organizations"][0]["id"]) == (1, 2)
    assert body["database"] == ("d" if "databases" in arguments else "default")


@pytest.mark.parametrize("last", [{"collaboration": 1}, {"collaboration_id": 1}, None])
def test_task_may_be_created_in_the_order_of_4x(
    client: Client, rest: FakeRest, last: dict[str, int] | None
) -> None:
    rest.on("POST /task", {"id": 3})
    order: list[Any] = [[2], "a", "i", "", {"method": "x"}, *([] if last else [1])]

    client.task.create(*order, **(last or {}), databases=[{"label": "d"}])

    body = rest.last("POST /task").body
    assert (body["collaboration_id"], body["organizations"][0]["id"]) == (1, 2)
    assert (body["name"], body["image"], body["database"]) == ("a", "i", "d")


def test_what_only_later_servers_know_is_refused(client: Client) -> None:
    with pytest.raises(InvalidInput, match="know no 'study': name the organizations"):
        client.task.create(
            collaboration=1,
            organizations=[2],
            **TASK,
            input={},
            study=4,  # type: ignore[call-arg]  # of 4.x
        )


def test_collaboration_may_be_said_once_for_all(client: Client, rest: FakeRest) -> None:
    for route in ("POST /task", "POST /node", "PATCH /collaboration/1", "GET /collaboration/1"):
        rest.on(route, {"id": 3, "encrypted": False})
    rest.on("POST /collaboration/1/organization", [])

    client.setup_collaboration(1)

    client.task.create(organizations=[2], **TASK, input={})
    client.node.create()
    client.collaboration.update(name="n")
    client.collaboration.add_organization(2)
    assert client.collaboration_id == 1
    assert client.collaboration.get()["id"] == 3
    assert rest.last("POST /task").body["collaboration_id"] == 1
    assert rest.last("POST /node").body["collaboration_id"] == 1


def test_collaboration_that_was_never_said_is_asked_for(client: Client) -> None:
    with pytest.raises(InvalidInput, match=r"setup_collaboration\(id\)"):
        client.task.create(organizations=[2], **TASK, input={})


def test_organization_that_cannot_be_removed_says_what_to_do(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("DELETE /organization/2", Refusal(405, {"message": "The method is not allowed"}))

    with pytest.raises(MethodNotAllowed, match=r"collaboration\.remove_organization\(2, …\)"):
        make_client().organization.delete(2)
    assert "remove its users" in make_client(raise_errors=False).organization.delete(2)["msg"]


@pytest.mark.parametrize("filters", [{"page": 2}, {"include_metadata": False}, {"sort": "name"}])
def test_iterate_takes_no_page(client: Client, filters: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="it gives all entries"):
        client.task.iterate(**filters)


def test_iterate_refuses_pages_of_nothing(client: Client) -> None:
    with pytest.raises(InvalidInput, match="per_page"):
        client.task.iterate(per_page=0)


def test_iterate_asks_for_pages_as_they_are_needed(client: Client, rest: FakeRest) -> None:
    page = {"data": [{"id": 9, "name": "x"}, {"id": 8, "name": "y"}], "links": {"next": "…"}}
    rest.on("GET /task", page)

    tasks = client.task.iterate(per_page=2, name="%", fields=["name"])

    assert "GET /task" not in rest.routes()
    assert next(tasks) == {"name": "x"}
    assert rest.last("GET /task").query == {
        "name": ["%"], "page": ["1"], "per_page": ["2"], "include": ["metadata"], "sort": ["-id"]
    }  # fmt: skip
