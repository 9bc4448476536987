"""The weaknesses S1 to S15 of the published 3.11.1 server, each asked for over the API.

The numbers are those of the protocol notes, section 9. Every test here fails on that server.
"""

import bcrypt
import jwt
import pyotp
import pytest
from tests.fakes.mailbox import token_in
from tests.integration.server.world import IMAGE, INPUT, PASSWORD, Caller, Callers, settings_for
from vantage6.server import startup
from vantage6.server.app import create_app
from vantage6.server.model import Result, Role, Rule, Task, User

NEW = "Another-horse-2"


@pytest.fixture(scope="session")
def template(sqlite_template):
    """None of these depends on the database."""
    return sqlite_template


def log_in(caller, **body):
    return caller.post("token/user", {"username": "researcher", "password": PASSWORD} | body)


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def promote(server, world):
    """Gives a user another role, or one of rules of one's own."""

    def promote(name, role=None, rules=()):
        with server.database.begin():
            user = User.by_id(world.users[name])
            if role is not None:
                user.roles = [found for found in Role.get() if found.name == role]
            user.rules = [rule for rule in Rule.get() if rule.key in set(rules)]
            user.save()

    return promote


def test_s1_no_answer_about_a_user_holds_the_secret_of_the_second_factor(make_server, world):
    server = make_server(two_factor_auth=True)
    secret = log_in(Caller(server.app.test_client())).json["otp_secret"]
    root, researcher = Callers(server, world).user("root"), world.users["researcher"]

    answers = [root.get("user"), root.get(f"user/{researcher}"), root.get("user?username=res%")]

    assert {answer.status_code for answer in answers} == {200}
    assert not any(secret in answer.text or "otp" in answer.text for answer in answers)


def test_s2_there_is_no_first_password_that_everybody_knows(tmp_path):
    server = create_app(settings_for(f"sqlite:///{tmp_path}/new.sqlite"), tmp_path)
    startup.prepare(server.database, "prod")
    caller = Caller(server.app.test_client())

    refused = log_in(caller, username="root", password="root")
    server.database.dispose()

    assert refused.status_code == 401


def test_s2_the_secret_of_tokens_outlives_the_process(make_server, world):
    before, after = make_server(jwt_secret_key=None), make_server(jwt_secret_key=None)
    token = Callers(before, world).user("root").token

    assert Caller(after.app.test_client(), token).get("user").status_code == 200


def test_s3_a_container_token_ends_and_names_its_run(callers, post_task):
    task = post_task("alpha")

    claims = claims_of(callers.container("alpha", task).token)

    assert claims["exp"] > claims["iat"]
    assert claims["sub"]["result_id"] == task["results"][0]["id"]


def test_s3_only_the_node_of_a_run_gets_its_token(callers, post_task):
    task = post_task("alpha")

    answer = callers.node("beta").post("token/container", {"task_id": task["id"], "image": IMAGE})

    assert answer.status_code == 401


def test_s3_a_container_sees_no_other_collaboration_of_its_organization(callers, world, post_task):
    container = callers.container("gamma", post_task("gamma", by="coordinator"))
    other = world.collaborations["other"]

    assert container.get(f"collaboration/{world.collaborations['study']}").status_code == 200
    assert container.get(f"collaboration/{other}").status_code == 401
    assert container.get(f"organization/{world.organizations['delta']}").status_code == 401


@pytest.fixture
def recovery(make_server, smtp, mailbox):
    """A caller without a token, and the token from the mail about a lost password."""
    caller = Caller(make_server(smtp=smtp).app.test_client())
    caller.post("recover/lost", {"username": "researcher"})
    return caller, token_in(mailbox.next())


def test_s4_a_password_token_does_not_replace_the_second_factor(recovery):
    caller, token = recovery

    assert caller.post("recover/2fa/reset", {"reset_token": token}).status_code == 400


def test_s4_a_recovery_token_is_good_once_and_opens_nothing_else(recovery):
    caller, token = recovery
    body = {"reset_token": token, "password": NEW}

    assert caller.with_token(token).get("user").status_code in (401, 422)
    assert caller.post("recover/reset", body).status_code == 200
    assert caller.post("recover/reset", body | {"password": "Third-horse-3"}).status_code == 400


@pytest.mark.parametrize("image", [f"evil.example.org/{IMAGE}", f"x{IMAGE}", "", IMAGE.upper()])
def test_s5_a_container_asks_for_exactly_its_own_image(callers, world, post_task, image):
    container = callers.container("alpha", post_task("alpha"))
    body = {
        "image": image,
        "collaboration_id": world.collaborations["study"],
        "organizations": [{"id": world.organizations["beta"], "input": INPUT}],
    }

    assert container.post("task", body).status_code in (400, 401)
    assert container.post("task", body | {"image": IMAGE}).status_code == 201


def test_s6_the_mail_address_and_account_of_who_may_do_more_are_safe(callers, world, promote):
    promote("viewer", "Collaboration Admin")
    target, admin = f"user/{world.users['viewer']}", callers.user("admin")

    taken_over = admin.patch(target, {"email": "admin@evil.example.org"})

    assert taken_over.status_code == 401
    assert admin.delete(target).status_code == 401
    assert callers.user("root").get(target).json["email"] == "viewer@example.org"


