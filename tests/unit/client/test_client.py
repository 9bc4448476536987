"""Logging in, names of 3.x, and how errors come."""

import logging
import subprocess
import sys

import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.client.conftest import MakeClient, login
from vantage6.client import Client, UserClient
from vantage6.common.errors import Forbidden, InvalidInput, NotAuthenticated


def test_log_in_says_who_it_is(client: Client) -> None:
    assert client.whoami == ("user", 5, "Ada", "hospital 1", 1)
    assert client.name == "Ada"
    assert client.headers == {"Authorization": f"Bearer {client.token}"}


def test_second_factor_is_sent_as_text(make_client: MakeClient, rest: FakeRest) -> None:
    make_client().authenticate("ada", "secret", mfa_code=123456)

    body = rest.last("POST /token/user").body
    assert body == {"username": "ada", "password": "secret", "mfa_code": "123456"}


def test_question_for_a_second_factor_is_an_error(make_client: MakeClient, rest: FakeRest) -> None:
    rest.on("POST /token/user", {"msg": "please give your code"})

    with pytest.raises(NotAuthenticated, match="please give your code"):
        make_client().authenticate("ada", "secret")


def test_enrolment_of_a_second_factor_is_shown(
    make_client: MakeClient, rest: FakeRest, capsys: pytest.CaptureFixture[str]
) -> None:
    rest.on("POST /token/user", {"qr_uri": "otpauth://x", "otp_secret": "ABC", "msg": ""})
    client = make_client()

    client.authenticate("ada", "secret")

    assert "otpauth://x" in capsys.readouterr().out
    assert client.whoami is None


def test_recovery_codes_are_shown_when_the_server_gives_them(
    make_client: MakeClient, rest: FakeRest, capsys: pytest.CaptureFixture[str]
) -> None:
    rest.on("POST /token/user", {**login(), "recovery_codes": ["ABCD-EFGH-IJKL-MNOP"]})
    make_client().authenticate("ada", "secret", mfa_code="123456")
    rest.on("POST /token/user", {**login(), "recovery_codes_left": 9})

    make_client().authenticate("ada", "secret", mfa_code="ABCD-EFGH-IJKL-MNOP")

    shown = capsys.readouterr().out
    assert "ABCD-EFGH-IJKL-MNOP" in shown
    assert "9 recovery codes are left" in shown


def test_wrong_password_is_the_error_of_the_server(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("POST /token/user", Refusal(401, {"msg": "wrong", "code": "not_authenticated"}))

    with pytest.raises(NotAuthenticated, match="wrong"):
        make_client(raise_errors=False).authenticate("ada", "secret")


def test_what_needs_a_login_says_so(make_client: MakeClient) -> None:
    with pytest.raises(NotAuthenticated, match="log in first"):
        make_client().organization.get()


def test_refusal_is_raised(client: Client, rest: FakeRest) -> None:
    rest.on("GET /task/1", Refusal(401, {"msg": "not yours", "code": "forbidden"}))

    with pytest.raises(Forbidden, match="not yours"):
        client.task.get(1)


def test_refusal_is_answered_where_scripts_expect_that(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("GET /task", Refusal(400, {"msg": "no"}))
    rest.on("GET /result", Refusal(400, {"msg": "no"}))
    client = make_client(raise_errors=False)

    assert client.task.get(8)["msg"].startswith("nothing was laid down")
    assert [answer["msg"] for answer in client.task.iterate()] == ["no"]
    assert client.util.change_my_password("a", "b")["msg"].startswith("nothing was laid down")
    assert client.task.list(fields=["id"])["msg"] == "no"
    assert client.result.from_task(1)["msg"] == "no"
    assert client.wait_for_results(8)["msg"].startswith("nothing was laid down")


def test_refused_task_is_answered_where_scripts_expect_that(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("POST /task", Refusal(400, {"msg": "no node of organization 2"}))
    client = make_client(raise_errors=False)

    answer = client.task.create(1, [2], "a", "img", "", {"method": "x"}, fields=["id"])

    assert answer["msg"] == "no node of organization 2"
    assert client.post_task("a", "img", 1, {}, "", [2])["msg"] == "no node of organization 2"


def test_root_logger_is_left_alone(make_client: MakeClient) -> None:
    before = list(logging.getLogger().handlers)
    own = logging.getLogger("vantage6.client")

    client = make_client(log_level="warn")
    make_client(verbose=True)

    assert logging.getLogger().handlers == before
    assert client.log is own
    assert (own.level, len(own.handlers)) == (logging.DEBUG, 1)
    own.handlers.clear()
    own.setLevel(logging.NOTSET)


def test_names_of_former_versions_work(client: Client, rest: FakeRest) -> None:
    rest.on("GET /version", {"version": "3.12.0"})
    rest.on("POST /task", {"id": 3})

    assert UserClient is Client
    assert (client.host, client.port, client.path) == ("http://server", 5000, "/api")
    assert client.base_path == "http://server:5000/api"
    assert client.generate_path_to("/task") == "http://server:5000/api/task"
    assert client.request("version") == client.util.get_server_version()
    assert client.post_task("a", "img", 1, {"method": "x"}, organization_ids=[2])["id"] == 3
    with pytest.raises(InvalidInput, match="scope"):
        client.collaboration.list(scope="mine")


def test_import_is_light() -> None:
    heavy = ("pandas", "numpy", "flask", "sqlalchemy", "docker")
    code = f"import sys, vantage6.client; print([n for n in {heavy} if n in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
