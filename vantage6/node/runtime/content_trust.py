"""Docker Content Trust: which content the owner of an image has signed for a tag.

What Docker's own client does with ``DOCKER_CONTENT_TRUST`` is done here, because the engine does
not: signatures are fetched from a Notary server, every step from the owner's root key to the
digest is verified (see `vantage6.node.runtime.trust_data`), and the image is then had by that
digest. Whatever cannot be verified is not run.

The root of a repository is trusted on first use and remembered in the data folder. From then on
only a root that is signed with the remembered one's keys replaces it, and no role may go back to
an older version.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

from vantage6.common.status import TaskStatus
from vantage6.node.image_name import ImageName
from vantage6.node.runtime import trust_data
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.notary import TrustServerAway
from vantage6.node.runtime.trust_data import Role, Statement, TrustError

log = logging.getLogger(__name__)

RELEASES = "targets/releases"
_MOST_ROOTS = 100
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


class SignatureServer(Protocol):
    """Who has the signatures; see `vantage6.node.runtime.notary`."""

    def fetch(self, name: ImageName, file: str) -> bytes | None:
        """A file of a repository; None when there is none.

        Raises
        ------
        TrustServerAway
            When nobody answers.
        """
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a repository between two runs."""

    root: Statement | None = None
    versions: Mapping[str, int] = field(default_factory=dict)


