"""Second factors at a terminal."""

import io
import logging
import sys

import pytest
from tests.fakes.rest import FakeRest
from tests.unit.client.conftest import MakeClient, login
from vantage6.client.second_factor import can_show_blocks, code_text, qr_text
from vantage6.client.utils import print_qr_code

SETUP = {"qr_uri": "otpauth://totp/v6:ada?secret=PLANTED", "otp_secret": "PLANTED", "msg": ""}


class Terminal(io.TextIOWrapper):
    """A stream that a person looks at."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        self.flush()
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue().decode(self.encoding)


@pytest.mark.parametrize(
    ("code", "text"), [(1234, "001234"), (123456, "123456"), ("001234", "001234"), (" 1 ", "1")]
)
def test_number_gets_its_zeros_back(code: str | int, text: str) -> None:
    assert code_text(code) == text


def test_padded_code_is_sent(make_client: MakeClient, rest: FakeRest) -> None:
    make_client().authenticate("ada", "secret", mfa_code=42)

    assert rest.last("POST /token/user").body["mfa_code"] == "000042"


def test_terminal_shows_a_code_to_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)

    print_qr_code(SETUP)

    assert qr_text(SETUP["qr_uri"]) in terminal.shown()
    assert "type this secret into the app: PLANTED" in terminal.shown()
    assert "authenticate(username, password, mfa_code)" in terminal.shown()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminal_that_draws_no_blocks_shows_the_secret_only(
    monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    terminal = Terminal(encoding)
    monkeypatch.setattr(sys, "stdout", terminal)

    print_qr_code(SETUP)

    assert "PLANTED" in terminal.shown()
    assert not can_show_blocks(terminal)


def test_output_that_goes_to_a_file_has_no_picture(capsys: pytest.CaptureFixture[str]) -> None:
    print_qr_code(SETUP)

    assert "▄" not in capsys.readouterr().out


def test_secrets_are_not_logged(
    make_client: MakeClient, rest: FakeRest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rest.on("POST /token/user", SETUP, {**login(), "recovery_codes": ["PLANTED-CODE"]})
    rest.on("POST /recover/2fa/reset", SETUP)
    client = make_client()

    client.authenticate("ada", "secret")
    client.authenticate("ada", "secret", mfa_code=1)
    client.util.set_two_factor_auth("token")

    assert "POST recover/2fa/reset" in caplog.text
    assert "PLANTED" not in caplog.text
