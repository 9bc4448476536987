"""Encryption, where scripts import it from; it lives in `vantage6.common.encryption`."""

from vantage6.common.encryption import (
    SEPARATOR,
    Cryptor,
    CryptorBase,
    DummyCryptor,
    RSACryptor,
)

__all__ = ["SEPARATOR", "Cryptor", "CryptorBase", "DummyCryptor", "RSACryptor"]
