"""Signed statements about an image, made and spoiled by a test, as a Notary server has them."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from vantage6.node.image_name import ImageName
from vantage6.node.runtime.notary import TrustServerAway

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
ROLES = ("root", "targets", "snapshot", "timestamp")
Body = dict[str, Any]


def canonical(body: Body) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Key:
    """A key pair as Notary describes it."""

    kind, method = "ed25519", "eddsa"

    def __init__(self) -> None:
        self.private: Any = self.make()

    def make(self) -> Any:
        return ed25519.Ed25519PrivateKey.generate()

    def public(self) -> bytes:
        data: bytes = self.private.public_key().public_bytes_raw()
        return data

    def sign(self, message: bytes) -> bytes:
        sealed: bytes = self.private.sign(message)
        return sealed

    @property
    def entry(self) -> Body:
        return {"keytype": self.kind, "keyval": {"private": None, "public": b64(self.public())}}

    @property
    def id(self) -> str:
        return hashlib.sha256(canonical(self.entry)).hexdigest()

    def signature(self, message: bytes) -> Body:
        return {"keyid": self.id, "method": self.method, "sig": b64(self.sign(message))}


class EllipticKey(Key):
    kind, method = "ecdsa", "ecdsa"

    def make(self) -> Any:
        return ec.generate_private_key(ec.SECP256R1())

    def public(self) -> bytes:
        return der(self.private)

    def sign(self, message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class RsaKey(Key):
    kind, method, size = "rsa", "rsapss", 2048

    def make(self) -> Any:
        return rsa.generate_private_key(65537, self.size)

    def public(self) -> bytes:
        return der(self.private)

    def sign(self, message: bytes) -> bytes:
        form = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
        sealed: bytes = self.private.sign(message, form, hashes.SHA256())
        return sealed


class CertifiedKey(EllipticKey):
    """A root key in a certificate for a repository."""

    kind = "ecdsa-x509"

    def __init__(self, repository: str, days: int = 30) -> None:
        super().__init__()
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, repository)])
        self._pem = (
            x509.CertificateBuilder(name, name, self.private.public_key(), 1)
            .not_valid_before(NOW - timedelta(days=60))
            .not_valid_after(NOW + timedelta(days=days))
            .sign(self.private, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    def public(self) -> bytes:
        return self._pem


def der(private: Any) -> bytes:
    data: bytes = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return data


def signed(body: Body, *keys: Key) -> bytes:
    message = canonical(body)
    return json.dumps(
        {"signed": body, "signatures": [k.signature(message) for k in keys]}
    ).encode()


def listed(raw: bytes) -> Body:
    return {"hashes": {"sha256": b64(hashlib.sha256(raw).digest())}, "length": len(raw)}


def role(*keys: Key, threshold: int = 1) -> Body:
    return {"keyids": [key.id for key in keys], "threshold": threshold}


def body(kind: str, version: int = 1, days: int = 30, **content: Any) -> Body:
    expires = (NOW + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.123456789Z")
    return {"_type": kind.title(), "version": version, "expires": expires, **content}


@dataclass
class FakeNotary:
    """All statements about one repository; `publish` signs them anew, hooks spoil them before."""

    name: ImageName
    tags: dict[str, str]
    keys: dict[str, Key] = field(default_factory=lambda: {kind: Key() for kind in ROLES})
    spoil: dict[str, Callable[[Body], None]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    is_away: bool = False

    def fetch(self, name: ImageName, file: str) -> bytes | None:
        self.asked.append(file)
        if self.is_away:
            raise TrustServerAway("the server does not answer")
        return self.files.get(file) if name.name == self.name.name else None

    def publish(self, version: int = 1, **changes: bytes) -> None:
        """Sign everything; `changes` are put in the place of what would be signed."""
        files = {"root": self.root(version), "targets": self.targets(version), **changes}
        meta = {kind: listed(raw) for kind, raw in files.items()}
        files["snapshot"] = self._make("snapshot", version, meta=meta)
        meta = {"snapshot": listed(files["snapshot"])}
        files["timestamp"] = self._make("timestamp", version, meta=meta)
        self.files |= files | {f"{version}.root": files["root"]}

    def root(self, version: int = 1, *signers: Key) -> bytes:
        keys = {key.id: key.entry for key in self.keys.values()}
        roles = {kind: role(self.keys[kind]) for kind in ROLES}
        made = body("root", version, keys=keys, roles=roles)
        self.spoil.get("root", lambda _: None)(made)
        return signed(made, *(signers or (self.keys["root"],)))

    def targets(self, version: int = 1) -> bytes:
        targets = {
            tag: {"hashes": {"sha256": b64(bytes.fromhex(digest.partition(":")[2]))}, "length": 9}
            for tag, digest in self.tags.items()
        }
        return self._make("targets", version, targets=targets)

    def _make(self, kind: str, version: int, **content: Any) -> bytes:
        made = body(kind, version, **content)
        self.spoil.get(kind, lambda _: None)(made)
        return signed(made, self.keys[kind])