class NotaryTrust:
    """Looks up and verifies signatures; may be used from several threads.

    Parameters
    ----------
    folder
        Where roots are remembered; made when it is not there.
    servers
        Who has the signatures.
    now
        The present time.
    """

    def __init__(
        self,
        folder: Path,
        servers: SignatureServer,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._folder = folder
        self._servers = servers
        self._now = now
        self._lock = threading.Lock()

    def pin(self, name: ImageName) -> ImageName:
        """The name with the digest that was signed for it.

        Raises
        ------
        StartError
            NOT_ALLOWED when it is not signed as it must be, FAILED when nobody answers.
        """
        try:
            with self._lock:
                digest = self._signed_digest(name)
        except TrustError as error:
            is_away = isinstance(error, TrustServerAway)
            raise StartError(
                f"the image {name} is not run, because DOCKER_CONTENT_TRUST is on and {error}",
                TaskStatus.FAILED if is_away else TaskStatus.NOT_ALLOWED,
                debug=error.debug,
            ) from error
        return name.pinned(digest)

    def _signed_digest(self, name: ImageName) -> str:
        try:
            signed = list(self._targets(name))
            found = [trust_data.digest_of_tag(s, tag) for s in signed for tag in _tags(s, name)]
        except _UNREADABLE as error:
            raise TrustError("its trust data cannot be read", debug=repr(error)) from error
        digests = [digest for digest in found if digest is not None]
        if name.digest is not None and name.digest in digests:
            return name.digest
        if name.digest is not None or not digests:
            raise TrustError("its owner has signed others under this name, but not this one")
        return digests[0]

    def _targets(self, name: ImageName) -> Iterator[Statement]:
        """Everything that says digests of tags, in the order in which Docker believes it."""
        memory = self._recall(name)
        root = self._root(name, memory.root)
        chain = _Chain(lambda kind: self._fetch(name, kind), root, memory.versions, self._now())
        timestamp = chain.next("timestamp")
        snapshot = chain.next("snapshot", timestamp)
        root.check_listed(snapshot, "root")
        targets = chain.next("targets", snapshot)
        delegated = trust_data.delegation(targets, RELEASES)
        if delegated is not None and RELEASES in snapshot.body["meta"]:
            yield chain.next(RELEASES, snapshot, *delegated)
        yield targets
        self._remember(name, root, chain.versions)

    def _root(self, name: ImageName, trusted: Statement | None) -> Statement:
        """The present root, after every step to it from the one that is trusted."""
        latest = self._fetch(name, "root")
        is_first = trusted is None
        if trusted is None:
            trusted = latest
        elif latest.version == trusted.version:
            if trust_data.canonical(latest.body) != trust_data.canonical(trusted.body):
                raise self._another_owner(name)
        elif not 0 < latest.version - trusted.version <= _MOST_ROOTS:
            raise self._another_owner(name)
        for version in range(trusted.version + 1, latest.version + 1):
            is_last = version == latest.version
            following = latest if is_last else self._fetch(name, f"{version}.root")
            try:
                following.verify(_role(trusted, "root"), trusted.body["keys"])
            except TrustError as error:
                raise self._another_owner(name) from error
            _verify_root(following, version)
            trusted = following
        _verify_root(latest, latest.version)
        trust_data.check_owner(latest, _role(latest, "root"), name.name, self._now())
        latest.check_age(self._now(), "root")
        if is_first:
            keys = ", ".join(sorted(_role(latest, "root").key_ids))
            log.warning("trusting the owner of %s from now on: root key %s", name.name, keys)
        return latest

    def _another_owner(self, name: ImageName) -> TrustError:
        return TrustError(
            "the keys of its owner are not the ones that this node trusts. Ask the owner; if that"
            " is right, the administrator of the node has it forget the old ones",
            debug=f"remove {self._file(name)}",
        )

    def _fetch(self, name: ImageName, file: str) -> Statement:
        content = self._servers.fetch(name, file)
        if content is None:
            raise TrustError(f"it is not signed: the server has no {file} data of it")
        return Statement.read(content, file.rpartition(".")[2].partition("/")[0])

    # --- memory -----------------------------------------------------------------------------

    def _file(self, name: ImageName) -> Path:
        return self._folder / f"{hashlib.sha256(name.name.encode()).hexdigest()[:32]}.json"

    def _recall(self, name: ImageName) -> Memory:
        try:
            kept = json.loads(self._file(name).read_text("utf-8"))
        except FileNotFoundError:
            return Memory()
        except (OSError, ValueError) as error:
            # To trust on first use again would be to trust anybody.
            raise TrustError(
                "what the node remembers of its owner cannot be read", debug=str(error)
            ) from error
        return Memory(Statement.read(kept["root"].encode(), "root"), kept["versions"])

    def _remember(self, name: ImageName, root: Statement, versions: Mapping[str, int]) -> None:
        file = self._file(name)
        kept = {"repository": name.name, "root": root.raw.decode(), "versions": dict(versions)}
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = file.with_suffix(".new")
            new.write_text(json.dumps(kept), "utf-8")
            new.replace(file)
        except OSError as error:
            raise TrustError(
                "what the node trusts cannot be remembered", debug=str(error)
            ) from error


class _Chain:
    """Fetches one statement after the other, each verified by the ones before."""

    def __init__(
        self,
        fetch: Callable[[str], Statement],
        root: Statement,
        versions: Mapping[str, int],
        now: datetime,
    ) -> None:
        self._fetch = fetch
        self._root = root
        self._now = now
        self.versions = dict(versions)

    def next(
        self,
        kind: str,
        listed_in: Statement | None = None,
        role: Role | None = None,
        keys: Mapping[str, Any] | None = None,
    ) -> Statement:
        statement = self._fetch(kind)
        if listed_in is not None:
            statement.check_listed(listed_in, kind)
        known = self._root.body["keys"] if keys is None else keys
        statement.verify(role or _role(self._root, kind), known)
        statement.check_age(self._now, kind)
        if statement.version < self.versions.get(kind, 0):
            raise TrustError(f"its {kind} data are older than some that were seen before")
        self.versions[kind] = statement.version
        return statement


def _role(root: Statement, name: str) -> Role:
    return Role.read(name, root.body["roles"][name])


def _verify_root(root: Statement, version: int) -> None:
    if root.version != version:
        raise TrustError("its root data have another version than was asked for")
    root.verify(_role(root, "root"), root.body["keys"])


def _tags(targets: Statement, name: ImageName) -> list[str]:
    """Tags of verified targets that may stand for a name: its own, or any for a mere digest."""
    return [name.tag] if name.tag else trust_data.tags(targets)