def test_s7_tokens_end_with_a_change_of_the_password(callers, server):
    caller = Caller(server.app.test_client())
    before = caller.with_token(log_in(caller).json["access_token"])
    body = {"current_password": PASSWORD, "new_password": NEW}

    assert before.patch("password/change", body).status_code == 200

    assert before.get("user").status_code == 401


def test_s7_tokens_of_a_node_end_with_its_key_or_with_itself(callers, world):
    root, alpha, beta = callers.user("root"), callers.node("alpha"), callers.node("beta")

    root.post("recover/node", {"id": world.nodes["alpha"]})
    root.delete(f"node/{world.nodes['beta']}")

    assert alpha.get("result").status_code == 401
    assert beta.get("result").status_code == 401


def test_s7_an_id_is_never_given_a_second_time(callers, world):
    root, last = callers.user("root"), max(world.users.values())
    collaboration = world.collaborations["study"]
    root.delete(f"user/{last}")
    root.delete(f"node/{world.nodes['alpha']}")

    body = {"organization_id": world.organizations["alpha"], "collaboration_id": collaboration}
    node = root.post("node", body)

    assert node.status_code == 201
    assert node.json["id"] > last


def test_s8_guesses_of_the_second_factor_are_counted(make_server):
    server = make_server(two_factor_auth=True, password_policy={"max_failed_attempts": 2})
    caller = Caller(server.app.test_client())
    code = pyotp.TOTP(log_in(caller).json["otp_secret"]).now()
    wrong = str((int(code) + 500_000) % 1_000_000).zfill(6)

    guesses = [log_in(caller, mfa_code=wrong).status_code for _ in range(2)]

    assert guesses == [401, 401]
    assert log_in(caller, mfa_code=code).status_code == 401


def test_s8_a_block_is_told_in_one_mail_and_unknown_users_cost_the_same(
    make_server, smtp, mailbox, monkeypatch
):
    checked = []
    check = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *pair: checked.append(1) or check(*pair))
    policy = {"max_failed_attempts": 2}
    caller = Caller(make_server(smtp=smtp, password_policy=policy).app.test_client())

    for _ in range(5):
        log_in(caller, password="wrong")
    log_in(caller, username="nobody-knows-me")
    caller.post("recover/lost", {"username": "viewer"})

    assert [mailbox.next()["To"] for _ in range(2)] == [
        "researcher@example.org",
        "viewer@example.org",
    ]
    assert len(checked) == 6


def test_s9_what_is_taken_is_not_told_to_who_may_not_create(callers):
    viewer = callers.user("viewer")
    user = {"firstname": "A", "lastname": "B", "password": PASSWORD, "email": "a@b.example"}

    answers = [viewer.post("user", user | {"username": name}) for name in ("root", "free")]
    answers += [
        viewer.post("collaboration", {"name": name, "organization_ids": [1]})
        for name in ("study", "free")
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].json == answers[1].json
    assert answers[2].json == answers[3].json


@pytest.mark.parametrize("noun", ["task", "result", "node", "collaboration"])
def test_s9_without_the_permission_nobody_learns_what_exists(callers, noun):
    nobody = callers.user("nobody")

    assert nobody.get(f"{noun}/1").json == nobody.get(f"{noun}/99999").json
    assert nobody.get(f"{noun}/99999").status_code == 401


def test_s10_ports_are_shown_within_the_collaboration_only(callers, world, post_task):
    run = post_task("alpha")["results"][0]["id"]
    port = callers.node("alpha").post("port", {"port": 8888, "result_id": run, "label": None})

    path = f"port/{port.json['id']}"
    assert callers.user("researcher").get(path).status_code == 200
    assert callers.user("outsider").get(path).status_code == 401
    assert callers.user("outsider").get("port").json == []
    assert callers.user("nobody").get("port").status_code == 401


def test_s11_another_node_of_the_organization_does_not_report_on_a_run(callers, post_task):
    run = post_task("gamma", by="coordinator")["results"][0]["id"]
    report = {"status": "completed", "result": INPUT}

    assert callers.node("gamma-other").patch(f"result/{run}", report).status_code == 401
    assert callers.node("gamma").patch(f"result/{run}", report).status_code == 200


def test_s12_a_node_changes_only_itself_and_the_key_of_its_organization(callers, world):
    gamma, other = callers.node("gamma"), world.nodes["gamma-other"]
    organization = f"organization/{world.organizations['gamma']}"
    away = {"collaboration_id": world.collaborations["other"]}

    assert gamma.patch(f"node/{other}", {"name": "mine"}).status_code == 401
    assert gamma.patch(f"node/{world.nodes['gamma']}", away).status_code in (400, 401)
    assert gamma.patch(organization, {"name": "mine"}).status_code == 401
    assert gamma.patch(organization, {"public_key": "a2V5"}).status_code == 200


