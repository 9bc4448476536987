"""Each published hole of the server, tried again; docs/reference/security.md lists these tests.

A test is named after its advisory, and the first line of its docstring says what the hole was.
"""

import base64
import os
import pickle
import stat

import bcrypt
import jwt
import pyotp
import pytest
from tests.fakes.mailbox import token_in
from tests.integration.server.world import IMAGE, INPUT, PASSWORD, Caller, settings_for
from vantage6.common.events import NAMESPACE
from vantage6.server import startup
from vantage6.server.app import create_app
from vantage6.server.model import User

ENVELOPE = f"{'A' * 342}==$AAAAAAAAAAAAAAAAAAAAAA==$AAAA"
NEW = "Another-horse-2"
UNKNOWN = "nobody-knows-me"


@pytest.fixture(scope="session")
def template(sqlite_template):
    """These holes were not about the database; one of them is enough."""
    return sqlite_template


@pytest.fixture
def strict(make_server):
    """A caller without a token, of a server that blocks an account after two wrong passwords."""
    return Caller(make_server(password_policy={"max_failed_attempts": 2}).app.test_client())


def log_in(caller, **body):
    return caller.post("token/user", {"username": "researcher", "password": PASSWORD} | body)


def body_of_task(world, collaboration="study", *organizations, **changes):
    recipients = [{"id": world.organizations[name], "input": INPUT} for name in organizations]
    return {
        "name": "mean age",
        "image": IMAGE,
        "collaboration_id": world.collaborations[collaboration],
        "organizations": recipients,
    } | changes


# --- who exists -------------------------------------------------------------------------------


def test_ghsa_36gx_9q6h_g429_a_blocked_account_is_answered_like_one_that_does_not_exist(strict):
    """CVE-2022-39228: the answer to a blocked account said that it exists."""
    for _ in range(2):
        log_in(strict, password="wrong")

    blocked, unknown = log_in(strict), log_in(strict, username=UNKNOWN)

    assert blocked.status_code == unknown.status_code == 401
    assert blocked.json == unknown.json


def test_ghsa_45gq_q4xh_cp53_every_refused_log_in_costs_the_same_work(
    make_server, monkeypatch, real_passwords
):
    """CVE-2024-21671: the time of a refused log-in told whether the user exists."""
    server = make_server(password_policy={"max_failed_attempts": 2})
    strict = Caller(server.app.test_client())
    with server.database.begin():
        User.find("researcher").password = PASSWORD
    hashes = []
    check = bcrypt.checkpw
    monkeypatch.setattr(
        bcrypt, "checkpw", lambda *pair: hashes.append(pair[1][:7]) or check(*pair)
    )

    for body in ({"username": UNKNOWN}, {"password": "wrong"}, {"password": "wrong"}, {}):
        assert log_in(strict, **body).status_code == 401

    assert hashes == [b"$2b$12$"] * 4


def test_ghsa_5h3x_6gwf_73jm_recovery_answers_the_same_whether_the_account_exists(
    make_server, smtp, mailbox
):
    """CVE-2024-24770: the recovery of passwords and second factors told who has an account."""
    caller = Caller(make_server(smtp=smtp).app.test_client())
    known, unknown = {"username": "researcher"}, {"username": UNKNOWN}

    for path, rest in (("recover/lost", {}), ("recover/2fa/lost", {"password": "wrong"})):
        answers = [caller.post(path, who | rest) for who in (known, unknown)]
        assert answers[0].status_code == answers[1].status_code
        assert answers[0].json == answers[1].json


# --- guessing ---------------------------------------------------------------------------------


def test_ghsa_j6g5_p62x_58hw_guesses_at_the_password_change_block_the_account(strict):
    """CVE-2025-43863: the present password could be guessed without limit when changing it."""
    caller = strict.with_token(log_in(strict).json["access_token"])
    guess = {"current_password": "Wrong-horse-9", "new_password": NEW}

    statuses = [caller.patch("password/change", guess).status_code for _ in range(2)]
    right = caller.patch("password/change", guess | {"current_password": PASSWORD})

    assert statuses == [401, 401]
    assert right.status_code == 401
    assert log_in(strict).status_code == 401


def test_ghsa_5549_c5q7_fj65_one_account_gets_one_mail_in_a_while(make_server, smtp, mailbox):
    """CVE-2024-24769: anybody could have any number of recovery mails sent to a user."""
    caller = Caller(make_server(smtp=smtp).app.test_client())

    for _ in range(3):
        assert caller.post("recover/lost", {"username": "researcher"}).status_code == 200
    mailbox.next()
    caller.post("recover/lost", {"username": "viewer"})

    assert mailbox.next()["To"] == "viewer@example.org"
    assert mailbox.is_empty()


