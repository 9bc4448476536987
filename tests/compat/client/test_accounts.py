"""Lost passwords and second factors with the published client, and real mails."""

import email
import queue
import re
from email.message import Message
from typing import Any

import pyotp
import pytest
from aiosmtpd.controller import Controller
from tests.compat.client.conftest import Kept
from tests.compat.client.published import Console, Remote, ScriptFailed
from tests.compat.client.servers import PASSWORD, RunningServer, running_server
from vantage6.cli.vdev.files import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
NEW = "Another-horse-2"
USERS = ("enrols", "recovers", "replaces", "by_name")
HOSPITAL = {
    "organizations": [
        {
            "name": "hospital",
            "users": [
                {"username": name, "password": PASSWORD, "email": f"{name}@example.org"}
                for name in USERS
            ],
        }
    ]
}


class Mailbox:
    """Takes mails; a test waits for the next one."""

    def __init__(self) -> None:
        self._mails: queue.Queue[Message] = queue.Queue()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self._mails.put(email.message_from_bytes(envelope.content))
        return "250 OK"

    def next_token(self, receiver: str) -> str:
        """The token in the next mail, which has to be for somebody."""
        mail = self._mails.get(timeout=30)
        assert mail["To"] == receiver
        part: Any = mail.get_payload(0)
        text: str = part.get_payload(decode=True).decode()
        return next(line for line in text.splitlines() if line.startswith("ey"))


@pytest.fixture
def mailbox(kept: Kept) -> Mailbox:
    return kept("mailbox", Mailbox)


@pytest.fixture
def guarded(
    kept: Kept, version: str, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> RunningServer:
    """A server that asks for a second factor and sends mails."""

    def make() -> RunningServer:
        port = free_port()
        controller = Controller(mailbox, hostname="127.0.0.1", port=port)
        controller.start()
        kept.stack.callback(controller.stop)
        smtp = {"server": "127.0.0.1", "port": port, "MAIL_USE_TLS": False}
        folder = tmp_path_factory.mktemp(f"guarded-{version}")
        server = running_server(folder, HOSPITAL, two_factor_auth=True, smtp=smtp)
        return kept.stack.enter_context(server)

    return kept("guarded", make)


@pytest.fixture
def client(console: Console, guarded: RunningServer) -> Remote:
    """A client of the guarded server that is not logged in."""
    console.run(f"person = Client('http://127.0.0.1', {guarded.port}, '/api')")
    return Remote(console, "person")


def enrol(console: Console, client: Remote, username: str, password: str = PASSWORD) -> pyotp.TOTP:
    """Log in for the first time; the authenticator app with what the client prints."""
    client.authenticate(username, password)
    return app_from(console)


def app_from(console: Console) -> pyotp.TOTP:
    """An authenticator app that was shown what the client has just printed."""
    found = re.search(r"\b[A-Z2-7]{32}\b", console.printed)
    assert found, console.printed
    return pyotp.TOTP(found[0])


def test_the_second_factor_is_enrolled_and_asked_for(console: Console, client: Remote) -> None:
    name = "enrols"
    app = enrol(console, client, name)
    assert console.value("person.whoami") is None

    client.authenticate(name, PASSWORD, mfa_code=app.now())

    assert client.user.get()["username"] == name
    with pytest.raises(ScriptFailed) as no_code:
        client.authenticate(name, PASSWORD)
    assert no_code.value.kind == "Exception"
    with pytest.raises(ScriptFailed) as wrong:
        client.authenticate(name, PASSWORD, mfa_code="12345")
    assert wrong.value.kind == "AuthenticationException"


@pytest.mark.parametrize("by", ["email", "username"])
def test_a_lost_password_is_replaced(
    console: Console, client: Remote, mailbox: Mailbox, by: str
) -> None:
    username = {"email": "recovers", "username": "by_name"}[by]
    address = f"{username}@example.org"
    names = {"email": {"email": address}, "username": {"username": username}}[by]

    asked = client.util.reset_my_password(**names)
    told = client.util.set_my_password(mailbox.next_token(address), NEW)

    assert [set(answer) for answer in (asked, told)] == [{"msg"}, {"msg"}]
    app = enrol(console, client, username, NEW)
    # A script may send the code as a number, which has no zeros in front.
    client.authenticate(username, NEW, mfa_code=int(app.now()))
    assert client.user.get()["username"] == username


def test_an_unknown_account_gets_the_same_answer(client: Remote, mailbox: Mailbox) -> None:
    address = "replaces@example.org"

    known = client.util.reset_my_password(email=address)

    assert mailbox.next_token(address)
    assert client.util.reset_my_password(email="nobody@example.org") == known


def test_a_lost_second_factor_is_replaced(
    console: Console, client: Remote, mailbox: Mailbox
) -> None:
    name = "replaces"
    old = enrol(console, client, name)
    client.authenticate(name, PASSWORD, mfa_code=old.now())

    asked = client.util.reset_two_factor_auth(PASSWORD, username=name)
    shown = client.util.set_two_factor_auth(mailbox.next_token(f"{name}@example.org"))
    app = app_from(console)

    assert asked.keys() == {"msg"}
    assert shown.keys() == {"qr_uri", "otp_secret", "msg"}
    assert app.secret == shown["otp_secret"] != old.secret
    client.authenticate(name, PASSWORD, mfa_code=app.now())
    assert client.user.get()["username"] == name


@pytest.mark.parametrize(
    "call",
    [
        "person.util.reset_two_factor_auth('Wrong-horse-1', username='nobody')",
        "person.util.set_two_factor_auth('nonsense')",
    ],
)
@pytest.mark.usefixtures("client")
def test_a_refused_recovery_is_a_message(console: Console, call: str) -> None:
    assert set(console.value(call)) >= {"msg"}


def test_nobody_is_named(client: Remote) -> None:
    with pytest.raises(ScriptFailed, match="AssertionError"):
        client.util.reset_my_password()
