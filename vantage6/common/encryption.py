"""End-to-end encryption between organizations, in exactly the 3.x form.

Format
------
``b64(RSA(key)) $ b64(iv) $ b64(AES(text))`` without spaces, where

- `key` is 32 random bytes, new for each message, encrypted for the receiving organization with RSA
  (4096 bit, e=65537) and PKCS#1 v1.5 padding (RFC 8017, section 7.2);
- `iv` is 16 random bytes, the first counter block;
- `AES` is AES-256 in counter mode (NIST SP 800-38A, section 6.5), a 128-bit big-endian counter.

Base64 is the standard alphabet with padding. An empty text leaves an empty third field. Known
answers made with the published package are in tests/compat/vectors.

Keys are PEM: the private one in PKCS#1 without passphrase, the public one as SubjectPublicKeyInfo;
on the wire the public key is base64 of that PEM.

Notes
-----
The form has no authentication tag: whoever can change the stored text can change what is
decrypted, and a wrong key is noticed by its padding or by what the payload reader makes of the
bytes, not by a tag. The form is kept because published clients and nodes read no other.
"""

import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from vantage6.common.encoding import (
    PART_BYTES,
    base64s_to_bytes,
    base64s_to_parts,
    bytes_to_base64s,
    parts_to_base64s,
)
from vantage6.common.errors import DecryptionError, EncryptionMismatch

SEPARATOR = "$"
_KEY_BYTES, _IV_BYTES, _RSA_BITS = 32, 16, 4096
_BASE64 = r"[A-Za-z0-9+/]*={0,2}"
_ENVELOPE = re.compile(rf"[A-Za-z0-9+/]{{170,}}={{0,2}}\${_BASE64}\${_BASE64}", re.ASCII)


class Cryptor(Protocol):
    """What client and node need of encryption; an object that is passed, never looked up.

    What is large goes in parts, so that it is never in memory as a whole.
    """

    def encrypt_bytes_to_str(self, data: bytes, public_key: str) -> str:
        """Text that only the owner of `public_key` (base64 of its PEM) can read."""
        ...

    def decrypt_str_to_bytes(self, text: str) -> bytes:
        """Bytes of a text that was encrypted for this organization.

        Raises
        ------
        DecryptionError
            When the text is not in the form or not meant for this key.
        """
        ...

    def encrypt_parts(self, parts: Iterable[bytes], public_key: str) -> Iterator[str]:
        """The same text as for all parts together, in pieces."""
        ...

    def decrypt_to_parts(self, text: str) -> Iterator[bytes]:
        """The same bytes in pieces; the error may come after some of them."""
        ...


class CryptorBase:
    """What cryptors share: bytes and base64 text, by the names of 3.x."""

    bytes_to_str = staticmethod(bytes_to_base64s)
    str_to_bytes = staticmethod(base64s_to_bytes)


class DummyCryptor(CryptorBase):
    """No encryption: base64 only, for collaborations that agreed on that."""

    def encrypt_bytes_to_str(self, data: bytes, public_key: str = "") -> str:
        """Base64 text of `data`; the key is not used."""
        del public_key
        return bytes_to_base64s(data)

    def decrypt_str_to_bytes(self, text: str) -> bytes:
        """Bytes of the base64 `text`."""
        return b"".join(self.decrypt_to_parts(text))

    def encrypt_parts(self, parts: Iterable[bytes], public_key: str = "") -> Iterator[str]:
        """Base64 text of the parts; the key is not used."""
        del public_key
        return parts_to_base64s(parts)

    def decrypt_to_parts(self, text: str) -> Iterator[bytes]:
        """Bytes of the base64 `text` in pieces."""
        try:
            yield from base64s_to_parts(text)
        except ValueError as error:
            hint = "; it is encrypted, and no private key is set up" if is_envelope(text) else ""
            raise DecryptionError(f"the payload is not base64{hint}") from error


