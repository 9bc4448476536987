"""POST, PATCH and DELETE of users."""

import pytest
from tests.integration.server.test_user_routes import KEYS
from vantage6.server.model import User

pytestmark = pytest.mark.repeats("postgres")

NEW = {
    "username": "ann",
    "firstname": "Ann",
    "lastname": "Lee",
    "password": "Correct-Horse-1",
    "email": "ann@hospital.example",
}
VIEWER, RESEARCHER, NODE = 4, 5, 3


@pytest.fixture
def viewer(world):
    return f"user/{world.users['viewer']}"


def ids(links):
    return [link["id"] for link in links or ()]


def code(answer):
    return answer.status_code, answer.json["code"]


def test_a_user_is_created_and_can_log_in(callers, world):
    body = NEW | {"roles": [RESEARCHER], "rules": [21], "organization_id": None, "unknown": 1}

    answer = callers.user("admin").post("user", body)

    assert (answer.status_code, set(answer.json)) == (201, KEYS)
    assert answer.json["organization"]["id"] == world.organizations["alpha"]
    assert (ids(answer.json["roles"]), ids(answer.json["rules"])) == ([RESEARCHER], [21])
    assert set(answer.json["organization"]["methods"]) == {"GET", "PATCH"}
    assert set(answer.json["roles"][0]["methods"]) == {"GET", "PATCH", "DELETE"}
    assert answer.json["rules"][0]["methods"] == ["GET"]
    log_in = {"username": "ann", "password": NEW["password"]}
    assert callers.anyone().post("token/user", log_in).status_code == 200


def test_s1_no_answer_about_a_user_holds_a_secret(callers, viewer):
    root = callers.user("root")

    for answer in (root.post("user", NEW), root.patch(viewer, {"firstname": "V"})):
        assert not set(answer.json) & {"otp_secret", "password", "failed_login_attempts"}


def test_s9_without_the_permission_duplicates_and_organizations_are_not_told(callers, stored):
    taken = NEW | {"username": "root", "email": "viewer@example.org"}

    assert code(callers.user("viewer").post("user", taken)) == (401, "forbidden")
    for id_ in (1, 99999):
        elsewhere = taken | {"organization_id": id_}
        assert code(callers.user("admin").post("user", elsewhere)) == (401, "forbidden")
    assert code(callers.user("admin").post("user", taken)) == (400, "conflict")
    assert code(callers.user("root").post("user", taken | {"organization_id": 99999})) == (
        *(404, "not_found"),
    )
    assert stored(User) == 7


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"roles": [1]}, 401),
        ({"rules": [1]}, 401),
        ({"roles": [NODE]}, 400),
        ({"roles": [99999]}, 404),
        ({"rules": [99999]}, 404),
        ({"roles": ["x"]}, 400),
        ({"roles": [1] * 1001}, 400),
        ({"password": "weak"}, 400),
        ({"username": "13"}, 400),
        ({"email": "none"}, 400),
        ({"firstname": None}, 400),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_stored(callers, stored, change, status):
    answer = callers.user("admin").post("user", NEW | change)

    assert answer.status_code == status, answer.json
    assert stored(User) == 7


def test_a_user_is_changed_and_null_leaves_a_value(callers, viewer, world):
    body = {
        "firstname": "V",
        "lastname": None,
        "email": None,
        "roles": [VIEWER, RESEARCHER],
        "rules": None,
        "organization_id": world.organizations["beta"],
    }

    answer = callers.user("admin").patch(viewer, body)

    assert (answer.status_code, set(answer.json)) == (200, KEYS)
    assert (answer.json["firstname"], answer.json["email"]) == ("V", "viewer@example.org")
    assert ids(answer.json["roles"]) == [VIEWER, RESEARCHER]
    assert answer.json["organization"]["id"] == world.organizations["alpha"]


def test_rights_work_from_the_next_request(callers, viewer):
    caller = callers.user("viewer")
    callers.user("admin").patch(viewer, {"roles": []})

    assert caller.get("task").status_code == 401


@pytest.mark.parametrize(
    ("caller", "target", "body", "status"),
    [
        ("viewer", "researcher", {"firstname": "x"}, 401),
        ("nobody", "nobody", {"firstname": "x"}, 401),
        ("admin", "outsider", {"firstname": "x"}, 401),
        ("viewer", "viewer", {"roles": [1]}, 401),
        ("root", "root", {"rules": []}, 401),
        ("admin", "viewer", {"roles": [1]}, 401),
        ("admin", "viewer", {"roles": [NODE]}, 400),
        ("admin", "viewer", {"roles": [99999]}, 404),
        ("admin", "viewer", {"password": "Correct-Horse-2"}, 400),
        ("admin", "viewer", {"username": "other"}, 400),
        ("viewer", "viewer", {"username": "root"}, 400),
        ("viewer", "viewer", {"username": ""}, 400),
        ("viewer", "viewer", {"email": "admin@example.org"}, 400),
        ("coordinator", "root", {"email": "mine@example.org"}, 401),
        ("coordinator", "root", {"roles": []}, 401),
    ],
)
def test_changes_that_are_refused(callers, world, caller, target, body, status):
    root = callers.user("root")
    path = f"user/{world.users[target]}"
    before = root.get(path).json

    answer = callers.user(caller).patch(path, body)

    assert answer.status_code == status, answer.json
    unseen = {"last_seen", "status"}
    after = root.get(path).json
    assert all(after[key] == before[key] for key in KEYS - unseen)


def test_a_deleted_user_is_gone_and_its_task_stays(callers, world, post_task):
    task = post_task("alpha")
    path = f"user/{world.users['researcher']}"
    caller = callers.user("researcher")

    answer = callers.user("admin").delete(path)

    assert (answer.status_code, list(answer.json)) == (200, ["msg"])
    assert code(caller.get(path)) == (401, "not_authenticated")
    assert code(callers.user("admin").get(path)) == (404, "not_found")
    assert callers.user("admin").get(f"task/{task['id']}").json["init_user"] is None


def test_everybody_may_leave_but_the_last_who_may_do_everything(callers, world, viewer):
    assert callers.user("viewer").delete(viewer).status_code == 200
    assert callers.user("nobody").delete(f"user/{world.users['nobody']}").status_code == 401
    answer = callers.user("root").delete(f"user/{world.users['root']}")
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_input")


def test_who_may_do_more_is_not_deleted(callers, world):
    callers.user("root").patch(f"user/{world.users['viewer']}", {"roles": [1]})

    assert callers.user("admin").delete(f"user/{world.users['viewer']}").status_code == 401
    assert callers.user("admin").delete(f"user/{world.users['outsider']}").status_code == 401
    assert callers.node("alpha").delete(f"user/{world.users['viewer']}").status_code == 401
