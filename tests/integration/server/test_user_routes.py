import pytest

pytestmark = pytest.mark.repeats("postgres")
KEYS = {
    *("id", "username", "firstname", "lastname", "email", "type", "status", "ip", "last_seen"),
    *("organization", "roles", "rules", "created_tasks"),
}


def names(answer):
    assert answer.status_code == 200, answer.json
    return {entry["username"] for entry in answer.json}


def test_users_list_the_people_of_their_organization(callers):
    assert names(callers.user("viewer").get("user")) == {"researcher", "viewer", "admin", "nobody"}
    assert len(names(callers.user("root").get("user"))) == 7


def test_lists_are_filtered(callers, world):
    root = callers.user("root")

    assert names(root.get("user", username="res%")) == {"researcher"}
    assert names(root.get("user", email="%viewer%")) == {"viewer"}
    assert names(root.get("user", organization_id=world.organizations["delta"])) == {"outsider"}
    assert names(root.get("user", role_id=1)) == {"root"}
    assert names(root.get("user", rule_id=1)) == set()
    assert names(root.get("user", last_seen_from="2023-01-01")) == {"root"}


def test_only_users_see_users(callers, post_task):
    container = callers.container("alpha", post_task("alpha"))

    for caller in (callers.node("alpha"), container):
        answer = caller.get("user")
        assert (answer.status_code, answer.json["code"]) == (401, "forbidden")


def test_a_user_has_the_keys_of_3x_and_no_secret(callers, world):
    body = callers.user("viewer").get(f"user/{world.users['researcher']}").json

    assert set(body) == KEYS
    assert (body["type"], body["ip"], body["created_tasks"], body["rules"]) == (
        *("user", None, []),
        None,
    )
    assert body["organization"]["id"] == world.organizations["alpha"]
    assert [link["id"] for link in body["roles"]] == [5]


def test_everybody_sees_themselves(callers, world):
    nobody = callers.user("nobody")

    assert nobody.get(f"user/{world.users['nobody']}").json["username"] == "nobody"
    assert nobody.get(f"user/{world.users['viewer']}").status_code == 401


def test_a_user_of_another_organization_is_refused_and_an_unknown_one_not_found(callers, world):
    viewer = callers.user("viewer")

    assert viewer.get(f"user/{world.users['outsider']}").status_code == 401
    assert viewer.get("user/99999").status_code == 404
