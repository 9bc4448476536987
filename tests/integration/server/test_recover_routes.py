"""Lost and changed secrets, with mails through a real SMTP server."""

import pyotp
import pytest
from tests.fakes.mailbox import token_in
from tests.integration.server.world import PASSWORD, Caller
from vantage6.server.model import User

pytestmark = pytest.mark.repeats("postgres")

NEW = "Another-horse-2"


@pytest.fixture
def mailing(make_server, smtp):
    def make(**changes):
        return Caller(make_server(smtp=smtp, **changes).app.test_client())

    return make


def log_in(caller, **body):
    return caller.post("token/user", {"username": "researcher", "password": PASSWORD} | body)


def test_a_lost_password_is_replaced_by_mail_and_old_tokens_end(mailing, mailbox):
    caller = mailing()
    old = log_in(caller).json

    asked = caller.post("recover/lost", {"username": None, "email": "researcher@example.org"})
    mail = mailbox.next()
    body = {"reset_token": token_in(mail), "password": NEW}
    replaced = caller.post("recover/reset", body)

    assert (asked.status_code, replaced.status_code) == (200, 200)
    assert (mail["From"], mail["To"]) == ("v6@a.example", "researcher@example.org")
    assert caller.post("recover/reset", body).status_code == 400
    assert caller.with_token(old["access_token"]).get("task").status_code == 401
    assert caller.with_token(old["refresh_token"]).post("token/refresh").status_code == 401
    assert log_in(caller, password=NEW).status_code == 200


def test_cve_2024_24770_the_answer_does_not_tell_who_has_an_account(mailing, mailbox):
    caller = mailing()

    unknown = caller.post("recover/lost", {"username": "who"})
    known = caller.post("recover/lost", {"username": "researcher"})

    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)
    assert mailbox.next()["To"] == "researcher@example.org"
    assert mailbox.is_empty()


def test_the_second_factor_is_replaced_by_password_and_mail(mailing, mailbox):
    caller = mailing(two_factor_auth=True)
    log_in(caller, mfa_code=pyotp.TOTP(log_in(caller).json["otp_secret"]).now())

    lost = {"username": "researcher", "password": PASSWORD}
    assert caller.post("recover/2fa/lost", lost).status_code == 200
    shown = caller.post("recover/2fa/reset", {"reset_token": token_in(mailbox.next())})

    assert set(shown.json) == {"qr_uri", "otp_secret", "msg"}
    code = pyotp.TOTP(shown.json["otp_secret"]).now()
    assert "access_token" in log_in(caller, mfa_code=code).json


def test_the_second_factor_is_not_replaced_without_the_password(callers):
    answers = [
        callers.anyone().post("recover/2fa/lost", {"username": name, "password": "wrong"})
        for name in ("researcher", "who")
    ]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("recover/lost", {"username": None, "email": ""}),
        ("recover/2fa/lost", {"username": "researcher"}),
        ("recover/reset", {"password": NEW}),
        ("recover/reset", {"reset_token": "x", "password": NEW}),
        ("recover/2fa/reset", {"reset_token": None}),
        ("recover/2fa/reset", {"reset_token": "x"}),
    ],
)
def test_incomplete_or_wrong_recovery_is_a_bad_request(callers, path, body):
    assert callers.anyone().post(path, body).status_code == 400


def test_s4_an_ordinary_token_recovers_nothing(callers):
    body = {"reset_token": callers.user("researcher").token, "password": NEW}

    assert callers.anyone().post("recover/reset", body).status_code == 400


def test_s4_a_recovery_token_opens_nothing(mailing, mailbox):
    caller = mailing()
    caller.post("recover/lost", {"username": "researcher"})

    assert caller.with_token(token_in(mailbox.next())).get("task").status_code == 422


def test_a_password_is_changed_and_all_tokens_end(callers):
    user = callers.user("researcher")
    body = {"current_password": PASSWORD, "new_password": NEW}

    wrong = user.patch("password/change", body | {"current_password": "wrong"})
    changed = user.patch("password/change", body)

    assert (wrong.status_code, changed.status_code) == (401, 200)
    assert user.get("task").status_code == 401
    assert log_in(callers.anyone(), password=NEW).status_code == 200


def test_s8_the_owner_hears_once_that_an_account_is_blocked(mailing, mailbox):
    caller = mailing(password_policy={"max_failed_attempts": 2})

    for _ in range(4):
        log_in(caller, password="wrong")

    assert "Failed log-in" in mailbox.next()["Subject"]
    assert mailbox.is_empty()


def test_s7_the_key_of_a_node_is_replaced_and_its_tokens_end(callers, world):
    node, anyone = callers.node("alpha"), callers.anyone()

    answer = callers.user("admin").post("recover/node", {"id": world.nodes["alpha"]})

    assert set(answer.json) == {"api_key"}
    assert node.get("task").status_code == 401
    assert anyone.post("token/node", {"api_key": world.keys["alpha"]}).status_code == 401
    logged_in = anyone.post("token/node", answer.json)
    assert anyone.with_token(logged_in.json["access_token"]).get("task").status_code == 200


@pytest.mark.parametrize(
    ("name", "node", "status"),
    [("researcher", "alpha", 401), ("admin", "beta", 401), ("root", "beta", 200)],
)
def test_the_key_of_a_node_is_replaced_by_those_who_may(callers, world, name, node, status):
    body = {"id": world.nodes[node]}

    assert callers.user(name).post("recover/node", body).status_code == status


def test_an_unknown_node_or_no_json_has_no_key(callers):
    root = callers.user("root")

    assert root.post("recover/node", {"id": 99999}).status_code == 404
    assert root.post("recover/node", {}).status_code == 400
    assert root.call("POST", "recover/node", data="id=1").status_code == 400


def test_secrets_of_users_never_leave(callers, server, world):
    with server.database.begin():
        User.by_id(world.users["viewer"]).otp_pending = "PENDINGSECRET"

    shown = callers.user("root").get(f"user/{world.users['viewer']}").get_data(as_text=True)

    assert "PENDINGSECRET" not in shown
    assert "otp" not in shown
