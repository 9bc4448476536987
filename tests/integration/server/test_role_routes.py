"""/role, /role/{id}/rule and /rule."""

import pytest
from vantage6.server.model import Role

pytestmark = pytest.mark.repeats("postgres")

KEYS = {"id", "name", "description", "organization", "rules", "users"}
RULE_KEYS = {"id", "name", "description", "operation", "scope", "users"}
ROOT, NODE, VIEWER, RESEARCHER = 1, 3, 4, 5
DEFAULT = list(range(1, 8))
VIEW_ANY_NODE, VIEW_TASKS = 1, 21


def shown(answer):
    assert answer.status_code == 200, answer.json
    return [row["id"] for row in answer.json]


def ids(links):
    return [link["id"] for link in links or ()]


@pytest.fixture
def nurse(callers):
    """A role of alpha."""
    body = {"name": "nurse", "description": "wards", "rules": [VIEW_TASKS]}
    answer = callers.user("admin").post("role", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def test_a_role_is_created_with_the_keys_of_3x(nurse, world):
    assert set(nurse) == KEYS
    assert (nurse["name"], nurse["description"], nurse["users"]) == ("nurse", "wards", None)
    assert nurse["organization"]["id"] == world.organizations["alpha"]
    assert ids(nurse["rules"]) == [VIEW_TASKS]


def test_roles_are_listed_by_what_one_may_see(callers, nurse):
    assert shown(callers.user("root").get("role")) == [*DEFAULT, nurse["id"]]
    assert shown(callers.user("viewer").get("role")) == [*DEFAULT, nurse["id"]]
    assert shown(callers.user("outsider").get("role")) == DEFAULT
    assert shown(callers.user("nobody").get("role")) == []
    assert callers.node("alpha").get("role").status_code == 401


def test_lists_are_filtered(callers, world, nurse):
    root, alpha = callers.user("root"), world.organizations["alpha"]

    assert shown(root.get("role", organization_id=alpha)) == [nurse["id"]]
    both = [alpha, world.organizations["beta"]]
    assert shown(root.get("role", organization_id=both, include_root=True)) == [
        *(*DEFAULT, nurse["id"])
    ]
    assert shown(root.get("role", organization_id=both, include_root="False")) == [nurse["id"]]
    assert shown(root.get("role", name=["nur%", "View%"])) == [VIEWER, nurse["id"]]
    assert shown(root.get("role", description="wards")) == [nurse["id"]]
    assert shown(root.get("role", user_id=world.users["viewer"])) == [VIEWER]
    assert shown(root.get("role", rule_id=VIEW_ANY_NODE)) == [ROOT, 7]


def test_b14_a_role_that_is_listed_is_shown_with_its_rules(callers, nurse):
    for name in ("viewer", "outsider"):
        caller = callers.user(name)
        for id_ in shown(caller.get("role")):
            assert set(caller.get(f"role/{id_}").json) == KEYS
            assert caller.get(f"role/{id_}/rule").status_code == 200
    for path in (f"role/{nurse['id']}", f"role/{nurse['id']}/rule"):
        assert callers.user("outsider").get(path).status_code == 401
    assert callers.user("viewer").get("role/99999/rule").status_code == 404


def test_the_rules_of_a_role_are_listed_in_pages(callers):
    answer = callers.user("viewer").get(f"role/{VIEWER}/rule", page=3, per_page=5)

    assert (len(answer.json), answer.headers["total-count"]) == (2, "12")
    assert set(answer.json[0]) == RULE_KEYS


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "Root"}, 400),
        ({"name": ""}, 400),
        ({"name": None}, 400),
        ({"description": None}, 400),
        ({"rules": [VIEW_ANY_NODE]}, 401),
        ({"rules": [99999]}, 404),
        ({"rules": "x"}, 400),
        ({"organization_id": 1}, 401),
        ({"organization_id": 99999}, 401),
        ({"shared": True}, 401),
    ],
)
def test_roles_that_cannot_be_are_refused(callers, stored, change, status):
    body = {"name": "r", "description": "", "rules": []} | change

    assert callers.user("admin").post("role", body).status_code == status
    assert callers.user("viewer").post("role", body).status_code == 401
    assert stored(Role) == 7


def test_b13_a_shared_role_is_created_on_request_and_given_everywhere(callers, world):
    body = {"name": "r", "description": "", "organization_id": None, "rules": []}
    root = callers.user("root")

    assert root.post("role", body).json["organization"]["id"] == 1
    made = root.post("role", body | {"shared": True})
    assert (made.status_code, made.json["organization"]) == (201, None)
    given = root.patch(f"user/{world.users['outsider']}", {"roles": [made.json["id"]]})
    assert ids(given.json["roles"]) == [made.json["id"]]
    answer = root.post("role", body | {"shared": True, "organization_id": 1})
    assert answer.status_code == 400