def test_ghsa_4c5c_2vc3_x5w2_a_mailbox_alone_does_not_replace_both_factors(
    make_server, smtp, mailbox
):
    """CVE-2024-27928: who reads a mailbox could replace the password and the second factor."""
    caller = Caller(make_server(smtp=smtp, two_factor_auth=True).app.test_client())
    secret = log_in(caller).json["otp_secret"]
    assert "access_token" in log_in(caller, mfa_code=pyotp.TOTP(secret).now()).json
    caller.post("recover/lost", {"username": "researcher"})
    token = token_in(mailbox.next())

    stolen = caller.post("recover/2fa/reset", {"reset_token": token})
    caller.post("recover/reset", {"reset_token": token, "password": NEW})
    caller.post("recover/2fa/lost", {"username": "researcher", "password": NEW})

    assert stolen.status_code == 400
    assert "access_token" not in log_in(caller, password=NEW).json
    assert mailbox.is_empty()


# --- tokens and first passwords ---------------------------------------------------------------


def test_ghsa_4w59_c3gc_rrhp_refresh_tokens_expire_and_are_replaced_by_use(make_server):
    """CVE-2023-23929: a refresh token never expired, so that a stolen one was good for ever."""
    server = make_server(refresh_token_grace_seconds=0)
    first = log_in(Caller(server.app.test_client())).json["refresh_token"]

    def renew(token):
        return Caller(server.app.test_client(), token).post("token/refresh")

    second = renew(first).json["refresh_token"]
    third = renew(second).json["refresh_token"]
    claims = jwt.decode(third, options={"verify_signature": False})

    assert 0 < claims["exp"] - claims["iat"] <= 48 * 3600
    assert renew(first).status_code == 401
    assert renew(third).status_code == 401, "the session ends when a replaced token comes back"


def test_ghsa_m3mq_f375_5vgh_the_secret_that_signs_tokens_is_random_kept_and_private(
    sqlite_template, tmp_path
):
    """CVE-2025-43866: the secret that signs tokens came from the clock and the network card."""
    with sqlite_template.copy(tmp_path) as uri:
        folders = [tmp_path / name for name in ("one", "one", "two")]
        servers = [create_app(settings_for(uri, jwt_secret_key=None), f) for f in folders]
    for server in servers:
        server.database.dispose()
    secrets = [server.app.config["SECRET_KEY"] for server in servers]

    assert secrets[0] == secrets[1] != secrets[2]
    assert len(base64.urlsafe_b64decode(secrets[0] + "==")) >= 32
    assert stat.S_IMODE((folders[0] / "jwt_secret").stat().st_mode) == 0o600


def test_ghsa_fgmc_2hqj_86v4_a_productive_server_has_no_known_password(tmp_path, capsys):
    """CVE-2026-54445: every new server had a user root with the password root."""
    server = create_app(settings_for(f"sqlite:///{tmp_path}/new.sqlite"), tmp_path)
    startup.prepare(server.database, "prod")
    shown = capsys.readouterr()
    caller = Caller(server.app.test_client())

    refused = log_in(caller, username="root", password="root")
    words = (shown.out + shown.err).split()
    accepted = [w for w in words if len(w) == 24 and log_in(caller, username="root", password=w)]
    server.database.dispose()

    assert refused.status_code == 401
    assert len(accepted) == 1


# --- whose rights -----------------------------------------------------------------------------


def test_ghsa_vvjv_97j8_94xh_a_user_never_moves_to_another_organization(callers, world):
    """CVE-2023-22738: a user who was moved to another organization kept the old rights."""
    user = f"user/{world.users['viewer']}"

    answer = callers.user("root").patch(user, {"organization_id": world.organizations["delta"]})

    assert answer.json["organization"]["id"] == world.organizations["alpha"]
    (own,) = callers.user("viewer").get("collaboration").json
    assert own["name"] == "study"


@pytest.mark.parametrize("username", ["13", "1st", "-1", " 13", "\N{ARABIC-INDIC DIGIT THREE}"])
def test_ghsa_7x94_6g2m_3hp2_a_user_name_cannot_be_taken_for_an_id(callers, username):
    """CVE-2023-28635: nodes that allow the user with id 13 also allowed the user called '13'."""
    body = {"firstname": "A", "lastname": "B", "password": PASSWORD, "email": "a@b.example"}
    viewer = callers.user("viewer")

    created = callers.user("root").post("user", body | {"username": username})
    renamed = viewer.patch(f"user/{callers.world.users['viewer']}", {"username": username})

    assert (created.status_code, renamed.status_code) == (400, 400)


