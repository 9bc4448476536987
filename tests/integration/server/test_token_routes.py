from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import jwt
import pyotp
import pytest
from sqlalchemy import delete
from tests.integration.server.world import IMAGE, PASSWORD, SECRET, Caller
from vantage6.common.status import TaskStatus
from vantage6.server.model import LoginSession, Node, Result, User
from vantage6.server.permission.principal import Kind

TOKENS = {"access_token", "refresh_token", "refresh_url"}


def claims_of(token):
    return jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_sub": False})


def log_in(caller, **body):
    return caller.post("token/user", {"username": "researcher", "password": PASSWORD} | body)


def expired(token):
    claims = claims_of(token)
    claims["exp"] = claims["iat"] - 1
    return jwt.encode(claims, SECRET, "HS256")


# --- users ------------------------------------------------------------------------------------


def test_a_user_logs_in_and_learns_where_to_go_on(callers, world):
    answer = log_in(callers.anyone())

    assert answer.status_code == 200
    assert set(answer.json) == {*TOKENS, "user_url"}
    assert answer.json["refresh_url"] == "/api/token/refresh"
    assert answer.json["user_url"] == f"/api/user/{world.users['researcher']}"
    assert answer.headers["jwt-token"] == answer.json["access_token"]


def test_the_token_of_a_user_names_user_and_roles(callers, world):
    claims = claims_of(log_in(callers.anyone()).json["access_token"])

    assert claims["sub"] == world.users["researcher"]
    assert claims["client_type"] == "user"
    assert claims["roles"] == ["Researcher"]
    assert set(claims) == {
        *("fresh", "iat", "jti", "type", "sub", "nbf", "exp", "client_type", "roles", "epoch"),
        "sid",
    }


@pytest.mark.parametrize("body", [{"password": "wrong"}, {"username": "unknown"}])
def test_a_refused_log_in_says_the_same_whatever_is_wrong(callers, body):
    answer = log_in(callers.anyone(), **body)

    assert answer.status_code == 401
    assert answer.json["msg"] == (
        "the user name or the password is wrong, or the account is blocked for a while"
    )


def test_after_too_many_wrong_passwords_the_right_one_is_refused_too(make_server, template):
    server = make_server(password_policy={"max_failed_attempts": 2})
    caller = Caller(server.app.test_client())

    statuses = [log_in(caller, password="wrong").status_code for _ in range(2)]

    assert [*statuses, log_in(caller).status_code] == [401, 401, 401]


def test_a_second_factor_is_set_up_and_then_asked_for(make_server):
    caller = Caller(make_server(two_factor_auth=True).app.test_client())

    first = log_in(caller)
    code = pyotp.TOTP(first.json["otp_secret"]).now()
    wrong, right = log_in(caller, mfa_code=123), log_in(caller, mfa_code=code)
    asked, again = log_in(caller), log_in(caller, mfa_code=code)

    assert first.status_code == 200
    assert set(first.json) == {"qr_uri", "otp_secret", "msg"}
    assert (wrong.status_code, right.status_code, asked.status_code) == (401, 200, 200)
    assert set(asked.json) == {"msg"}
    assert again.status_code == 401


def test_recovery_codes_stand_in_for_the_second_factor_once_each(make_server):
    caller = Caller(make_server(two_factor_auth=True).app.test_client())
    code = pyotp.TOTP(log_in(caller).json["otp_secret"]).now()

    confirmed = log_in(caller, mfa_code=code).json
    spare = confirmed["recovery_codes"][0]
    used, again = log_in(caller, mfa_code=spare), log_in(caller, mfa_code=spare)
    user = caller.with_token(used.json["access_token"])
    renewed = user.post("recover/2fa/codes", {"password": PASSWORD})

    assert set(confirmed) == {*TOKENS, "user_url", "recovery_codes"}
    assert set(used.json) == {*TOKENS, "user_url", "recovery_codes_left"}
    assert (used.json["recovery_codes_left"], again.status_code) == (9, 401)
    assert set(renewed.json) == {"recovery_codes", "msg"}
    assert log_in(caller, mfa_code=confirmed["recovery_codes"][1]).status_code == 401
    assert log_in(caller, mfa_code=renewed.json["recovery_codes"][1]).status_code == 200


