"""Whether node and server agree on encryption."""

from pathlib import Path

import pytest
from tests.fakes.server import FakeServer
from tests.unit.node.conftest import ME
from vantage6.common.encryption import DummyCryptor, RSACryptor
from vantage6.common.errors import EncryptionMismatch
from vantage6.node.config import Encryption
from vantage6.node.keys import agree, key_file


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
