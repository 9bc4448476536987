"""The keys of a client: its own private one, and the public ones of others.

Several clients with different keys live in one process: nothing here is shared between them.
"""

import os
import shlex
import stat
from pathlib import Path

from vantage6.client.logs import log
from vantage6.common.api_session import ApiSession
from vantage6.common.encryption import (
    Cryptor,
    DummyCryptor,
    RSACryptor,
    cryptor_for,
    is_envelope,
)
from vantage6.common.errors import EncryptionMismatch, Forbidden, NotAuthenticated

KeyFile = str | Path


class Keys:
    """Chooses how payloads are encrypted and decrypted.

    Parameters
    ----------
    api
        Where public keys are found.
    """

    def __init__(self, api: ApiSession) -> None:
        self._api = api
        self._own: RSACryptor | None = None
        self._public: dict[int, str] = {}

    @property
    def cryptor(self) -> Cryptor:
        """The cryptor of the private key; base64 only while there is none."""
        return self._own or DummyCryptor()

    def load(self, key_file: KeyFile | None) -> None:
        """Use the private key in a file; None or an empty text for no encryption.

        A file that others may read is used all the same, with a warning.

        Raises
        ------
        FileNotFoundError, DecryptionError
            When there is no such file, or it is not a private key.
        """
        self._own = RSACryptor(key_file) if key_file else None
        if key_file and _others_may_touch(key_file):
            log.warning(
                "other users of this machine may read or change %s, the private key of your"
                " organization; allow only yourself: chmod 600 %s",
                key_file,
                shlex.quote(str(key_file)),
            )

    def publish(self, organization_id: int, *, overwrite: bool = False) -> None:
        """See to it that the server has the public key of our organization.

        Raises
        ------
        EncryptionMismatch
            When the server has another key, or has none and we may not give it one.
        """
        if self._own is None:
            return
        published = self.public_key(organization_id, fresh=True)
        if self._own.verify_public_key(published):
            return
        if published and not overwrite:
            raise EncryptionMismatch(
                "the server has another public key of your organization than this private key "
                "belongs to. Use the private key of your organization; if it is lost, replace the "
                "public key with setup_encryption(path, overwrite=True): results that were "
                "encrypted for the old key then stay unreadable, and every node and colleague of "
                "your organization needs the new private key"
            )
        self._upload(organization_id, self._own.public_key_str)

    def public_key(self, organization_id: int, *, fresh: bool = False) -> str:
        """Public key of an organization, base64 of its PEM; asked for once and then kept."""
        if fresh or organization_id not in self._public:
            organization = self._api.get(f"organization/{organization_id}")
            self._public[organization_id] = organization["public_key"] or ""
        return self._public[organization_id]

    def for_collaboration(self, encrypted: bool) -> Cryptor:
        """The cryptor for inputs to a collaboration.

        Raises
        ------
        EncryptionMismatch
            When the collaboration is encrypted and no key is set up, or the other way round.
        """
        if self._own is not None and encrypted:
            return self._own
        if self._own is None and not encrypted:
            return cryptor_for(encrypted, None)
        remedy = (
            "call client.setup_encryption(path of your private key) first"
            if encrypted
            else "call client.setup_encryption(None) first if that is right"
        )
        state = "encrypted" if encrypted else "not encrypted, but a private key is set up here"
        raise EncryptionMismatch(f"the collaboration is {state}; {remedy}. Nothing was sent")

    def decrypt(self, text: str) -> bytes:
        """Bytes of a payload from a collaboration of either kind.

        Raises
        ------
        DecryptionError
            When it is not meant for this key.
        """
        # What an unencrypted collaboration stores is base64, which has no separator.
        cryptor = self.cryptor if is_envelope(text) else DummyCryptor()
        return cryptor.decrypt_str_to_bytes(text)

    def _upload(self, organization_id: int, public_key: str) -> None:
        try:
            self._api.patch(f"organization/{organization_id}", {"public_key": public_key})
        except (Forbidden, NotAuthenticated) as error:
            raise EncryptionMismatch(
                "the server lacks the public key of your organization and does not let you upload "
                "it; ask an administrator of your organization to log in with the private key once"
            ) from error
        self._public[organization_id] = public_key


def _others_may_touch(file: KeyFile) -> bool:
    # Elsewhere the mode says nothing about who may read a file.
    return os.name == "posix" and bool(Path(file).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
