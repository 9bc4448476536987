import pytest
from vantage6.common.encoding import bytes_to_base64s
from vantage6.server.model import Organization

pytestmark = pytest.mark.repeats("postgres")

KEYS = {
    *("id", "name", "domain", "address1", "address2", "zipcode", "country", "public_key"),
    *("collaborations", "nodes", "users", "results", "roles"),
}
PEM = bytes_to_base64s(b"-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----\n")


def names(answer):
    assert answer.status_code == 200, answer.json
    return [entry["name"] for entry in answer.json]


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        ("root", ["root", "alpha", "beta", "gamma", "delta"]),
        ("researcher", ["alpha", "beta", "gamma"]),
        ("outsider", ["gamma", "delta"]),
    ],
)
def test_users_see_the_organizations_that_theirs_works_with(callers, caller, expected):
    assert names(callers.user(caller).get("organization")) == expected


def test_nodes_and_containers_see_those_of_their_collaboration(callers, post_task):
    container = callers.container("alpha", post_task("alpha"))

    assert names(callers.node("gamma").get("organization")) == ["alpha", "beta", "gamma"]
    assert names(container.get("organization")) == ["alpha", "beta", "gamma"]


def test_who_has_no_role_sees_nothing(callers):
    answer = callers.user("nobody").get("organization")

    assert (answer.status_code, answer.json["code"]) == (401, "forbidden")


def test_lists_are_filtered(callers, world):
    root = callers.user("root")

    assert names(root.get("organization", name="%eta")) == ["beta"]
    assert names(root.get("organization", country="NL", name="g%")) == ["gamma"]
    other = world.collaborations["other"]
    assert names(root.get("organization", collaboration_id=other)) == ["gamma", "delta"]


def test_an_organization_has_the_keys_of_3x(callers, world):
    body = callers.user("root").get(f"organization/{world.organizations['gamma']}").json

    assert set(body) == KEYS
    assert [link["id"] for link in body["collaborations"]] == list(world.collaborations.values())
    assert body["collaborations"][0]["link"] == "/api/collaboration/1"
    assert set(body["collaborations"][0]["methods"]) == {"GET", "PATCH", "DELETE"}
    assert (body["public_key"], body["users"], body["results"], body["roles"]) == (
        "",
        None,
        None,
        [],
    )


def test_an_organization_that_one_may_not_see_is_refused_and_an_unknown_one_not_found(
    callers, world
):
    researcher = callers.user("researcher")

    assert researcher.get(f"organization/{world.organizations['delta']}").status_code == 401
    assert researcher.get("organization/99999").status_code == 404


def test_an_organization_is_created(callers, stored):
    body = {"name": "epsilon", "country": "BE", "public_key": PEM, "unknown": 1}

    answer = callers.user("root").post("organization", body)

    assert answer.status_code == 201
    assert set(answer.json) == KEYS
    assert (answer.json["name"], answer.json["public_key"]) == ("epsilon", PEM)
    assert (answer.json["domain"], answer.json["address2"]) == ("", None)
    assert stored(Organization) == 6


def test_only_those_with_the_rule_create_organizations(callers, stored):
    assert callers.user("admin").post("organization", {"name": "x"}).status_code == 401
    assert callers.node("alpha").post("organization", {"name": "x"}).status_code == 401
    assert stored(Organization) == 5


def test_an_organization_is_changed_and_null_leaves_a_value(callers, world):
    path = f"organization/{world.organizations['alpha']}"

    answer = callers.user("admin").patch(
        path, {"domain": "alpha.org", "name": None, "public_key": PEM}
    )

    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["domain"]) == ("alpha", "alpha.org")
    assert answer.json["public_key"] == PEM
    cleared = callers.user("admin").patch(path, {"public_key": ""})
    assert cleared.json["public_key"] == ""


def test_a_node_uploads_the_public_key_and_changes_nothing_else(callers, world):
    path = f"organization/{world.organizations['alpha']}"

    assert callers.node("alpha").patch(path, {"public_key": PEM}).json["public_key"] == PEM
    assert callers.node("alpha").patch(path, {"name": "x"}).status_code == 401
    assert callers.node("beta").patch(path, {"public_key": PEM}).status_code == 401


def test_the_collaborations_of_an_organization_are_a_plain_list(callers, world):
    path = f"organization/{world.organizations['alpha']}/collaboration"

    answer = callers.user("researcher").get(path, include="metadata")

    assert names(answer) == ["study"]
    assert "total-count" not in answer.headers
    assert callers.user("outsider").get(path).status_code == 401
    assert callers.user("root").get("organization/99999/collaboration").status_code == 404


def test_the_nodes_of_an_organization_are_a_plain_list(callers, world):
    path = f"organization/{world.organizations['gamma']}/node"

    assert names(callers.user("root").get(path)) == ["gamma - study Node", "gamma - other Node"]
    assert callers.user("researcher").get(path).status_code == 401
    assert names(callers.node("gamma").get(path)) == ["gamma - study Node"]


def test_nobody_takes_the_name_of_another_organization(callers, world):
    own = f"organization/{world.organizations['alpha']}"

    answer = callers.user("admin").patch(own, {"name": "beta"})

    assert (answer.status_code, answer.json["code"]) == (400, "conflict")
