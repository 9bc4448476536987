"""Whether node and server agree on encryption."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.server import FakeServer
from tests.unit.node.conftest import ME
from vantage6.common.encryption import DummyCryptor, RSACryptor
from vantage6.common.errors import EncryptionMismatch
from vantage6.node.config_blocks import Encryption
from vantage6.node.keys import agree, key_file, protect


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key.pem"
    RSACryptor.create_new_rsa_key(path)
    return path


def test_a_plain_collaboration_needs_no_key() -> None:
    agreement = agree(FakeServer(), ME, None)

    assert isinstance(agreement.cryptor, DummyCryptor)
    assert not agreement.is_encrypted


def test_a_public_key_is_published_where_there_is_none(key: Path) -> None:
    server = FakeServer(is_encrypted=True)

    agreement = agree(server, ME, key)

    assert agreement.is_encrypted
    assert server.keys == {ME.organization_id: RSACryptor(key).public_key_str}
    assert agree(server, ME, key)


def test_a_public_key_at_the_server_is_never_replaced(key: Path) -> None:
    server = FakeServer(is_encrypted=True)
    server.keys[ME.organization_id] = "another key"

    with pytest.raises(EncryptionMismatch, match="does not belong to the private key"):
        agree(server, ME, key)

    assert server.keys == {ME.organization_id: "another key"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_a_private_key_that_others_can_read_is_closed(
    tmp_path: Path, key: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "mine.pem"
    file.write_bytes(key.read_bytes())
    file.chmod(mode)

    agree(FakeServer(is_encrypted=True), ME, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"others could read the private key {file}" in caplog.text


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_key_that_is_closed_is_left_as_it_is(
    tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "mine.pem"
    file.touch(mode)

    protect(file)

    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert caplog.text == ""


class AnothersFile(type(Path())):  # type: ignore[misc]  # the class depends on the platform
    """A file of another user, which this one cannot change."""

    mode = 0o644

    def stat(self, **_: Any) -> Any:
        owner = os.geteuid() + 1
        return SimpleNamespace(st_mode=stat.S_IFREG | self.mode, st_uid=owner)

    def chmod(self, *_: Any, **__: Any) -> None:
        raise PermissionError("not yours")


@pytest.mark.parametrize(("mode", "is_refused"), [(0o644, True), (0o640, False), (0o660, True)])
def test_a_private_key_of_another_user_may_be_readable_for_a_group_only(
    monkeypatch: pytest.MonkeyPatch, mode: int, is_refused: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(AnothersFile, "mode", mode)
    file = AnothersFile("/etc/vantage6/key.pem")

    if not is_refused:
        protect(file)
        return
    with pytest.raises(EncryptionMismatch, match=r"chmod 600 /etc/vantage6/key\.pem"):
        protect(file)


def test_both_sides_must_agree_on_encryption(key: Path) -> None:
    with pytest.raises(EncryptionMismatch, match="switched off here"):
        agree(FakeServer(is_encrypted=True), ME, None)
    with pytest.raises(EncryptionMismatch, match="switched on here"):
        agree(FakeServer(), ME, key)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EncryptionMismatch, match="create-private-key"):
        agree(FakeServer(is_encrypted=True), ME, tmp_path / "no.pem")


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("hello")

    with pytest.raises(EncryptionMismatch, match="not a private key"):
        agree(FakeServer(is_encrypted=True), ME, file)


def test_the_key_is_in_the_data_folder_unless_it_is_said_where(tmp_path: Path) -> None:
    assert key_file(Encryption(enabled=False), tmp_path) is None
    assert key_file(Encryption(enabled=True), tmp_path) == tmp_path / "private_key.pem"
    named = Encryption(enabled=True, private_key="mine.pem")
    assert key_file(named, tmp_path) == tmp_path / "mine.pem"
    absolute = Encryption(enabled=True, private_key="/mnt/key.pem")
    assert key_file(absolute, tmp_path) == Path("/mnt/key.pem")