def test_ghsa_rf54_7qrr_96j6_a_deleted_collaboration_leaves_nothing_to_its_successor(
    callers, world, post_task
):
    """CVE-2023-41881: tasks of a deleted collaboration belonged to the next one with its id."""
    task, root = post_task(), callers.user("root")
    old = world.collaborations["other"]
    in_other = callers.user("outsider").post("task", body_of_task(world, "other", "delta")).json

    root.delete(f"collaboration/{old}")
    members = [world.organizations["alpha"], world.organizations["beta"]]
    new = root.post("collaboration", {"name": "new", "organization_ids": members}).json

    assert new["id"] > old
    assert root.get(f"task/{in_other['id']}").status_code == 404
    assert root.get(f"collaboration/{new['id']}/task").json == []
    assert post_task()["id"] > max(task["id"], in_other["id"])


@pytest.mark.parametrize(
    "path",
    [
        "collaboration/{study}/task",
        "collaboration/{study}/node",
        "collaboration/{study}/organization",
        "organization/{alpha}/node",
        "organization/{alpha}/collaboration",
        "task/{task}?include=results",
        "task/{task}/result",
        "result/{result}?include=task",
    ],
)
def test_ghsa_gc57_xhh5_m94r_nested_routes_and_includes_ask_for_the_permission(
    callers, world, post_task, path
):
    """CVE-2023-41882: some nested routes and `include` showed what the plain ones refused."""
    task = post_task("alpha", "beta")
    ids = {"task": task["id"], "result": task["results"][0]["id"]}
    ids |= {"study": world.collaborations["study"], "alpha": world.organizations["alpha"]}

    assert callers.user("outsider").get(path.format(**ids)).status_code == 401


def test_ghsa_99r4_cjp4_3hmx_who_adds_an_organization_gains_nothing_over_it(callers, world):
    """CVE-2024-32969: adding an organization to a collaboration gave rights over it."""
    study, delta = world.collaborations["study"], world.organizations["delta"]
    admin, member = callers.user("admin"), {"id": delta}
    users_before = admin.get("user").json

    assert admin.post(f"collaboration/{study}/organization", member).status_code == 401
    added = callers.user("root").post(f"collaboration/{study}/organization", member)

    assert added.status_code == 200
    assert admin.get("user").json == users_before
    refused = [
        admin.patch(f"organization/{delta}", {"name": "mine"}),
        admin.patch(f"node/{world.nodes['delta-other']}", {"name": "mine"}),
        admin.post("recover/node", {"id": world.nodes["delta-other"]}),
        admin.post("role", {"name": "x", "description": "x", "organization_id": delta}),
        admin.get(f"user/{world.users['outsider']}"),
    ]
    assert {answer.status_code for answer in refused} == {401}


def test_pr_2714_the_other_collaborations_of_a_partner_stay_closed(callers, world):
    """Pull request 2714: members of A and B read what B does together with C."""
    task = callers.user("outsider").post("task", body_of_task(world, "other", "gamma")).json
    researcher, run = callers.user("researcher"), task["results"][0]["id"]

    single = [f"task/{task['id']}", f"result/{run}", f"task/{task['id']}/result"]
    assert {researcher.get(path).status_code for path in single} == {401}
    for noun in ("task", "result", "port"):
        assert researcher.get(noun).json == []
    assert callers.node("gamma").get(f"task/{task['id']}").status_code == 401


def test_issue_615_users_cannot_speak_for_a_node(server, callers, world, post_task):
    """Issue 615: users could send the socket events with which nodes report on their runs."""
    task = post_task("alpha")
    said = {"status": "failed", "result_id": task["results"][0]["id"], "task_id": task["id"]}
    said |= {"organization_id": 2, "parent_id": None, "run_id": 1, "collaboration_id": 1}
    observer, liar = (
        server.socketio.test_client(
            server.app, namespace=NAMESPACE, headers=callers.user(name).headers
        )
        for name in ("coordinator", "researcher")
    )
    observer.get_received(NAMESPACE)

    liar.emit("algorithm_status_change", said, namespace=NAMESPACE)
    liar.emit("node_info_update", {"allowed_users": ["1"]}, namespace=NAMESPACE)

    heard = {event["name"] for event in observer.get_received(NAMESPACE)}
    assert "algorithm_status_change" not in heard
    alpha = callers.user("root").get(f"node/{world.nodes['alpha']}").json
    assert alpha["config"] == []


