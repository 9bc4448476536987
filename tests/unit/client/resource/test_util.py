"""One's own password, second factor and key."""

from pathlib import Path

import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.client.conftest import MakeClient, login, organization
from vantage6.client import Client, RSACryptor
from vantage6.common.errors import EncryptionMismatch, InvalidInput, NotAuthenticated

WRONG = Refusal(401, {"msg": "the password is wrong", "code": "not_authenticated"})


def test_lost_factor_is_asked_for_with_the_password(client: Client, rest: FakeRest) -> None:
    rest.on("POST /recover/2fa/lost", {"msg": "a mail is sent"})

    client.util.reset_two_factor_auth("secret", username="ada")

    body = rest.last("POST /recover/2fa/lost").body
    assert body == {"username": "ada", "password": "secret"}


def test_new_factor_is_shown(
    client: Client, rest: FakeRest, capsys: pytest.CaptureFixture[str]
) -> None:
    rest.on("POST /recover/2fa/reset", {"qr_uri": "otpauth://x", "otp_secret": "ABC", "msg": ""})

    answer = client.util.set_two_factor_auth("token")

    assert rest.last("POST /recover/2fa/reset").body == {"reset_token": "token"}
    assert answer["otp_secret"] == "ABC"
    assert "otpauth://x" in capsys.readouterr().out


def test_refused_new_factor_is_answered_to_old_scripts(
    make_client: MakeClient, rest: FakeRest
) -> None:
    rest.on("POST /recover/2fa/reset", Refusal(400, {"msg": "not valid"}))

    answer = make_client(raise_errors=False).util.set_two_factor_auth("token")

    assert answer["msg"] == "not valid"


def test_new_recovery_codes_are_shown(
    client: Client, rest: FakeRest, capsys: pytest.CaptureFixture[str]
) -> None:
    rest.on("POST /recover/2fa/codes", {"recovery_codes": ["AAAA-BBBB"], "msg": "keep them"})

    assert client.util.renew_recovery_codes("secret")["recovery_codes"] == ["AAAA-BBBB"]
    assert "AAAA-BBBB" in capsys.readouterr().out


def test_account_must_be_named(client: Client) -> None:
    with pytest.raises(InvalidInput, match="username"):
        client.util.reset_two_factor_auth("secret")


def test_wrong_password_is_sent_once(make_client: MakeClient, rest: FakeRest) -> None:
    rest.on("POST /token/user", {**login(), "refresh_token": login()["access_token"]})
    rest.on("PATCH /password/change", WRONG)
    rest.on("POST /recover/2fa/codes", WRONG)
    client = make_client()
    client.authenticate("ada", "secret")

    with pytest.raises(NotAuthenticated, match="wrong"):
        client.util.change_my_password("wrong", "new")
    with pytest.raises(NotAuthenticated, match="wrong"):
        client.util.renew_recovery_codes("wrong")

    assert rest.routes().count("PATCH /password/change") == 1
    assert rest.routes().count("POST /recover/2fa/codes") == 1
    assert "POST /refresh" not in rest.routes()


def test_new_key_is_used_and_published(client: Client, rest: FakeRest, tmp_path: Path) -> None:
    rest.on("PATCH /organization/1", {"id": 1})
    file = tmp_path / "key.pem"

    client.util.generate_private_key(str(file))

    assert rest.last("PATCH /organization/1").body == {
        "public_key": RSACryptor(file).public_key_str
    }
    assert client.cryptor.private_key is not None
    assert file.stat().st_mode & 0o077 == 0


def test_key_file_is_never_replaced(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("the only key to last year's results", "utf-8")

    with pytest.raises(FileExistsError, match=r"key\.pem is there already"):
        client.util.generate_private_key(file, overwrite=True)

    assert file.read_text("utf-8").startswith("the only key")


def test_no_key_is_made_while_the_server_has_another(
    client: Client, rest: FakeRest, tmp_path: Path
) -> None:
    rest.on("GET /organization/1", organization(1, public_key="of a colleague"))

    with pytest.raises(EncryptionMismatch, match="has a public key of your organization already"):
        client.util.generate_private_key(tmp_path / "key.pem")

    assert list(tmp_path.iterdir()) == []
