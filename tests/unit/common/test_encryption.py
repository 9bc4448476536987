"""Encryption between organizations: what it keeps, and that it fails closed."""

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from vantage6.common.encryption import (
    SEPARATOR,
    Cryptor,
    DummyCryptor,
    RSACryptor,
    cryptor_for,
    is_envelope,
)
from vantage6.common.errors import DecryptionError, EncryptionMismatch

VECTORS = Path(__file__).resolve().parents[2] / "compat" / "vectors" / "encryption.json"
KEYS = json.loads(VECTORS.read_text("utf-8"))["keys"]
PLAIN = b'json.{"average": 61.9}'


@pytest.fixture(scope="module")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two private keys; making one takes a second, so these are recorded ones."""
    folder = tmp_path_factory.mktemp("keys")
    files = [folder / "one.pem", folder / "other.pem"]
    for file, key in zip(files, KEYS, strict=True):
        file.write_text(key["private_key"])
    return files


@pytest.fixture(scope="module")
def cryptor(key_files: list[Path]) -> RSACryptor:
    return RSACryptor(key_files[0])


# --- there and back ----------------------------------------------------------------------------


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_parts_are_the_same_as_the_whole(cryptor: RSACryptor, is_encrypted: bool) -> None:
    chosen: Cryptor = cryptor if is_encrypted else DummyCryptor()
    parts = [b"a", b"", b"x" * 4_000_001, b"bc"]

    pieces = list(chosen.encrypt_parts(parts, cryptor.public_key_str))

    assert max(map(len, pieces)) < 5_000_000
    assert chosen.decrypt_str_to_bytes("".join(pieces)) == b"".join(parts)
    back = list(chosen.decrypt_to_parts("".join(pieces)))
    assert max(map(len, back)) < 4_000_000
    assert b"".join(back) == b"".join(parts)


def test_a_key_that_cannot_be_used_is_told_before_anything_is_read(cryptor: RSACryptor) -> None:
    def unread() -> Iterator[bytes]:
        raise AssertionError("was read")
        yield b""

    with pytest.raises(EncryptionMismatch):
        cryptor.encrypt_parts(unread(), "")


def test_what_is_no_base64_behind_a_good_head_is_refused(cryptor: RSACryptor) -> None:
    text = cryptor.encrypt_bytes_to_str(PLAIN, cryptor.public_key_str)

    with pytest.raises(DecryptionError):
        cryptor.decrypt_str_to_bytes(text[:-3] + "!!!")


@pytest.mark.parametrize("text", [b"", b"a", b"x" * 16, b"\x00" * 17, bytes(range(256)) * 40])
def test_owner_of_the_key_reads_what_was_encrypted(cryptor: RSACryptor, text: bytes) -> None:
    encrypted = cryptor.encrypt_bytes_to_str(text, cryptor.public_key_str)

    assert cryptor.decrypt_str_to_bytes(encrypted) == text


@settings(max_examples=25, deadline=None)
@given(text=st.binary(max_size=200))
def test_any_bytes_come_back(text: bytes) -> None:
    cryptor = DummyCryptor()

    assert cryptor.decrypt_str_to_bytes(cryptor.encrypt_bytes_to_str(text)) == text


def test_empty_text_leaves_an_empty_third_field(cryptor: RSACryptor) -> None:
    encrypted = cryptor.encrypt_bytes_to_str(b"", cryptor.public_key_str)

    assert encrypted.endswith(SEPARATOR)
    assert [len(part) for part in encrypted.split(SEPARATOR)] == [684, 24, 0]


def test_every_message_has_a_key_and_a_counter_of_its_own(cryptor: RSACryptor) -> None:
    first, second = (
        cryptor.encrypt_bytes_to_str(PLAIN, cryptor.public_key_str).split(SEPARATOR)
        for _ in range(2)
    )

    assert not set(first) & set(second)


def test_nothing_readable_is_in_the_ciphertext(cryptor: RSACryptor) -> None:
    encrypted = cryptor.encrypt_bytes_to_str(PLAIN * 50, cryptor.public_key_str)

    assert b"average" not in b"".join(base64.b64decode(part) for part in encrypted.split("$"))


def test_two_cryptors_in_one_process_keep_their_own_keys(key_files: list[Path]) -> None:
    one, other = (RSACryptor(file) for file in key_files)

    assert one.public_key_str != other.public_key_str
    assert other.decrypt_str_to_bytes(one.encrypt_bytes_to_str(b"x", other.public_key_str)) == b"x"


def test_white_space_around_base64_is_tolerated(cryptor: RSACryptor) -> None:
    encrypted = cryptor.encrypt_bytes_to_str(PLAIN, cryptor.public_key_str)

    assert cryptor.decrypt_str_to_bytes(encrypted.replace("$", "$\n") + "\n") == PLAIN


# --- refusals ----------------------------------------------------------------------------------


def test_wrong_key_reads_nothing(key_files: list[Path]) -> None:
    stranger = RSACryptor(key_files[1])

    for vector in KEYS[0]["ours"]:
        with pytest.raises(DecryptionError, match="not encrypted for this key"):
            stranger.decrypt_str_to_bytes(vector["encrypted"])


@pytest.mark.parametrize("text", ["", "plain", "YWJj", "a$b", "a$b$c$d", "$", "$$$"])
def test_text_in_another_form_is_refused(cryptor: RSACryptor, text: str) -> None:
    with pytest.raises(DecryptionError):
        cryptor.decrypt_str_to_bytes(text)


def tampered(fields: list[str]) -> dict[str, list[str]]:
    key, iv, body = fields
    short_iv = base64.b64encode(b"eight by").decode()
    return {
        "key is no base64": ["!" + key[1:], iv, body],
        "key is empty": ["", iv, body],
        "key is cut": [key[:100], iv, body],
        "key is another": [base64.b64encode(b"\x01" * 512).decode(), iv, body],
        "key is longer than the modulus": [base64.b64encode(b"\xff" * 600).decode(), iv, body],
        "iv is short": [key, short_iv, body],
        "iv is empty": [key, "", body],
        "iv is no base64": [key, "*" * 24, body],
        "body is no base64": [key, iv, body[:-1] + "é"],
        "body has a wrong length": [key, iv, body[:-1]],
    }


@pytest.mark.parametrize("name", list(tampered(["", "", ""])))
def test_tampered_field_is_refused(cryptor: RSACryptor, name: str) -> None:
    fields = KEYS[0]["ours"][4]["encrypted"].split(SEPARATOR)

    with pytest.raises(DecryptionError, match="not encrypted for this key"):
        cryptor.decrypt_str_to_bytes(SEPARATOR.join(tampered(fields)[name]))


def test_decryption_error_says_nothing_of_the_content(cryptor: RSACryptor) -> None:
    with pytest.raises(DecryptionError) as caught:
        cryptor.decrypt_str_to_bytes("c2VjcmV0$c2VjcmV0$c2VjcmV0")

    assert "secret" not in f"{caught.value} {caught.value.debug}"


# --- keys --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def new_key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, rsa.RSAPrivateKey]:
    file = tmp_path_factory.mktemp("new") / "private_key.pem"
    file.write_text("an old key that everybody could read")
    file.chmod(0o644)
    return file, RSACryptor.create_new_rsa_key(file)


def test_new_key_has_the_form_of_3x(new_key: tuple[Path, rsa.RSAPrivateKey]) -> None:
    file, key = new_key

    assert key.key_size == 4096
    assert key.public_key().public_numbers().e == 65537
    assert file.read_text().startswith("-----BEGIN RSA PRIVATE KEY-----\n")
    assert RSACryptor(file).verify_public_key(
        base64.b64encode(RSACryptor.create_public_key_bytes(key)).decode()
    )


def test_new_key_file_is_readable_by_its_owner_only_even_in_place_of_an_open_one(
    new_key: tuple[Path, rsa.RSAPrivateKey],
) -> None:
    assert stat.S_IMODE(new_key[0].stat().st_mode) == 0o600


def test_public_key_travels_as_base64_of_its_pem(cryptor: RSACryptor) -> None:
    assert base64.b64decode(cryptor.public_key_str) == cryptor.public_key_bytes
    assert cryptor.public_key_bytes.startswith(b"-----BEGIN PUBLIC KEY-----\n")
    assert cryptor.public_key_bytes.endswith(b"-----END PUBLIC KEY-----\n")
    assert len(cryptor.public_key_str) == 1068


def test_public_key_of_somebody_else_is_not_ours(cryptor: RSACryptor) -> None:
    assert cryptor.verify_public_key(KEYS[0]["public_key"])
    assert not cryptor.verify_public_key(KEYS[1]["public_key"])
    assert not cryptor.verify_public_key("")


def private_pem(key: object, password: bytes | None = None) -> bytes:
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]  # any kind of key
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


UNKNOWN_CURVE = base64.b64encode(
    bytes.fromhex("301c020100300d06072a8648ce3d020106022a03040830060201010401ff")
)


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        (b"", "not a private key in PEM"),
        (b"nonsense", "not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\n" + UNKNOWN_CURVE, "not a private key in PEM"),
        (private_pem(ec.generate_private_key(ec.SECP256R1()), b"pass"), "without passphrase"),
        (private_pem(ed25519.Ed25519PrivateKey.generate()), "not an RSA key"),
    ],
)
def test_file_that_is_no_private_rsa_key_is_refused(
    pem: bytes, reason: str, tmp_path: Path
) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(pem)

    with pytest.raises(DecryptionError, match=reason):
        RSACryptor(file)


def test_missing_key_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        RSACryptor(tmp_path / "no.pem")


def public_text(key: object) -> str:
    pem = key.public_bytes(  # type: ignore[attr-defined]  # any kind of key
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(pem).decode()


@pytest.mark.parametrize(
    ("public_key", "reason"),
    [
        ("", "has no public key"),
        ("no base64!", "not valid"),
        (base64.b64encode(b"no pem").decode(), "not valid"),
        (public_text(ed25519.Ed25519PrivateKey.generate().public_key()), "not an RSA key"),
    ],
)
def test_nothing_is_encrypted_for_an_unusable_key(
    cryptor: RSACryptor, public_key: str, reason: str
) -> None:
    with pytest.raises(EncryptionMismatch, match=reason):
        cryptor.encrypt_bytes_to_str(PLAIN, public_key)


# --- choosing the cryptor ----------------------------------------------------------------------


def test_cryptor_is_chosen_when_both_sides_agree(key_files: list[Path]) -> None:
    assert isinstance(cryptor_for(True, key_files[0]), RSACryptor)
    assert isinstance(cryptor_for(False, None), DummyCryptor)


def test_encrypted_collaboration_without_a_key_fails_closed() -> None:
    with pytest.raises(EncryptionMismatch, match="switched off here"):
        cryptor_for(True, None)


def test_key_in_an_unencrypted_collaboration_fails_closed(key_files: list[Path]) -> None:
    with pytest.raises(EncryptionMismatch, match="not encrypted at the server"):
        cryptor_for(False, key_files[0])


# --- no encryption -----------------------------------------------------------------------------


def test_dummy_cryptor_is_base64_whatever_the_key() -> None:
    assert DummyCryptor().encrypt_bytes_to_str(b"abc", "any key") == "YWJj"
    assert DummyCryptor().decrypt_str_to_bytes("YWJj") == b"abc"


@pytest.mark.parametrize("text", ["abc", "a-b_", "é", "YWJj!"])
def test_dummy_cryptor_refuses_what_is_no_base64(text: str) -> None:
    with pytest.raises(DecryptionError, match=r"not base64$"):
        DummyCryptor().decrypt_str_to_bytes(text)


def test_dummy_cryptor_recognizes_an_encrypted_text() -> None:
    with pytest.raises(DecryptionError, match="no private key is set up"):
        DummyCryptor().decrypt_str_to_bytes(KEYS[0]["ours"][1]["encrypted"])


# --- the outer form ----------------------------------------------------------------------------


def test_every_recorded_ciphertext_is_an_envelope() -> None:
    for key in KEYS:
        for vector in key["ours"] + key["theirs"]:
            assert is_envelope(vector["encrypted"])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$$",
        "YWJj",
        "YWJj$YWJj$YWJj",
        "a" * 684,
        "a" * 684 + "$" + "a" * 24,
        "a" * 684 + "$" + "a" * 24 + "$x$y",
        "é" * 684 + "$" + "a" * 24 + "$",
        " " + "a" * 684 + "$" + "a" * 24 + "$",
        "a" * 684 + "$" + "a" * 24 + "$\n",
    ],
)
def test_other_text_is_no_envelope(text: str) -> None:
    assert not is_envelope(text)


def test_looking_at_a_large_text_takes_no_time() -> None:
    assert not is_envelope("a" * 5_000_000 + "!")
