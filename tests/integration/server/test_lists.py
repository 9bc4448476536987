import itertools

import pytest
from vantage6.server.model import (
    Collaboration,
    Node,
    Organization,
    Result,
    Role,
    Rule,
    Task,
    User,
)
from vantage6.server.permission.rules import Op, Scope

LISTS = [
    *("organization", "collaboration", "node", "user", "role", "rule", "role/1/rule"),
    *("task", "task?include=results", "result", "result?include=task"),
    *("collaboration/1/organization", "collaboration/1/node", "collaboration/1/task"),
    *("organization/2/collaboration", "organization/2/node", "task/1/result"),
]
SINGLES = [
    *("organization/2", "collaboration/1", "node/2", "user/1", "task/1", "result/1"),
    *("role/1", "rule/1"),
    *("task/1?include=results", "result/1?include=task"),
]
PAGINATED = [path for path in LISTS if not path.startswith("organization/") and "?" not in path]


@pytest.fixture
def many(server):
    """Adds rows of every kind, of which alpha sees all."""
    numbers = itertools.count()

    def add(count):
        with server.database.begin():
            alpha, study = Organization.by_id(2), Collaboration.by_id(1)
            for number in itertools.islice(numbers, count):
                add_one(f"more {number}", alpha, study)

    return add


def add_one(name, alpha, study):
    more = Organization(name=name).save()
    User(username=name, organization=more).save()
    study.organizations.append(more)
    other = Collaboration(name=name, encrypted=False, organizations=[alpha, more]).save()
    for owner, place in ((more, study), (alpha, other)):
        key = f"{name} {place.name}"
        Node(name=key, api_key=key, organization=owner, collaboration=place).save()
    rule = Rule(name=name, operation=Op.VIEW, scope=Scope.GLOBAL, roles=[Role.by_id(1)]).save()
    Role(name=name, description="", organization=alpha, rules=[rule]).save()
    task = Task(image="i", run_id=1, collaboration_id=1, initiator_id=2)
    task.results = [Result(organization_id=id_, input="") for id_ in (2, 3)]
    task.save()
    Result(task_id=1, organization_id=more.id, input="").save()


# --- budgets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_few_statements_whatever_the_rows(callers, counted, many, path):
    root = callers.user("root")
    many(1)
    root.get("version")
    few_rows = root.get(path).json
    with counted() as few:
        root.get(path)
    many(8)

    with counted() as seen:
        answer = root.get(path)

    assert len(answer.json) >= len(few_rows) + 8
    assert len(seen.statements) == len(few.statements) <= 6, "\n".join(seen.statements)


@pytest.mark.parametrize("path", PAGINATED)
def test_a_page_costs_one_statement_more(callers, counted, many, path):
    root = callers.user("root")
    many(3)
    with counted() as whole:
        root.get(path)

    with counted() as seen:
        root.get(path, page=1, per_page=2)

    assert len(seen.statements) <= len(whole.statements) + 1


@pytest.mark.parametrize("path", SINGLES)
def test_one_object_costs_at_most_five_statements(callers, counted, many, path):
    root = callers.user("root")
    many(3)
    root.get(path)

    with counted() as seen:
        answer = root.get(path)

    assert answer.status_code == 200
    assert len(seen.statements) <= 5, "\n".join(seen.statements)


# --- pages ------------------------------------------------------------------------------------


def shown(answer):
    assert answer.status_code == 200, answer.json
    body = answer.json
    return [row["id"] for row in (body["data"] if isinstance(body, dict) else body)]


@pytest.mark.parametrize("path", PAGINATED)
def test_without_a_page_everything_is_in_a_plain_list(callers, many, path):
    many(7)

    answer = callers.user("root").get(path)

    assert isinstance(answer.json, list)
    assert len(answer.json) > 5
    assert answer.headers["total-count"] == str(len(answer.json))
    assert "rel=self" in answer.headers["Link"]
    assert "rel=next" not in answer.headers["Link"]


@pytest.mark.parametrize("path", PAGINATED)
def test_all_pages_together_are_the_whole_list_in_its_order(callers, many, path):
    many(7)
    root = callers.user("root")
    everything = shown(root.get(path))

    url, collected = f"/api/{path}?page=1&per_page=3&include=metadata", []
    while url:
        body = root.client.get(url, headers=root.headers).json
        collected += [row["id"] for row in body["data"]]
        url = body["links"].get("next")

    assert collected == everything
    assert len(everything) > 6


def test_the_links_name_the_pages_around_and_keep_the_query(callers, many):
    many(7)
    query = {"page": 2, "per_page": 3, "include": ["results", "metadata"], "name": "%"}

    answer = callers.user("root").get("task", **query)

    rest = "&per_page=3&include=results&include=metadata&name=%25"
    assert answer.json["links"] == {
        name: f"/api/task?page={page}{rest}"
        for name, page in (("first", 1), ("previous", 1), ("self", 2), ("next", 3), ("last", 3))
    }
    assert answer.headers["Link"].startswith(f"</api/task?page=1{rest}>; rel=first,<")
    assert answer.headers["total-count"] == "7"


def test_without_per_page_a_page_has_ten_rows(callers, many):
    many(12)

    assert len(shown(callers.user("root").get("user", page=1))) == 5  # the limit of this server


def test_a_page_beyond_the_end_is_empty(callers):
    answer = callers.user("root").get("node", page=9, per_page=2, include="metadata")

    assert (answer.status_code, answer.json["data"]) == (200, [])
    assert "page=8" in answer.json["links"]["previous"]
    assert "next" not in answer.json["links"]


def test_an_empty_list_has_no_last_page(callers):
    answer = callers.user("root").get("task", page=1, include="metadata")

    assert answer.json["data"] == []
    assert set(answer.json["links"]) == {"first", "self"}


def test_an_empty_page_means_everything(callers):
    assert len(shown(callers.user("root").get("node", page="", per_page=""))) == 5


def test_a_page_is_never_larger_than_configured(callers, many):
    many(7)

    assert len(shown(callers.user("root").get("organization", page=1, per_page=100))) == 5


@pytest.mark.parametrize("name", ["page", "per_page"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "x", "1.5", "1e3", "\N{SUPERSCRIPT TWO}", "99999999999999999999", "1;2"]
)
def test_a_page_that_is_no_number_from_one_is_refused(callers, name, value):
    answer = callers.user("root").get("task", **{"page": 1, name: value})

    assert answer.status_code == 400
    assert set(answer.json["fields"]) == {name}


@pytest.mark.parametrize(
    ("path", "sort"), [("organization", "name"), ("task", "created_at"), ("user", "username")]
)
def test_lists_are_sorted_on_request(callers, many, path, sort):
    many(3)
    root = callers.user("root")

    up = [row[sort] for row in root.get(path, sort=sort).json]
    down = [row[sort] for row in root.get(path, sort=f"-{sort}").json]

    assert up == list(reversed(down))
    assert up[0] <= up[-1]


@pytest.mark.parametrize("sort", ["password", "otp_secret", "id;drop", "--id", "results"])
def test_sorting_by_anything_else_is_refused(callers, sort):
    answer = callers.user("root").get("user", sort=sort)

    assert (answer.status_code, set(answer.json["fields"])) == (400, {"sort"})


def test_unknown_parameters_and_includes_are_ignored(callers):
    answer = callers.user("root").get("node", include="everything", colour="red")

    assert len(shown(answer)) == 5
