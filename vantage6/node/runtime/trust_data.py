"""Signed statements about an image repository, as Docker Content Trust has them; no I/O.

Vocabulary of The Update Framework (TUF) in the form of Notary 1, which is older than the present
specification and which no maintained library reads:

========================  ====================================================================
role                      says, in a file signed with its keys
========================  ====================================================================
``root``                  which keys the four roles have; its own are the owner's identity
``timestamp``             which snapshot is the present one; expires soon
``snapshot``              which files of the other roles belong together
``targets``               the digests of tags, and who else may say them (*delegations*)
``targets/releases``      the digests of tags, when the owner has several signers
========================  ====================================================================

A signature is over the canonical JSON of the statement: names sorted, no white space. Key ids are
hashes of the keys, so that one key cannot pass for two.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

from vantage6.common.errors import V6Error

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_SHA256 = hashes.SHA256()


class TrustError(V6Error):
    """A statement is not signed as it has to be, or says something that cannot be."""

    code = "content_trust"


@dataclass(frozen=True, slots=True)
class Role:
    """Whose signatures a statement needs, and how many."""

    name: str
    key_ids: frozenset[str]
    threshold: int

    @classmethod
    def read(cls, name: str, entry: Mapping[str, Any]) -> "Role":
        """A role from its entry in another statement; a threshold below one is refused."""
        role = cls(name, frozenset(map(str, entry["keyids"])), int(entry["threshold"]))
        if role.threshold < 1:
            raise TrustError(f"{name} would need no signature")
        return role


@dataclass(frozen=True, slots=True)
class Statement:
    """One signed file; `body` is what is signed, `raw` the file as it came."""

    raw: bytes
    body: dict[str, Any]
    signatures: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, raw: bytes, kind: str) -> "Statement":
        """Read a file; nothing of it can be trusted yet.

        Raises
        ------
        TrustError
            When it is not a statement of that kind.
        """
        try:
            content = json.loads(raw)
            statement = cls(raw, dict(content["signed"]), tuple(content["signatures"]))
            named = str(statement.body["_type"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise TrustError(f"the {kind} data cannot be read", debug=repr(error)) from error
        if named.lower() != kind:
            raise TrustError(f"the {kind} data are of another kind")
        return statement

    @property
    def version(self) -> int:
        """Number of the statement; it only grows."""
        return int(self.body["version"])

    def verify(self, role: Role, keys: Mapping[str, Any]) -> None:
        """Check the signatures of a role.

        Raises
        ------
        TrustError
            When there are too few.
        """
        message, valid = canonical(self.body), set()
        for signature in self.signatures:
            key_id = str(signature.get("keyid"))
            key = keys.get(key_id)
            if key_id in role.key_ids and key is not None and _id_of(key) == key_id:
                try:
                    _check(key, signature, message)
                except (InvalidSignature, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
                    continue
                valid.add(key_id)
        if len(valid) < role.threshold:
            raise TrustError(f"the {role.name} data are not signed with the keys of their role")

    def check_age(self, now: datetime, what: str) -> None:
        """Refuse a statement whose time is over."""
        if _moment(self.body.get("expires")) <= now:
            raise TrustError(f"the {what} data have expired")

    def check_listed(self, in_: "Statement", name: str) -> None:
        """Refuse a file that is not exactly the one that another statement lists."""
        listed = in_.body.get("meta", {}).get(name)
        if not isinstance(listed, dict) or listed.get("length") != len(self.raw):
            raise TrustError(f"the {name} data are not the ones that belong to the others")
        if _listed_sha256(listed) != hashlib.sha256(self.raw).digest():
            raise TrustError(f"the {name} data are not the ones that belong to the others")


def canonical(body: Mapping[str, Any]) -> bytes:
    """What a signature is made over.

    Notes
    -----
    Control characters in texts would be written in another way than Notary does; such a statement
    is refused by its signature.
    """
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def digest_of_tag(targets: Statement, tag: str) -> str | None:
    """Digest of a tag in verified targets; None when there is no such tag."""
    listed = targets.body.get("targets", {}).get(tag)
    return f"sha256:{_listed_sha256(listed).hex()}" if isinstance(listed, dict) else None


def tags(targets: Statement) -> list[str]:
    """Every tag that verified targets have."""
    return list(targets.body.get("targets", {}))


def delegation(targets: Statement, name: str) -> tuple[Role, Mapping[str, Any]] | None:
    """The role to which verified targets delegate all tags, and its keys; None without one."""
    delegations = targets.body.get("delegations") or {}
    for entry in delegations.get("roles") or ():
        # Notary delegates all tags with an empty prefix; other prefixes are not needed by Docker.
        if entry.get("name") == name and "" in (entry.get("paths") or ()):
            return Role.read(name, entry), delegations.get("keys") or {}
    return None


def check_owner(root: Statement, role: Role, repository: str, now: datetime) -> None:
    """Refuse a root whose certificates are for another repository, or whose time is over."""
    for key_id in role.key_ids:
        key = root.body["keys"][key_id]
        if not str(key["keytype"]).endswith("-x509"):
            continue
        certificate = _certificate(key)
        names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        if [name.value for name in names] != [repository]:
            raise TrustError("the root certificate is for another repository")
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise TrustError("the root certificate has expired")


def _id_of(key: Mapping[str, Any]) -> str:
    public = {"private": None, "public": key["keyval"]["public"]}
    return hashlib.sha256(canonical({"keytype": key["keytype"], "keyval": public})).hexdigest()


def _listed_sha256(listed: Mapping[str, Any]) -> bytes:
    try:
        digest = base64.b64decode(listed["hashes"]["sha256"], validate=True)
    except (binascii.Error, TypeError, KeyError, ValueError) as error:
        raise TrustError("the trust data have no SHA-256 where one is needed") from error
    if len(digest) != _SHA256.digest_size:
        raise TrustError("the trust data have no SHA-256 where one is needed")
    return digest


def _moment(text: object) -> datetime:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise TrustError("the trust data do not say when they expire")
    zone = "+00:00" if found[2] == "Z" else found[2]
    return datetime.fromisoformat(found[1] + zone).astimezone(timezone.utc)


def _certificate(key: Mapping[str, Any]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(base64.b64decode(key["keyval"]["public"]))


def _check(key: Mapping[str, Any], signature: Mapping[str, Any], message: bytes) -> None:
    kind, _, form = str(key["keytype"]).partition("-")
    sealed = base64.b64decode(signature["sig"], validate=True)
    public = _certificate(key).public_key() if form == "x509" else _public_key(kind, key)
    _CHECKS[kind, str(signature["method"])](public, sealed, message)


def _public_key(kind: str, key: Mapping[str, Any]) -> Any:
    data = base64.b64decode(key["keyval"]["public"], validate=True)
    if kind == "ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(data)
    return serialization.load_der_public_key(data)


def _check_ecdsa(key: Any, sealed: bytes, message: bytes) -> None:
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("not an elliptic curve key")
    # Two numbers of the same length, not the usual ASN.1.
    half = len(sealed) // 2
    r, s = int.from_bytes(sealed[:half], "big"), int.from_bytes(sealed[half:], "big")
    key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(_SHA256))


def _check_ed25519(key: Any, sealed: bytes, message: bytes) -> None:
    if not isinstance(key, ed25519.Ed25519PublicKey):
        raise TypeError("not an Ed25519 key")
    key.verify(sealed, message)


def _check_rsa(key: Any, sealed: bytes, message: bytes, form: padding.AsymmetricPadding) -> None:
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise TypeError("not an RSA key of 2048 bits or more")
    key.verify(sealed, message, form, _SHA256)


def _check_rsa_pss(key: Any, sealed: bytes, message: bytes) -> None:
    form = padding.PSS(padding.MGF1(_SHA256), padding.PSS.DIGEST_LENGTH)
    _check_rsa(key, sealed, message, form)


_CHECKS: dict[tuple[str, str], Callable[[Any, bytes, bytes], None]] = {
    ("ecdsa", "ecdsa"): _check_ecdsa,
    ("ed25519", "eddsa"): _check_ed25519,
    ("rsa", "rsapss"): _check_rsa_pss,
}
"""How a key of some kind signs by some method; everything else is no signature."""
