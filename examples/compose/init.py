"""Make what the parts of docker-compose.yml must know and nobody may know in advance.

Runs as root in the image of the server before everything else, at each `up`. It makes what is
missing, and leaves alone what is there:

- ``/secrets``, the volume that only this program sees: passwords, the key that signs tokens, and
  a certificate authority for hosts that have none;
- a volume per part with what that part needs: no part can read the secret of another.

The settings of the server are those of ``/settings/server.yaml`` with the addresses, passwords and
keys added. They are checked, and every problem is told, before a part is started.
"""

import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import bcrypt
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from vantage6.common.config.loader import ENVIRONMENTS, load
from vantage6.common.errors import ConfigurationError
from vantage6.server.config import ServerConfig

USER = "vantage6"
SERVER_UID = 10001  # of Dockerfile.server
AUTHORITY = "vantage6 of this host"
_SECRET_BYTES = 32
_TOKEN_KEY_BYTES = 64
_AUTHORITY_LASTS = timedelta(days=3650)
# What browsers and other clients accept at most.
_CERTIFICATE_LASTS = timedelta(days=397)
_RENEW_BEFORE = timedelta(days=60)


@dataclass(frozen=True)
class Folders:
    """Where the volumes are; `root` is not ``/`` in tests only."""

    root: Path = Path("/")

    def __getitem__(self, name: str) -> Path:
        return self.root / name


def prepare(folders: Folders, host: str, own: Callable[[Path], None]) -> None:
    """Make what is missing.

    Parameters
    ----------
    folders
        With `secrets`, `settings`, and one for each part.
    host
        Name that nodes and users know the server by.
    own
        Gives a file to the user of the server.

    Raises
    ------
    ConfigurationError
        When the settings of the server are not right.
    """
    store = folders["secrets"]
    database = _kept(store / "database-password", _SECRET_BYTES)
    queue = _kept(store / "queue-password", _SECRET_BYTES)
    registry = _kept(store / "registry-password", _SECRET_BYTES)
    added = {
        "uri": f"postgresql+psycopg://{USER}:{database}@postgres/{USER}",
        "rabbitmq_uri": f"amqp://{USER}:{queue}@rabbitmq:5672//",
        "jwt_secret_key": _kept(store / "token-key", _TOKEN_KEY_BYTES),
        # How docker-compose.yml and nginx.conf find the server.
        "ip": "0.0.0.0",  # noqa: S104  # inside a container
        "port": 5000,
        "api_path": "/api",
        "trusted_proxies": 1,
    }
    _configure_server(folders["settings"] / "server.yaml", folders["server"], added, own)
    # PostgreSQL and RabbitMQ read them as users of their own; nobody else gets these volumes.
    _write(folders["postgres"] / "password", database, 0o444)
    user = f"default_user = {USER}\ndefault_pass = {queue}\n"
    _write(folders["rabbitmq"] / "rabbitmq.conf", user, 0o444)
    _allow(folders["registry"] / "htpasswd", registry)
    _certify(store, folders["certificates"], host)


def _kept(file: Path, size: int) -> str:
    """A secret that is made once."""
    if not file.exists():
        _write(file, secrets.token_urlsafe(size))
    return file.read_text("ascii")


def _write(file: Path, text: str | bytes, mode: int = 0o400) -> None:
    """The whole file at once, or nothing of it."""
    draft = file.with_name(f".{file.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode())
    draft.chmod(mode)
    draft.replace(file)


def _configure_server(
    settings: Path, folder: Path, added: Mapping[str, Any], own: Callable[[Path], None]
) -> None:
    # Checked as the user wrote it, so that the lines of problems are those of that file.
    loaded = load(settings, ServerConfig)
    content = yaml.safe_load(settings.read_text("utf-8"))
    inner = content.get("environments", content)
    file = folder / "server.yaml"
    part = {**inner[loaded.environment], **added}
    named = loaded.environment in ENVIRONMENTS
    whole = {loaded.environment: part}
    _write(file, yaml.safe_dump({"environments": whole} if named else whole))
    own(file)


def _allow(file: Path, password: str) -> None:
    """The one account of the registry; bcrypt is the only form that it takes."""
    hashed = file.read_bytes().partition(b":")[2].strip() if file.exists() else b""
    if not hashed or not bcrypt.checkpw(password.encode(), hashed):
        # Nobody guesses so many random characters, and the registry computes this at each request.
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds=5))
        _write(file, USER.encode() + b":" + hashed + b"\n")


# --- certificates -------------------------------------------------------------------------------


def _certify(store: Path, folder: Path, host: str) -> None:
    """A certificate for the host, unless there is one of somebody else."""
    file = folder / "server.pem"
    if file.exists() and not _is_outdated(x509.load_pem_x509_certificate(file.read_bytes()), host):
        return
    authority, signer = _authority(store)
    # Where it can be had without touching the secrets.
    _write(folder / "authority.pem", authority.public_bytes(Encoding.PEM), 0o444)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _certificate(_name(host), authority.subject, key.public_key(), _CERTIFICATE_LASTS)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    _write(folder / "server.key", _private(key))
    _write(file, certificate.public_bytes(Encoding.PEM), 0o444)


def _is_outdated(certificate: x509.Certificate, host: str) -> bool:
    """Whether it is one of ours that soon ends, or is for another name."""
    if certificate.issuer != _name(AUTHORITY):
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    left = certificate.not_valid_after_utc - datetime.now(timezone.utc)
    return left < _RENEW_BEFORE or host not in names.get_values_for_type(x509.DNSName)


def _authority(store: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """What signs the certificate, made once."""
    file, key_file = store / "authority.pem", store / "authority.key"
    if not file.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(AUTHORITY)
        usages = dict.fromkeys(_USAGES, False) | {"key_cert_sign": True, "crl_sign": True}
        made = (
            _certificate(name, name, key.public_key(), _AUTHORITY_LASTS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.KeyUsage(**usages), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(key_file, _private(key))
        _write(file, made.public_bytes(Encoding.PEM))
    signer = load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ConfigurationError(f"{key_file}: is not a key that was made here")
    return x509.load_pem_x509_certificate(file.read_bytes()), signer


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # Clocks of hospitals differ.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def main() -> int:
    """Prepare the volumes of this container; the exit status says whether that was possible."""
    host = os.environ["V6_HOSTNAME"]
    try:
        prepare(Folders(), host, own=lambda file: os.chown(file, SERVER_UID, SERVER_UID))
    except ConfigurationError as problem:
        print(problem.message, file=sys.stderr)
        return 1
    print(f"ready for https://{host}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
