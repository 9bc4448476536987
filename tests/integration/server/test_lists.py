"""Lists: pages and their links, sorting, and what may be asked; costs are in test_list_costs."""

import pytest
from tests.integration.server.crowd import Crowd
from tests.integration.server.world import Callers, settings_for
from vantage6.server.app import create_app

LIMIT = 5
"""Most rows on a page of this server."""


@pytest.fixture(scope="module")
def crowd(template, tmp_path_factory):
    """Some more rows of each kind than there are on two pages."""
    folder = tmp_path_factory.mktemp("lists")
    with template.copy(folder) as uri:
        server = create_app(settings_for(uri, max_page_size=LIMIT), folder)
        crowd = Crowd(server, template.world)
        crowd.add_tasks(12)
        crowd.add_others(12)
        yield crowd
        server.database.dispose()


@pytest.fixture
def root(crowd):
    return crowd.callers["root"]


def paginated(crowd):
    return [path for path, operation in crowd.operations() if operation.is_paginated]


def plain(crowd):
    return [path for path, operation in crowd.operations() if operation.is_list]


def ids(answer):
    assert answer.status_code == 200, answer.json
    body = answer.json
    return [row["id"] for row in (body["data"] if isinstance(body, dict) else body)]


def walk(crowd, path, **query):
    """Ids on all pages, from link to link."""
    caller = crowd.callers["root"]
    body = caller.get(path, page=1, **query, include="metadata").json
    found = [row["id"] for row in body["data"]]
    while "next" in body["links"]:
        body = caller.client.get(body["links"]["next"], headers=caller.headers).json
        found += [row["id"] for row in body["data"]]
    return found


# --- pages ------------------------------------------------------------------------------------


def test_without_a_page_everything_is_in_a_plain_list(crowd, root):
    for path in paginated(crowd):
        answer = root.get(path)

        assert isinstance(answer.json, list), path
        assert answer.headers["total-count"] == str(len(answer.json))
        assert "rel=self" in answer.headers["Link"]
        assert "rel=next" not in answer.headers["Link"]


def test_all_pages_together_are_the_whole_list_in_its_order(crowd, root):
    lengths = {}
    for path in paginated(crowd):
        everything = ids(root.get(path))
        lengths[path] = len(everything)

        assert walk(crowd, path, per_page=3) == everything, path
    own = f"task/{crowd.ids['task']}/result"
    assert {path for path, length in lengths.items() if length <= 6} <= {own}


def test_lists_of_an_organization_have_no_pages(crowd, root):
    """As in 3.x: its client asks for pages here, and reads a plain list."""
    organization = crowd.ids["organization"]
    assert f"organization/{organization}/node" in plain(crowd)
    for path in (f"organization/{organization}/{noun}" for noun in ("node", "collaboration")):
        answer = root.get(path, page=1, per_page=1, include="metadata")

        assert isinstance(answer.json, list)
        assert "total-count" not in answer.headers


def test_the_links_name_the_pages_around_and_keep_the_query(root):
    query = {"page": 2, "per_page": 4, "include": ["results", "metadata"], "name": "task %"}

    answer = root.get("task", **query)

    rest = "&per_page=4&include=results&include=metadata&name=task+%25"
    pages = (("first", 1), ("previous", 1), ("self", 2), ("next", 3), ("last", 3))
    assert answer.json["links"] == {name: f"/api/task?page={n}{rest}" for name, n in pages}
    assert answer.headers["Link"] == ",".join(
        f"</api/task?page={n}{rest}>; rel={name}" for name, n in pages
    )
    assert answer.headers["total-count"] == "12"


def test_repeated_parameters_survive_in_every_link(crowd, root):
    query = {"name": ["more 1%", "more 2"], "page": 1, "per_page": 2, "include": "metadata"}

    links = root.get("role", **query).json["links"]

    for link in links.values():
        assert link.count("name=more+") == 2
    assert len(walk(crowd, "role", name=query["name"], per_page=2)) == 5


def test_a_page_is_never_larger_than_configured(crowd, root):
    """Published clients ask for 20 or more by default: they get less, and links to the rest."""
    everything = ids(root.get("organization"))

    first = root.get("organization", page=1, per_page=1000, include="metadata")

    assert ids(first) == everything[:LIMIT]
    assert first.json["links"]["last"].startswith(
        f"/api/organization?page={-(-len(everything) // LIMIT)}&"
    )
    assert walk(crowd, "organization", per_page=1000) == everything