class RSACryptor(CryptorBase):
    """Encryption with the private key of one organization.

    Parameters
    ----------
    private_key_file
        PEM file without passphrase.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    DecryptionError
        When the file is not a private RSA key.
    """

    def __init__(self, private_key_file: Path | str) -> None:
        pem = Path(private_key_file).read_bytes()
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise DecryptionError(
                f"{private_key_file} is not a private key in PEM without passphrase"
            ) from error
        if not isinstance(key, rsa.RSAPrivateKey):
            raise DecryptionError(f"{private_key_file} is not an RSA key")
        self.private_key = key

    @staticmethod
    def create_new_rsa_key(path: Path | str) -> rsa.RSAPrivateKey:
        """Make a key and write it to `path`, readable by its owner only.

        An existing file is replaced.
        """
        key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        Path(path).unlink(missing_ok=True)  # an old file would keep its own, wider permissions
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
        return key

    @staticmethod
    def create_public_key_bytes(private_key: rsa.RSAPrivateKey) -> bytes:
        """PEM of the public key."""
        return private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def public_key_bytes(self) -> bytes:
        """PEM of this organization's public key."""
        return self.create_public_key_bytes(self.private_key)

    @property
    def public_key_str(self) -> str:
        """Public key as it travels: base64 of its PEM."""
        return bytes_to_base64s(self.public_key_bytes)

    def verify_public_key(self, public_key: str) -> bool:
        """Whether `public_key` (base64 of its PEM) belongs to this private key."""
        return public_key == self.public_key_str

    def encrypt_bytes_to_str(self, data: bytes, public_key: str) -> str:
        """Encrypt for the owner of `public_key`; see the format above.

        Raises
        ------
        EncryptionMismatch
            When the receiving organization has no usable public key.
        """
        return "".join(self.encrypt_parts([data], public_key))

    def decrypt_str_to_bytes(self, text: str) -> bytes:
        """Decrypt a text made for this organization; see the format above."""
        return b"".join(self.decrypt_to_parts(text))

    def encrypt_parts(self, parts: Iterable[bytes], public_key: str) -> Iterator[str]:
        """Encrypt in pieces; a key that cannot be used is told before the first part is read."""
        key, iv = os.urandom(_KEY_BYTES), os.urandom(_IV_BYTES)
        wrapped = _public_key(public_key).encrypt(key, padding.PKCS1v15())
        encryptor = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
        head = SEPARATOR.join((bytes_to_base64s(wrapped), bytes_to_base64s(iv), ""))
        body = (encryptor.update(piece) for part in parts for piece in _pieces(part))
        return itertools.chain([head], parts_to_base64s(body))

    def decrypt_to_parts(self, text: str) -> Iterator[bytes]:
        """Decrypt in pieces; a text that was made for another key has none."""
        if text.count(SEPARATOR) != 2:
            raise DecryptionError("the payload is not encrypted in the form of vantage6")
        start = text.rindex(SEPARATOR) + 1
        try:
            wrapped, iv = map(base64s_to_bytes, text[: start - 1].split(SEPARATOR))
            key = self.private_key.decrypt(wrapped, padding.PKCS1v15())
        except ValueError as error:
            raise DecryptionError("the payload is not encrypted for this key") from error
        if len(key) != _KEY_BYTES or len(iv) != _IV_BYTES:
            # Newer OpenSSL answers wrong padding with random bytes instead of an error.
            raise DecryptionError("the payload is not encrypted for this key")
        decryptor = Cipher(algorithms.AES(key), modes.CTR(iv)).decryptor()
        try:
            for part in base64s_to_parts(text, start):
                yield decryptor.update(part)
        except ValueError as error:
            raise DecryptionError("the payload is not encrypted for this key") from error


def cryptor_for(encrypted: bool, key_file: Path | str | None) -> Cryptor:
    """The cryptor of a collaboration; the only place where it is chosen.

    Parameters
    ----------
    encrypted
        Whether the collaboration is encrypted, as the server says.
    key_file
        Private key of this organization; None where encryption is switched off.

    Raises
    ------
    EncryptionMismatch
        When the two do not agree: nothing is ever sent in the clear by mistake.
    """
    if encrypted and key_file is None:
        raise EncryptionMismatch(
            "the collaboration is encrypted at the server, but encryption is switched off here"
        )
    if not encrypted and key_file is not None:
        raise EncryptionMismatch(
            "encryption is switched on here, but the collaboration is not encrypted at the server"
        )
    return DummyCryptor() if key_file is None else RSACryptor(key_file)


def is_envelope(text: str) -> bool:
    """Whether a text has the outer form of an encrypted payload; nothing is decrypted."""
    return _ENVELOPE.fullmatch(text) is not None


def _pieces(part: bytes) -> Iterator[memoryview]:
    view = memoryview(part)
    return (view[start : start + PART_BYTES] for start in range(0, len(view), PART_BYTES))


def _public_key(public_key: str) -> rsa.RSAPublicKey:
    if not public_key:
        raise EncryptionMismatch("the receiving organization has no public key at the server yet")
    try:
        key = serialization.load_pem_public_key(base64s_to_bytes(public_key))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise EncryptionMismatch("the receiving organization's public key is not valid") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise EncryptionMismatch("the receiving organization's public key is not an RSA key")
    return key
