"""Every list of the published client: its pages and its filters."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from tests.compat.client.conftest import Kept, Nodes
from tests.compat.client.crowd import NUMBERS, PORT, gather
from tests.compat.client.nodes import online
from tests.compat.client.published import Remote
from tests.compat.client.shapes import assert_shape

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(400),
    pytest.mark.repeats("3.5.2"),
]
Row = dict[str, Any]
NOUNS = ("organization", "collaboration", "node", "user", "role", "rule", "task", "result")
ALL: dict[str, dict[str, Any]] = {"collaboration": {"scope": "global"}}
"""What it takes to be shown everything."""


@pytest.fixture
def crowd(kept: Kept, client: Remote, nodes: Nodes) -> Remote:
    """The client of a server with three of everything and more."""
    kept("crowd", lambda: gather(client, nodes))
    return client


def listed(client: Remote, noun: str, **filters: Any) -> Any:
    return getattr(client, noun).list(**ALL.get(noun, {}) | filters)


def walked(client: Remote, noun: str, **filters: Any) -> list[Row]:
    """The rows of all pages."""
    rows: list[Row] = []
    for number in itertools.count(1):
        page = listed(client, noun, page=number, per_page=100, **filters)
        rows += page["data"]
        if "next" not in page["links"]:
            break
    return rows


@pytest.fixture
def everything(crowd: Remote, noun: str) -> list[Row]:
    """All that can be listed."""
    return walked(crowd, noun)


def ids(rows: list[Row]) -> list[int]:
    return [row["id"] for row in rows]


# --- pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", NOUNS)
def test_two_pages(crowd: Remote, noun: str) -> None:
    first = listed(crowd, noun, page=1, per_page=2)
    second = listed(crowd, noun, page=2, per_page=2)
    both = listed(crowd, noun, page=1, per_page=4)

    assert_shape(noun, *first["data"], *second["data"])
    assert ids(first["data"] + second["data"]) == ids(both["data"])
    assert len(set(ids(both["data"]))) == 4
    assert first["links"].keys() == {"first", "self", "next", "last"}
    assert second["links"].keys() >= {"first", "previous", "self", "last"}
    assert second["links"]["previous"] == first["links"]["self"] == first["links"]["first"]


@pytest.mark.parametrize("noun", NOUNS)
def test_the_links_lead_through_everything_once(
    crowd: Remote, everything: list[Row], noun: str
) -> None:
    size = 1 + len(everything) // 4

    page = listed(crowd, noun, page=1, per_page=size)
    assert len(page["data"]) == size
    found, last = ids(page["data"]), page["links"]["last"]
    while link := page["links"].get("next"):
        page = crowd.request(link.removeprefix("/api/"))
        found += ids(page["data"])

    assert found == ids(everything)
    assert page["links"]["self"] == last


@pytest.mark.parametrize("noun", NOUNS)
def test_without_metadata_a_page_is_a_plain_list(crowd: Remote, noun: str) -> None:
    page = listed(crowd, noun, page=2, per_page=2)

    plain = listed(crowd, noun, page=2, per_page=2, include_metadata=False)

    assert ids(plain) == ids(page["data"])


@pytest.mark.parametrize("noun", ["organization", "result"])
def test_without_page_everything_is_there(crowd: Remote, everything: list[Row], noun: str) -> None:
    one_page = listed(crowd, noun)

    assert ids(one_page["data"]) == ids(everything)
    assert one_page["links"].keys() == {"first", "self", "last"}


@pytest.mark.parametrize("noun", NOUNS)
def test_a_page_beyond_the_end_is_empty(crowd: Remote, noun: str) -> None:
    beyond = listed(crowd, noun, page=90, per_page=10)

    assert beyond["data"] == []
    assert beyond["links"]["previous"].startswith(f"/api/{noun}?page=89")


@pytest.mark.parametrize("noun", ["task", "result"])
def test_newest_come_first(everything: list[Row]) -> None:
    newest = ids(everything)

    assert newest == sorted(newest, reverse=True)


def test_pages_of_tasks_carry_their_results(crowd: Remote) -> None:
    first = crowd.task.list(include_results=True, page=1, per_page=2)
    second = crowd.request(first["links"]["next"].removeprefix("/api/"))

    assert_shape("task_with_results", *first["data"], *second["data"])
    assert [len(task["results"]) > 0 for task in second["data"]] == [True] * len(second["data"])


def test_pages_of_results_carry_their_tasks(crowd: Remote) -> None:
    first = crowd.result.list(include_task=True, page=1, per_page=2)
    second = crowd.request(first["links"]["next"].removeprefix("/api/"))

    assert_shape("result_with_task", *first["data"], *second["data"])


# --- filters ----------------------------------------------------------------------------------

Choice = tuple[str, dict[str, Any], Callable[[Row], bool]]
FUTURE, PAST = "2999-01-01", "2000-01-01 12:00:00"


def has_link(key: str, id_: int) -> Callable[[Row], bool]:
    return lambda row: id_ in [link["id"] for link in row[key] or ()]


def links_to(key: str, id_: int) -> Callable[[Row], bool]:
    return lambda row: row[key] is not None and row[key]["id"] == id_


def has(key: str, value: Any) -> Callable[[Row], bool]:
    return lambda row: bool(row[key] == value)


def starts(key: str, text: str) -> Callable[[Row], bool]:
    return lambda row: str(row[key]).startswith(text)


def never(row: Row) -> bool:
    return False


def was_seen(row: Row) -> bool:
    return row["last_seen"] is not None


FILTERS: list[Choice] = [
    ("organization", {"name": "crowd2"}, has("name", "crowd2")),
    ("organization", {"name": "crowd%"}, starts("name", "crowd")),
    ("organization", {"country": "BE"}, has("country", "BE")),
    ("organization", {"collaboration": 1}, has_link("collaborations", 1)),
    ("collaboration", {"name": "crowd1"}, has("name", "crowd1")),
    ("collaboration", {"encrypted": True}, has("encrypted", True)),
    ("collaboration", {"encrypted": False}, has("encrypted", False)),
    ("collaboration", {"organization": 3}, has_link("organizations", 3)),
    ("node", {"name": "crowd%"}, starts("name", "crowd")),
    ("node", {"organization": 2}, links_to("organization", 2)),
    ("node", {"collaboration": 1}, links_to("collaboration", 1)),
    ("node", {"ip": "10.76.0.4"}, has("ip", "10.76.0.4")),
    ("node", {"last_seen_from": PAST}, was_seen),
    ("node", {"last_seen_till": FUTURE}, was_seen),
    ("node", {"last_seen_till": PAST}, never),
    ("user", {"username": "crowd1"}, has("username", "crowd1")),
    ("user", {"organization": 3}, links_to("organization", 3)),
    ("user", {"firstname": "First%"}, starts("firstname", "First")),
    ("user", {"lastname": "Last1"}, has("lastname", "Last1")),
    ("user", {"email": "crowd1@%"}, starts("email", "crowd1@")),
    ("user", {"role": 1}, has_link("roles", 1)),
    ("user", {"rule": 1}, has_link("rules", 1)),
    ("user", {"last_seen_from": PAST}, was_seen),
    ("user", {"last_seen_till": FUTURE}, was_seen),
    ("user", {"last_seen_from": FUTURE}, never),
    ("role", {"name": "crowd%"}, starts("name", "crowd")),
    ("role", {"description": "crowd 1"}, has("description", "crowd 1")),
    ("role", {"organization": 2}, links_to("organization", 2)),
    ("role", {"rule": 53}, has_link("rules", 53)),
    ("role", {"user": 1}, has_link("users", 1)),
    ("rule", {"name": "task"}, has("name", "task")),
    ("rule", {"operation": "EDIT"}, has("operation", "EDIT")),
    ("rule", {"scope": "OWN"}, has("scope", "OWN")),
    ("task", {"initiator": 2}, has("initiator", 2)),
    ("task", {"initiator": 3}, never),
    ("task", {"initiating_user": 999}, never),
    ("task", {"collaboration": 1}, links_to("collaboration", 1)),
    ("task", {"collaboration": 2}, never),
    ("task", {"image": "%crowd:2"}, has("name", "crowd2")),
    ("task", {"name": "crowd3"}, has("name", "crowd3")),
    ("task", {"description": "crowd 1"}, has("name", "crowd1")),
    ("task", {"database": "crowd2"}, has("name", "crowd2")),
    ("result", {"organization": 3}, links_to("organization", 3)),
    ("result", {"state": "open"}, has("finished_at", None)),
    ("result", {"started": (PAST, FUTURE)}, lambda row: row["started_at"] is not None),
    ("result", {"assigned": (FUTURE, None)}, never),
    ("result", {"assigned": (PAST, FUTURE)}, lambda row: True),
    ("result", {"finished": (PAST, None)}, lambda row: row["finished_at"] is not None),
    ("result", {"finished": (None, PAST)}, never),
    (
        "result",
        {"port": PORT},
        lambda row: PORT in [port["port"] for port in row["ports"]],
    ),
]
NOTHING_LEFT_OUT = ("result", {"assigned": (PAST, FUTURE)})
SAME_FOR_ALL = (NOTHING_LEFT_OUT, ("task", {"initiator": 2}), ("task", {"collaboration": 1}))


@pytest.mark.parametrize(
    ("noun", "filters", "fits"), FILTERS, ids=[f"{noun}-{values}" for noun, values, _ in FILTERS]
)
def test_a_filter_chooses(
    crowd: Remote,
    everything: list[Row],
    noun: str,
    filters: dict[str, Any],
    fits: Callable[[Row], bool],
) -> None:
    chosen = walked(crowd, noun, **filters)

    assert ids(chosen) == ids([row for row in everything if fits(row)])
    assert bool(chosen) is (fits is not never)
    assert len(chosen) < len(everything) or (noun, filters) in SAME_FOR_ALL


def test_nodes_are_chosen_by_being_online(crowd: Remote, nodes: Nodes) -> None:
    with online(nodes[2]), online(nodes[4]):
        crowd.node.list()
    with online(nodes[4]):
        everything = walked(crowd, "node")

        is_online = crowd.node.list(is_online=True, per_page=100)["data"]
        is_offline = crowd.node.list(is_online=False, per_page=100)["data"]

    assert_shape("node", *is_online)
    assert [node["organization"]["id"] for node in is_online] == [4]
    offline = [node for node in everything if node["status"] == "offline"]
    assert ids(is_offline) == ids(offline)


def test_rules_are_chosen_by_a_role(crowd: Remote) -> None:
    (viewer,) = crowd.role.list(name="Viewer")["data"]

    chosen = crowd.rule.list(role=viewer["id"], per_page=100)["data"]

    assert sorted(ids(chosen)) == sorted(link["id"] for link in viewer["rules"])


def test_roles_of_an_organization_come_with_the_shared_ones_when_asked(crowd: Remote) -> None:
    own = crowd.role.list(organization=2, per_page=100)["data"]
    shared = [
        role for role in crowd.role.list(per_page=100)["data"] if role["organization"] is None
    ]

    with_shared = crowd.role.list(organization=2, include_root=True, per_page=100)["data"]

    assert own
    assert sorted(ids(with_shared)) == sorted(ids(own) + ids(shared))
    assert crowd.role.list(organization=2, include_root=False, per_page=100)["data"] == own


@pytest.mark.parametrize("number", NUMBERS)
def test_one_task_is_chosen_by_its_numbers(crowd: Remote, number: int) -> None:
    (task,) = crowd.task.list(name=f"crowd{number}")["data"]
    run = task["results"][0]["id"]

    chosen = [
        crowd.task.list(run=task["run_id"])["data"],
        crowd.task.list(result=run)["data"],
        crowd.task.list(name=f"crowd{number}", initiating_user=task["init_user"])["data"],
    ]

    assert chosen == [[task]] * 3
    assert ids(crowd.result.list(task=task["id"])["data"]) == sorted(
        ids(task["results"]), reverse=True
    )


def test_results_are_chosen_by_node(crowd: Remote, nodes: Nodes) -> None:
    chosen = crowd.result.list(node=nodes[3].id)["data"]

    assert {row["organization"]["id"] for row in chosen} == {3}
    assert len(chosen) >= 3


@pytest.mark.parametrize("status", ["pending", "completed", "failed"])
def test_tasks_are_chosen_by_status(crowd: Remote, version: str, status: str) -> None:
    if version == "3.5.2":
        chosen = crowd.request("task", params={"status": status})
    else:
        chosen = walked(crowd, "task", status=status)

    fitting = [task["id"] for task in walked(crowd, "task") if task["status"] == status]
    assert ids(chosen) == fitting
    assert fitting or status == "failed"
