"""Private keys that are made fast; who makes keys of full size is tested elsewhere."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_BITS = 2048


def write_small_key(path: Path) -> Path:
    """A file with a new key in the form of `RSACryptor.create_new_rsa_key`."""
    pem = rsa.generate_private_key(65537, _BITS).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path.touch(0o600)
    path.write_bytes(pem)
    return path
