"""Keys: set up before or after the log-in, never replaced without being asked, never shared."""

from pathlib import Path

import pytest
from tests.fakes.rest import FakeRest, Refusal
from tests.unit.client.conftest import MakeClient, organization
from vantage6.client import Client, RSACryptor
from vantage6.common.errors import DecryptionError, EncryptionMismatch, NotAuthenticated

KeyFiles = tuple[Path, Path]
PATCH = "PATCH /organization/1"


def public_key(file: Path) -> str:
    return RSACryptor(file).public_key_str


def test_missing_public_key_is_uploaded(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on(PATCH, organization(1))

    client.setup_encryption(key_files[0])

    assert rest.last(PATCH).body == {"public_key": public_key(key_files[0])}


def test_key_may_be_set_up_before_the_log_in(
    make_client: MakeClient, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on(PATCH, organization(1))
    client = make_client()

    client.setup_encryption(str(key_files[0]))
    assert rest.asked == []
    client.authenticate("ada", "secret")

    assert PATCH in rest.routes()


def test_known_public_key_is_left_alone(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on("GET /organization/1", organization(1, public_key(key_files[0])))

    client.setup_encryption(key_files[0])

    assert PATCH not in rest.routes()
    assert client.cryptor.decrypt_str_to_bytes(
        client.cryptor.encrypt_bytes_to_str(b"x", public_key(key_files[0]))
    )


def test_other_public_key_is_never_overwritten_silently(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on("GET /organization/1", organization(1, public_key(key_files[1])))

    with pytest.raises(EncryptionMismatch, match="overwrite=True"):
        client.setup_encryption(key_files[0])

    assert PATCH not in rest.routes()
    assert not isinstance(client.cryptor, RSACryptor)


def test_other_public_key_is_overwritten_on_request(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on("GET /organization/1", organization(1, public_key(key_files[1])))
    rest.on(PATCH, organization(1))

    client.setup_encryption(key_files[0], overwrite=True)

    assert rest.last(PATCH).body == {"public_key": public_key(key_files[0])}


def test_overwriting_needs_a_login(make_client: MakeClient, key_files: KeyFiles) -> None:
    with pytest.raises(NotAuthenticated, match="log in before"):
        make_client().setup_encryption(key_files[0], overwrite=True)


def test_upload_that_is_not_allowed_says_who_can_help(
    client: Client, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on(PATCH, Refusal(401, {"msg": "no", "code": "forbidden"}))

    with pytest.raises(EncryptionMismatch, match="ask an administrator"):
        client.setup_encryption(key_files[0])


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_key_means_no_encryption(client: Client, nothing: str | None) -> None:
    client.setup_encryption(nothing)

    assert client.cryptor.encrypt_bytes_to_str(b"x", "") == "eA=="


def test_unusable_key_files_are_refused(client: Client, tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("hello")

    with pytest.raises(FileNotFoundError):
        client.setup_encryption(tmp_path / "none.pem")
    with pytest.raises(DecryptionError, match="not a private key"):
        client.setup_encryption(tmp_path / "text.pem")


@pytest.mark.parametrize(("mode", "warns"), [(0o600, False), (0o400, False), (0o640, True)])
def test_key_that_others_may_read_is_used_with_a_warning(
    client: Client,
    key_files: KeyFiles,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    mode: int,
    warns: bool,
) -> None:
    file = tmp_path / "my key.pem"
    file.write_bytes(key_files[0].read_bytes())
    file.chmod(mode)

    client._connection.keys.load(file)

    assert (f"chmod 600 '{file}'" in caplog.text) is warns
    assert isinstance(client.cryptor, RSACryptor)


def test_key_that_was_set_up_before_a_log_in_is_dropped_when_the_server_has_another(
    make_client: MakeClient, rest: FakeRest, key_files: KeyFiles
) -> None:
    rest.on("GET /organization/1", organization(1, public_key(key_files[1])))
    client = make_client()
    client.setup_encryption(key_files[0])

    with pytest.raises(EncryptionMismatch, match="overwrite=True"):
        client.authenticate("ada", "secret")

    assert PATCH not in rest.routes()
    assert not isinstance(client.cryptor, RSACryptor)


def test_clients_with_different_keys_live_in_one_process(
    make_client: MakeClient, key_files: KeyFiles
) -> None:
    clients = make_client(), make_client()
    for client, file in zip(clients, key_files, strict=True):
        client.setup_encryption(file)

    text = clients[0].cryptor.encrypt_bytes_to_str(b"for the other", public_key(key_files[1]))

    assert clients[1].cryptor.decrypt_str_to_bytes(text) == b"for the other"
    assert clients[0].cryptor.verify_public_key(public_key(key_files[0]))