def test_a_role_is_changed_and_null_leaves_a_value(callers, nurse):
    path = f"role/{nurse['id']}"
    nothing = dict.fromkeys(("name", "description", "rules"))

    assert callers.user("admin").patch(path, nothing).json == nurse
    answer = callers.user("admin").patch(path, {"name": "doctor", "rules": [VIEW_TASKS, 15]})
    assert (answer.json["name"], answer.json["description"]) == ("doctor", "wards")
    assert ids(answer.json["rules"]) == [15, VIEW_TASKS]


def test_a_role_is_deleted(callers, nurse, world):
    path = f"role/{nurse['id']}"
    viewer = f"user/{world.users['viewer']}"
    admin = callers.user("admin")
    admin.patch(viewer, {"roles": [nurse["id"]]})

    assert ids(admin.get(path).json["users"]) == [world.users["viewer"]]
    assert list(admin.delete(path).json) == ["msg"]
    assert admin.get(path).status_code == 404
    assert admin.get(viewer).json["roles"] is None


def test_b5_rules_are_added_and_taken_for_good(callers, nurse):
    root, path = callers.user("root"), f"role/{nurse['id']}/rule"

    added = root.post(f"{path}/{VIEW_ANY_NODE}")
    assert (added.status_code, added.json) == (201, {})
    assert shown(root.get(path)) == [VIEW_ANY_NODE, VIEW_TASKS]
    taken = root.delete(f"{path}/{VIEW_ANY_NODE}")
    assert (taken.status_code, taken.json) == (200, {})
    assert shown(root.get(path)) == [VIEW_TASKS]
    assert root.delete(f"{path}/{VIEW_ANY_NODE}").status_code == 404
    assert root.post(f"{path}/99999").status_code == 404


def calls(path, rule):
    yield "PATCH", path, {"name": "x", "rules": [rule]}
    yield "DELETE", path, None
    yield "POST", f"{path}/rule/{rule}", None
    yield "DELETE", f"{path}/rule/{rule}", None


@pytest.mark.parametrize("id_", DEFAULT)
def test_s13_default_roles_cannot_be_changed_by_anybody(callers, id_):
    root = callers.user("root")
    before = root.get(f"role/{id_}").json

    for call in calls(f"role/{id_}", VIEW_TASKS):
        assert root.call(*call).status_code == 400
        assert callers.user("coordinator").call(*call).status_code == 401

    assert root.get(f"role/{id_}").json == before


@pytest.mark.parametrize("caller", ["viewer", "outsider", "nobody", "coordinator"])
def test_who_may_not_change_a_role_does_not(callers, nurse, caller):
    path = f"role/{nurse['id']}"

    for call in calls(path, VIEW_TASKS):
        assert callers.user(caller).call(*call).status_code == 401
        assert callers.node("alpha").call(*call).status_code == 401

    assert callers.user("root").get(path).json == nurse


def test_s13_nobody_adds_or_takes_what_they_lack(callers, nurse):
    root, admin, path = callers.user("root"), callers.user("admin"), f"role/{nurse['id']}"
    root.post(f"{path}/rule/{VIEW_ANY_NODE}")

    for call in (
        ("PATCH", path, {"rules": [VIEW_TASKS]}),
        ("PATCH", path, {"rules": [2, VIEW_TASKS, VIEW_ANY_NODE, 3]}),
        ("POST", f"{path}/rule/{VIEW_ANY_NODE}", None),
        ("DELETE", f"{path}/rule/{VIEW_ANY_NODE}", None),
        ("DELETE", path, None),
    ):
        assert admin.call(*call).status_code == 401
    assert shown(root.get(f"{path}/rule")) == [VIEW_ANY_NODE, VIEW_TASKS]


# --- rules ------------------------------------------------------------------------------------


def test_every_user_looks_up_rules(callers):
    nobody = callers.user("nobody")

    assert shown(nobody.get("rule")) == list(range(1, 54))
    assert set(nobody.get("rule/1").json) == RULE_KEYS
    assert (nobody.get("rule/1").json["operation"], nobody.get("rule/1").json["scope"]) == (
        *("VIEW", "GLOBAL"),
    )
    assert nobody.get("rule/99999").status_code == 404
    assert callers.node("alpha").get("rule").status_code == 401


def test_rules_are_filtered(callers, nurse):
    viewer = callers.user("viewer")

    assert len(shown(viewer.get("rule", name="task"))) == 6
    assert shown(viewer.get("rule", name="node", operation="DELETE")) == [7, 8]
    assert shown(viewer.get("rule", scope="COLLABORATION", name="organization")) == [15]
    assert shown(viewer.get("rule", role_id=nurse["id"])) == [VIEW_TASKS]
    assert shown(callers.user("outsider").get("rule", role_id=nurse["id"])) == []
    for wrong in ({"operation": "view"}, {"scope": "everything"}, {"role_id": "x"}):
        assert viewer.get("rule", **wrong).status_code == 400


def test_the_description_names_operations_and_scopes_as_they_are_written(callers):
    schemas = callers.anyone().client.get("/apispec_1.json").json["components"]["schemas"]

    properties = schemas["RuleView"]["properties"]
    assert set(properties["operation"]["enum"]) == {"VIEW", "EDIT", "CREATE", "DELETE"}
