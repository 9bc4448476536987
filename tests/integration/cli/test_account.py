"""Log-in of the user who speaks for an organization, at a real server in this process."""

import pyotp
import pytest
from click.testing import CliRunner
from tests.fakes.wsgi import WsgiAdapter
from vantage6.cli.exits import Refused
from vantage6.cli.vnode.account import log_in
from vantage6.common.api_session import ApiSession
from vantage6.common.errors import NotAuthenticated
from vantage6.server import startup
from vantage6.server.app import create_app
from vantage6.server.config import ServerConfig
from vantage6.server.fixtures import Fixtures, import_fixtures

PASSWORD = "Correct-horse-1"
ENTITIES = {
    "organizations": [
        {"name": "hospital", "users": [{"username": "doctor", "password": PASSWORD}]}
    ]
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    settings = ServerConfig(two_factor_auth=True, uri=f"sqlite:///{folder}/x.sqlite")
    server = create_app(settings, folder)
    startup.prepare(server.database, "dev")
    with server.database.begin():
        import_fixtures(Fixtures.model_validate(ENTITIES))
    yield server
    server.database.dispose()


@pytest.fixture
def session(server):
    session = ApiSession("http://server")
    WsgiAdapter(server.app).attach(session)
    yield session
    session.close()


@pytest.fixture
def enter(session, monkeypatch):
    """Log in, and type what is asked for."""
    monkeypatch.delenv("V6_PASSWORD", raising=False)

    def type_in(*lines, username=None, mfa_code=None):
        with CliRunner().isolation(input="".join(f"{line}\n" for line in lines)):
            return log_in(session, username, mfa_code)

    return type_in


def test_second_factor_is_set_up_elsewhere_then_asked_for(enter, server):
    with pytest.raises(Refused, match="not set up yet"):
        enter("doctor", PASSWORD)
    spare, *_ = set_up_second_factor(server)

    owner = enter(PASSWORD, spare, username="doctor")

    assert owner.name == "hospital"
    with pytest.raises(NotAuthenticated):
        enter(PASSWORD, username="doctor", mfa_code="000000")


def set_up_second_factor(server):
    """As a client does; gives the recovery codes, each of which stands in for a code once."""
    body = {"username": "doctor", "password": PASSWORD}
    browser = server.app.test_client()
    secret = browser.post("/api/token/user", json=body).json["otp_secret"]
    confirmed = browser.post("/api/token/user", json=body | {"mfa_code": pyotp.TOTP(secret).now()})
    return confirmed.json["recovery_codes"]


def test_password_may_be_in_the_environment(enter, monkeypatch):
    monkeypatch.setenv("V6_PASSWORD", "wrong")

    with pytest.raises(NotAuthenticated):
        enter(username="doctor")