def test_without_per_page_a_page_has_ten_rows(make_server, world):
    server = make_server(max_page_size=100)

    assert len(ids(Callers(server, world).user("root").get("rule", page=1))) == 10


def test_a_page_beyond_the_end_is_empty(crowd, root):
    answer = root.get("node", page=9, per_page=5, include="metadata")

    assert (answer.status_code, answer.json["data"]) == (200, [])
    assert "page=8" in answer.json["links"]["previous"]
    assert "next" not in answer.json["links"]
    assert int(answer.headers["total-count"]) == len(ids(root.get("node"))) < 45


def test_an_empty_list_has_no_last_page(root):
    answer = root.get("task", page=1, name="nothing is called so", include="metadata")

    assert answer.json["data"] == []
    assert set(answer.json["links"]) == {"first", "self"}
    assert answer.headers["total-count"] == "0"


def test_an_empty_page_means_everything(root):
    assert len(ids(root.get("node", page="", per_page=""))) > LIMIT


@pytest.mark.parametrize("name", ["page", "per_page"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "x", "1.5", "1e3", "\N{SUPERSCRIPT TWO}", "99999999999999999999", "1;2"]
)
def test_a_page_that_is_no_number_from_one_is_refused(root, name, value):
    answer = root.get("task", **{"page": 1, name: value})

    assert answer.status_code == 400
    assert set(answer.json["fields"]) == {name}


def test_unknown_parameters_and_includes_are_ignored(crowd, root):
    for path in [*paginated(crowd), *plain(crowd)]:
        answer = root.get(path, include="everything", colour="red")

        assert ids(answer) == ids(root.get(path)), path


# --- sorting ----------------------------------------------------------------------------------


def test_tasks_results_and_ports_are_listed_newest_first_and_all_else_oldest_first(crowd, root):
    for path in [*paginated(crowd), *plain(crowd)]:
        shown = ids(root.get(path))

        assert shown == sorted(shown, reverse=path in {"task", "result", "port"}), path


def sortable(crowd):
    """Address and field of every order that a list has."""
    for path, operation in crowd.operations():
        if operation.is_paginated or operation.is_list:
            for name in operation.out.sortable:
                yield path, name


def test_every_list_is_sorted_by_each_of_its_fields(crowd, root):
    orders = list(sortable(crowd))
    assert {path for path, _ in orders} == {*paginated(crowd), *plain(crowd)}
    for path, name in orders:
        up = [row[name] for row in root.get(path, sort=name).json]
        down = [row[name] for row in root.get(path, sort=f"-{name}").json]
        known = [value for value in up if value is not None]

        assert known == sorted(known), (path, name)
        assert [value for value in down if value is not None] == known[::-1], (path, name)


def test_what_has_no_value_comes_last_and_backwards_first(root):
    up = [row["last_seen"] for row in root.get("user", sort="last_seen").json]
    down = [row["last_seen"] for row in root.get("user", sort="-last_seen").json]

    assert (up[0], down[-1]) != (None, None)
    assert (up[-1], down[0]) == (None, None)


@pytest.mark.parametrize("sign", ["", "-"])
def test_equal_rows_keep_their_order_from_page_to_page(crowd, root, sign):
    sort = f"{sign}started_at"
    everything = ids(root.get("result", sort=sort))

    assert walk(crowd, "result", sort=sort, per_page=4) == everything
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("sort", ["password", "otp_secret", "id;drop", "--id", "results", "-"])
def test_an_order_that_a_list_does_not_have_is_refused_and_told_which_it_has(crowd, root, sort):
    for path, operation in crowd.operations():
        if operation.is_paginated or operation.is_list:
            answer = root.get(path, sort=sort)

            assert (answer.status_code, set(answer.json["fields"])) == (400, {"sort"})
            assert all(name in answer.json["msg"] for name in operation.out.sortable)


def test_every_order_is_in_the_description_of_the_api(crowd, root):
    described = root.client.get("/apispec_1.json").json["paths"]
    orders = {
        tuple(parameter["schema"]["enum"])
        for path in described.values()
        for parameter in path.get("get", {}).get("parameters", ())
        if parameter["name"] == "sort"
    }

    assert orders == {
        tuple(f"{sign}{name}" for name in operation.out.sortable for sign in ("", "-"))
        for _, operation in crowd.operations()
        if operation.is_paginated or operation.is_list
    }


def test_all_problems_of_a_query_are_told_at_once(root):
    answer = root.get("task", page="x", per_page=0, sort="colour")

    assert set(answer.json["fields"]) == {"page", "per_page", "sort"}