# --- payloads ---------------------------------------------------------------------------------


class Bomb:
    """Runs a command in whoever opens it."""

    def __init__(self, file):
        self._file = file

    def __reduce__(self):
        return os.system, (f"touch {self._file}",)


def test_ghsa_5m22_cfq9_86x6_the_server_passes_pickles_on_unopened(callers, world, tmp_path):
    """CVE-2023-23930: a pickle as input or result ran code where it was opened.

    The note about the node daemon, which opened inputs to print them, is of the same kind.
    """
    bomb = base64.b64encode(pickle.dumps(Bomb(tmp_path / "exploded"))).decode()
    recipients = [{"id": world.organizations["alpha"], "input": bomb}]
    body = body_of_task(world, organizations=recipients)
    run = callers.user("researcher").post("task", body).json["results"][0]["id"]
    node = callers.node("alpha")

    node.patch(f"result/{run}", {"status": "active"})
    node.patch(f"result/{run}", {"status": "completed", "result": bomb, "log": bomb})

    seen = callers.user("researcher").get(f"result/{run}").json
    assert seen["input"] == seen["result"] == seen["log"] == bomb
    assert node.get(f"result/{run}", include="task").json["input"] == bomb
    assert not (tmp_path / "exploded").exists()


def test_ghsa_rjmv_52mp_gjrr_an_encrypted_collaboration_takes_no_readable_payload(
    callers, world, stored
):
    """CVE-2024-22193: unencrypted input was accepted in an encrypted collaboration."""
    study, root = world.collaborations["study"], callers.user("root")
    root.patch(f"collaboration/{study}", {"encrypted": True})
    key = base64.b64encode(b"a key").decode()
    for name in ("alpha", "beta"):
        root.patch(f"organization/{world.organizations[name]}", {"public_key": key})
    alpha = world.organizations["alpha"]

    def post(text):
        body = body_of_task(world, organizations=[{"id": alpha, "input": text}])
        return callers.user("researcher").post("task", body)

    assert [post(text).status_code for text in (INPUT, "x$y$z", "")] == [400] * 3
    run = post(ENVELOPE).json["results"][0]["id"]
    node = callers.node("alpha")
    readable = {"status": "completed", "result": INPUT}
    assert node.patch(f"result/{run}", readable).status_code == 400
    assert node.patch(f"result/{run}", readable | {"result": ENVELOPE}).status_code == 200


# --- browsers ---------------------------------------------------------------------------------

ANSWERS = ["/api/version", "/api/user", "/nowhere", "/apidocs/", "/apispec_1.json"]
SOCKET = "/socket.io/?EIO=4&transport=polling"


@pytest.mark.parametrize("path", [*ANSWERS, SOCKET])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_ghsa_4946_85pr_fvxh_no_web_site_is_let_in_unless_it_is_configured(
    make_server, path, method
):
    """CVE-2024-23823: every web site was allowed to read answers (CORS ``*``)."""
    site = "https://ui.example.org"
    asked = {"Origin": site, "Access-Control-Request-Method": "GET"}
    by_default, open_ = make_server(), make_server(cors_allowed_origins=[site])

    closed = by_default.app.test_client().open(path, method=method, headers=asked)
    other = open_.app.test_client().open(
        path, method=method, headers=asked | {"Origin": "https://evil.example.org"}
    )
    allowed = open_.app.test_client().open(path, method=method, headers=asked)

    assert "Access-Control" not in str(closed.headers)
    assert "Access-Control-Allow" not in str(other.headers)
    assert allowed.headers["Access-Control-Allow-Origin"] == site


@pytest.mark.parametrize("path", [*ANSWERS, SOCKET])
def test_ghsa_gwq3_pvwq_4c9w_every_answer_tells_browsers_to_be_careful(server, path):
    """CVE-2024-24562: the headers were missing with which browsers protect their users."""
    secure = {"X-Forwarded-Proto": "https"}
    headers = server.app.test_client().get(path, headers=secure).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", [*ANSWERS, SOCKET])
def test_cve_2024_22200_no_answer_names_the_software_that_made_it(server, path):
    """CVE-2024-22200: answers told the version of the web server."""
    answer = server.app.test_client().get(path)

    assert not {"Server", "X-Powered-By", "Via"} & set(answer.headers.keys())
    assert not any(name in str(answer.headers) for name in ("Werkzeug", "gevent", "Python"))