def test_s13_nobody_takes_a_rule_from_a_role_that_they_lack(callers, world):
    root, admin = callers.user("root"), callers.user("admin")
    (stronger,) = root.get("rule", name="task", operation="DELETE", scope="GLOBAL").json
    body = {"name": "nurse", "description": "x", "rules": [stronger["id"]]}
    role = root.post("role", body | {"organization_id": world.organizations["alpha"]}).json["id"]

    refused = [
        admin.patch(f"role/{role}", {"rules": []}),
        admin.delete(f"role/{role}/rule/{stronger['id']}"),
    ]

    assert {answer.status_code for answer in refused} == {401}


def test_s13_default_roles_stay_and_those_of_programs_are_not_given(callers, world):
    root = callers.user("root")
    roles = {role["name"]: role["id"] for role in root.get("role").json}
    refused = [
        root.post(f"role/{roles['Viewer']}/rule/1"),
        root.delete(f"role/{roles['Viewer']}/rule/{root.get('rule').json[0]['id']}"),
        root.delete(f"role/{roles['Researcher']}"),
        root.patch(f"user/{world.users['viewer']}", {"roles": [roles["node"]]}),
        root.patch(f"user/{world.users['viewer']}", {"roles": [roles["container"]]}),
    ]

    assert {answer.status_code for answer in refused} <= {400, 401, 404}
    assert {role["name"] for role in root.get("role").json} == set(roles)


@pytest.fixture
def answered(callers, post_task):
    """A result of beta that alpha has asked for, over every address that shows it."""
    task = post_task("beta", by="researcher")
    run, node = task["results"][0]["id"], callers.node("beta")
    node.patch(f"result/{run}", {"status": "active"})
    node.patch(f"result/{run}", {"status": "completed", "result": INPUT, "log": "all went well"})

    def shown(caller):
        rows = [
            caller.get(f"result/{run}").json,
            caller.get("result").json[0],
            caller.get("result", include="task", page=1).json[0],
            caller.get(f"task/{task['id']}/result").json[0],
            caller.get(f"task/{task['id']}", include="results").json["results"][0],
            caller.get("task", include="results").json[0]["results"][0],
        ]
        return {(row["id"], row["input"], row["result"], row["log"]) for row in rows}

    shown.run = run
    return shown


@pytest.mark.parametrize("name", ["researcher", "viewer", "coordinator", "root"])
def test_s14_who_asked_and_who_answered_read_what_came_out(callers, answered, name):
    assert answered(callers.user(name)) == {(answered.run, INPUT, INPUT, "all went well")}


def test_s14_other_members_see_that_there_is_a_result_and_no_more(callers, answered, promote):
    promote("outsider", "Researcher")
    gamma = callers.node("gamma")

    result = gamma.get(f"result/{answered.run}").json

    assert result["status"] == "completed"
    assert (result["input"], result["result"], result["log"]) == (None, None, None)
    assert gamma.get("result").json[0]["result"] is None
    assert gamma.get("task", include="results").json[0]["results"][0]["log"] is None


def test_s14_who_began_reads_what_its_algorithm_asked_for(callers, world, post_task):
    parent = post_task("beta", by="researcher")
    body = {
        "image": IMAGE,
        "collaboration_id": world.collaborations["study"],
        "organizations": [{"id": world.organizations["gamma"], "input": INPUT}],
    }
    run = callers.container("beta", parent).post("task", body).json["results"][0]["id"]

    for caller in (callers.user("researcher"), callers.user("coordinator"), callers.node("gamma")):
        assert caller.get(f"result/{run}").json["input"] == INPUT


def test_s14_a_list_of_any_length_hides_and_shows_every_row_alike(callers, server, world):
    organizations = [world.organizations[name] for name in ("alpha", "beta", "gamma")]
    with server.database.begin():
        for _ in range(200):
            runs = [Result(organization_id=id_, input=INPUT) for id_ in organizations]
            task = Task(image=IMAGE, run_id=1, collaboration_id=1, results=runs)
            task.initiator_id = organizations[2]
            task.save()

    rows = callers.node("alpha").get("result", include="task").json

    assert len(rows) == 600
    readable = {row["organization"]["id"] for row in rows if row["input"]}
    assert readable == {organizations[0]}
    assert sum(1 for row in rows if row["input"]) == 200


def test_s15_no_web_site_is_let_in_by_default(callers):
    answer = callers.anyone().client.get("/api/version", headers={"Origin": "https://a.example"})

    assert "Access-Control" not in str(answer.headers)


def test_s15_a_wrong_api_key_costs_no_slow_hash(callers, monkeypatch):
    checked = []
    monkeypatch.setattr(bcrypt, "checkpw", lambda *pair: checked.append(pair) or False)

    assert callers.anyone().post("token/node", {"api_key": "x" * 36}).status_code == 401

    assert checked == []


def test_s15_bodies_and_log_ins_have_limits(make_server):
    caller = Caller(make_server(rate_limit={"failed_log_ins": 3}).app.test_client())
    large = {"api_key": "x" * 5000}

    assert caller.post("token/node", large).status_code == 413
    statuses = [caller.post("token/node", {"api_key": f"k{n}"}).status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