@pytest.mark.parametrize("kind", ["node", "container"])
def test_only_users_have_recovery_codes(callers, post_task, kind):
    caller = callers.node("alpha") if kind == "node" else callers.container("alpha", post_task())

    assert caller.post("recover/2fa/codes", {"password": PASSWORD}).status_code == 401


@pytest.mark.parametrize("route", ["token/user", "token/node"])
def test_log_in_with_another_content_type_is_a_bad_request_as_in_3x(callers, route):
    answer = callers.anyone().call("POST", route, data="username=root")

    assert answer.status_code == 400
    assert isinstance(answer.json["msg"], str)


# --- nodes ------------------------------------------------------------------------------------


def test_a_node_logs_in_with_its_key(callers, world):
    answer = callers.anyone().post("token/node", {"api_key": world.keys["alpha"]})

    assert answer.status_code == 200
    assert set(answer.json) == {*TOKENS, "node_url"}
    assert answer.json["node_url"] == f"/api/node/{world.nodes['alpha']}"
    claims = claims_of(answer.json["access_token"])
    assert (claims["sub"], claims["client_type"]) == (world.nodes["alpha"], "node")


def test_a_wrong_key_is_refused(callers):
    assert callers.anyone().post("token/node", {"api_key": "unknown"}).status_code == 401


# --- containers -------------------------------------------------------------------------------


def test_a_node_gets_a_token_for_the_container_of_its_run(callers, world, post_task):
    task = post_task("alpha", "beta")

    answer = callers.node("alpha").post("token/container", {"task_id": task["id"], "image": IMAGE})

    claims = claims_of(answer.json["container_token"])
    assert claims["client_type"] == "container"
    assert {name: claims["sub"][name] for name in ("client_type", "node_id", "image")} == {
        "client_type": "container",
        "node_id": world.nodes["alpha"],
        "image": IMAGE,
    }
    assert claims["sub"]["organization_id"] == world.organizations["alpha"]
    assert claims["sub"]["collaboration_id"] == world.collaborations["study"]
    assert claims["exp"] - claims["iat"] == timedelta(days=30).total_seconds()


@pytest.mark.parametrize(
    ("node", "changes", "status"),
    [
        ("alpha", {"task_id": 99999}, 400),
        ("alpha", {"image": "another:1"}, 401),
        ("alpha", {"image": "x/" + IMAGE}, 401),
        ("beta", {}, 401),
        ("delta-other", {}, 401),
    ],
)
def test_a_container_token_is_for_the_nodes_own_run_and_image(
    callers, post_task, node, changes, status
):
    task = post_task("alpha")
    body = {"task_id": task["id"], "image": IMAGE} | changes

    assert callers.node(node).post("token/container", body).status_code == status


def test_only_nodes_get_container_tokens(callers, post_task):
    task = post_task()

    answer = callers.user("root").post("token/container", {"task_id": task["id"], "image": IMAGE})

    assert answer.status_code == 401
    assert answer.json["code"] == "forbidden"


def test_the_token_of_a_container_dies_with_its_run(callers, server, post_task):
    task = post_task("alpha")
    container = callers.container("alpha", task)
    assert container.get(f"task/{task['id']}").status_code == 200

    with server.database.begin():
        Result.by_id(task["results"][0]["id"]).status = TaskStatus.COMPLETED

    assert container.get(f"task/{task['id']}").status_code == 401


# --- refresh ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["user", "node"])
def test_a_refresh_token_is_traded_for_two_new_ones(callers, server, world, kind):
    anyone = callers.anyone()
    key = {"api_key": world.keys["alpha"]}
    tokens = (log_in(anyone) if kind == "user" else anyone.post("token/node", key)).json

    answer = Caller(anyone.client, tokens["refresh_token"]).post("token/refresh")

    assert answer.status_code == 200
    assert set(answer.json) == {*TOKENS, f"{kind}_url"}
    assert answer.json["refresh_token"] != tokens["refresh_token"]
    renewed = Caller(anyone.client, answer.json["access_token"])
    assert renewed.get("organization").status_code == 200


def refresh(caller, token):
    return caller.with_token(token).post("token/refresh")


