"""Whether node and server agree on encryption and on this organization's key."""

import logging
import os
import stat
from pathlib import Path
from typing import NamedTuple, Protocol

from vantage6.common.encryption import Cryptor, RSACryptor, cryptor_for
from vantage6.common.errors import DecryptionError, EncryptionMismatch
from vantage6.node.config_blocks import Encryption
from vantage6.node.server_api import Me

log = logging.getLogger(__name__)
DEFAULT_KEY_FILE = "private_key.pem"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MORE_THAN_GROUP_READS = stat.S_IWGRP | stat.S_IXGRP | stat.S_IRWXO


class KeyServer(Protocol):
    """What the check asks of the server."""

    def is_encrypted(self, collaboration_id: int) -> bool:
        """Whether a collaboration is encrypted."""
        ...

    def public_key(self, organization_id: int) -> str:
        """Public key of an organization; empty when it has none."""
        ...

    def publish_key(self, organization_id: int, public_key: str) -> None:
        """Give an organization the public key it does not have yet."""
        ...


class Agreement(NamedTuple):
    """What node and server agreed on."""

    cryptor: Cryptor
    is_encrypted: bool


def key_file(encryption: Encryption, data: Path) -> Path | None:
    """File with the private key; None where encryption is switched off."""
    if not encryption.enabled:
        return None
    return data / Path(encryption.private_key or DEFAULT_KEY_FILE).expanduser()


def agree(server: KeyServer, me: Me, private_key_file: Path | None) -> Agreement:
    """The cryptor of this node, after the checks; the public key is published where none is.

    Raises
    ------
    EncryptionMismatch
        When the two sides do not agree, with what to do about it. A public key that is at the
        server is never replaced: whoever did that could read what is meant for others.
    """
    is_encrypted = server.is_encrypted(me.collaboration_id)
    try:
        cryptor = cryptor_for(is_encrypted, private_key_file)
        if private_key_file is not None:
            protect(private_key_file)
    except OSError as error:
        raise EncryptionMismatch(
            f"the private key {private_key_file} cannot be read ({error.strerror}); make one with "
            "`vnode create-private-key`, or set encryption.private_key"
        ) from error
    except DecryptionError as error:
        raise EncryptionMismatch(str(error)) from error
    if isinstance(cryptor, RSACryptor):
        _compare(server, me, cryptor)
    return Agreement(cryptor, is_encrypted)


def protect(file: Path) -> None:
    """Let nobody else read a private key.

    A file of this user is closed, with a word in the log. One that belongs to another user may be
    readable for a group, through which this user reads it.

    Raises
    ------
    EncryptionMismatch
        When others can read the file and this user cannot change that, with the remedy.
    """
    found = file.stat()
    is_ours = os.geteuid() in (0, found.st_uid)
    if not found.st_mode & (_OTHERS if is_ours else _MORE_THAN_GROUP_READS):
        return
    try:
        file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    except OSError as error:
        raise _too_open(file) from error
    if file.stat().st_mode & _OTHERS:  # a file system without permissions
        raise _too_open(file)
    log.warning("others could read the private key %s; it is closed to them now", file)


def _too_open(file: Path) -> EncryptionMismatch:
    return EncryptionMismatch(
        f"others than the owner can read the private key {file}, and with it everything that is "
        f"encrypted for this organization; close it with `chmod 600 {file}`"
    )


def _compare(server: KeyServer, me: Me, cryptor: RSACryptor) -> None:
    at_server = server.public_key(me.organization_id)
    if not at_server:
        server.publish_key(me.organization_id, cryptor.public_key_str)
        log.info("published the public key of this organization")
    elif not cryptor.verify_public_key(at_server):
        raise EncryptionMismatch(
            "the public key of this organization at the server does not belong to the private key "
            "here; use the private key of the organization, which all its nodes and users share. "
            "If this is the right one now, replace the public key at the server with `vnode "
            "create-private-key --replace-at-server`"
        )