def test_a_client_of_3_5_refreshes_again_and_again_with_its_first_token(callers):
    anyone = callers.anyone()
    first = log_in(anyone).json["refresh_token"]

    answers = [refresh(anyone, first) for _ in range(4)]

    assert {answer.status_code for answer in answers} == {200}
    opened = [anyone.with_token(answer.json["access_token"]).get("task") for answer in answers]
    assert {answer.status_code for answer in opened} == {200}


def test_many_threads_that_refresh_at_the_same_time_all_go_on(callers):
    """As the published node does, with the token that is stored at that moment."""
    anyone = callers.anyone()
    stored = [refresh(anyone, log_in(anyone).json["refresh_token"]).json["refresh_token"]]

    def fail_and_refresh(_):
        for _ in range(3):
            answer = refresh(callers.anyone(), stored[-1])
            assert answer.status_code == 200, answer.json
            stored.append(answer.json["refresh_token"])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(fail_and_refresh, range(6)))

    assert refresh(anyone, stored[-1]).status_code == 200


def test_cve_2023_23929_a_refresh_token_that_was_replaced_ends_all_tokens_of_its_log_in(
    make_server, world, caplog
):
    anyone = Caller(make_server(refresh_token_grace_seconds=0).app.test_client())
    other, first = log_in(anyone).json, log_in(anyone).json
    second = refresh(anyone, first["refresh_token"]).json
    third = refresh(anyone, second["refresh_token"]).json

    answer = refresh(anyone, first["refresh_token"])

    assert (answer.status_code, answer.json["code"]) == (401, "not_authenticated")
    assert f"session is ended owner={world.users['researcher']}" in caplog.text
    for tokens in (first, second, third):
        assert refresh(anyone, tokens["refresh_token"]).status_code == 401
        assert anyone.with_token(tokens["access_token"]).get("task").status_code == 401
    assert anyone.with_token(other["access_token"]).get("task").status_code == 200
    assert refresh(anyone, other["refresh_token"]).status_code == 200


def test_a_container_outlives_the_session_of_its_node(callers, world, server, post_task):
    task, anyone = post_task("alpha"), callers.anyone()
    node = anyone.post("token/node", {"api_key": world.keys["alpha"]}).json
    asked = anyone.with_token(node["access_token"]).post(
        "token/container", {"task_id": task["id"], "image": IMAGE}
    )
    with server.database.begin() as session:
        session.execute(delete(LoginSession))

    container = anyone.with_token(asked.json["container_token"])

    assert anyone.with_token(node["access_token"]).get("task").status_code == 401
    assert container.get(f"task/{task['id']}").status_code == 200


@pytest.mark.parametrize(("kind", "statements"), [("user", 5), ("node", 3)])
def test_a_refresh_costs_few_statements(callers, world, counted, kind, statements):
    anyone = callers.anyone()
    key = {"api_key": world.keys["alpha"]}
    tokens = (log_in(anyone) if kind == "user" else anyone.post("token/node", key)).json
    successor = refresh(anyone, tokens["refresh_token"]).json["refresh_token"]

    with counted() as seen:
        assert refresh(anyone, successor).status_code == 200

    assert len(seen.statements) == statements


def test_a_refresh_token_without_a_session_renews_nothing(callers, server, world):
    with server.app.app_context():
        pair = server.tokens.pair(Kind.USER, world.users["researcher"])

    assert refresh(callers.anyone(), pair["refresh_token"]).status_code == 401


def test_an_access_token_does_not_refresh(callers):
    answer = callers.user("researcher").post("token/refresh")

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_token")


def test_a_refresh_token_opens_nothing_else(callers):
    tokens = log_in(callers.anyone()).json

    answer = Caller(callers.anyone().client, tokens["refresh_token"]).get("task")

    assert answer.status_code == 422


def test_an_expired_token_is_named_as_such(callers):
    old = Caller(callers.anyone().client, expired(callers.user("researcher").token))

    answer = old.get("task")

    assert (answer.status_code, answer.json["code"]) == (401, "token_expired")


def test_a_token_of_somebody_who_is_gone_is_refused(callers, server, world):
    user, node = callers.user("viewer"), callers.node("beta")

    with server.database.begin():
        User.by_id(world.users["viewer"]).delete()
        Node.by_id(world.nodes["beta"]).delete()

    assert user.get("task").status_code == 401
    assert node.get("task").status_code == 401
