"""Container images: what a reference means, when the registry is asked, and what can go wrong.

Vocabulary of the OCI distribution specification: a *reference* is
``[registry[:port]/]repository[:tag][@digest]``; a *digest* names content, a *tag* may come to mean
something else tomorrow. The engine speaks to the registry, so every registry that it knows how to
speak to works.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException

from vantage6.common.status import TaskStatus
from vantage6.node.runtime.base import StartError

log = logging.getLogger(__name__)

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[A-Fa-f0-9:]+\])(?::[0-9]{{1,5}})?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}")
_LONGEST_NAME = 255

_UNKNOWN_TO_REGISTRY = re.compile(
    r"not found|manifest unknown|name unknown|not known to registry|does not exist"
    r"|denied|unauthorized|no basic auth|no matching manifest|no such image",
    re.IGNORECASE,
)
_NO_SUCH_HOST = re.compile(r"no such host", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A parsed reference, with Docker's defaults filled in."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> "ImageReference":
        """Read a reference as Docker does.

        Raises
        ------
        StartError
            With status NO_DOCKER_IMAGE, since nothing can have such a name.

        Notes
        -----
        The grammar is that of github.com/distribution/reference. The first component is a
        registry when it has a dot, a colon or a capital, or is ``localhost``.
        """
        rest, _, digest = text.partition("@")
        name, tag = _split_tag(rest)
        registry, repository = _split_registry(name)
        valid = (
            _REGISTRY.fullmatch(registry)
            and _REPOSITORY.fullmatch(repository)
            and len(f"{registry}/{repository}") <= _LONGEST_NAME
            and (tag is None or _TAG.fullmatch(tag))
            and ("@" not in text or _DIGEST.fullmatch(digest))
        )
        if not valid:
            raise StartError(f"{text!r} is not the name of an image", TaskStatus.NO_DOCKER_IMAGE)
        if tag is None and not digest:
            tag = DEFAULT_TAG
        return cls(registry, repository, tag, digest or None)

    @property
    def name(self) -> str:
        """Registry and repository, the way the engine writes it in its lists."""
        if self.registry != DEFAULT_REGISTRY:
            return f"{self.registry}/{self.repository}"
        return self.repository.removeprefix("library/")

    @property
    def version(self) -> str:
        """What to ask the registry for: the digest, else the tag."""
        return self.digest or self.tag or DEFAULT_TAG

    def __str__(self) -> str:
        return f"{self.name}{f'@{self.digest}' if self.digest else f':{self.version}'}"


def _split_tag(text: str) -> tuple[str, str | None]:
    name, colon, tag = text.rpartition(":")
    # A colon before the last slash belongs to the port of the registry.
    return (name, tag) if colon and "/" not in tag else (text, None)


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_registry = slash and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    registry, repository = (first, rest) if is_registry else (DEFAULT_REGISTRY, name)
    if registry == "index.docker.io":
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository


class PullPolicy(str, Enum):
    """When the registry is asked; a digest that is here already never needs to be."""

    ALWAYS = "always"  # A registry that does not answer fails the run.
    NEWER = "newer"  # As ALWAYS, but what is here is used when the registry does not answer.
    IF_MISSING = "if-missing"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """Account at a registry, named as in references."""

    registry: str
    username: str
    password: str = field(repr=False)


class ImageStore:
    """Makes sure that images are at the engine.

    Parameters
    ----------
    engine
        Docker's API client.
    policy
        When to ask the registry.
    logins
        Without one for a registry, the engine client's own configuration is used.
    """

    def __init__(
        self,
        engine: Any,
        policy: PullPolicy = PullPolicy.IF_MISSING,
        logins: Iterable[RegistryLogin] = (),
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._logins = {
            login.registry: {"username": login.username, "password": login.password}
            for login in logins
        }

    def obtain(self, image: str) -> str:
        """Id of the image, after a pull where the policy asks for one.

        Raises
        ------
        StartError
            NO_DOCKER_IMAGE when there is no such image for this node, FAILED when engine or
            registry do not answer.
        """
        reference = ImageReference.parse(image)
        local = self._local(reference)
        if local is None or self._asks_registry(reference, local):
            local = self._pulled(reference, local)
        digests = _digests(reference, local)
        log.info("image=%s id=%s digest=%s", reference, local["Id"], digests or "never pushed")
        return str(local["Id"])

    def _asks_registry(self, reference: ImageReference, local: dict[str, Any]) -> bool:
        if reference.digest:
            return False
        if self._policy is PullPolicy.NEWER:
            # Built on this host and never pushed: no registry can know a newer one.
            return bool(_digests(reference, local))
        return self._policy is PullPolicy.ALWAYS

    def _pulled(self, reference: ImageReference, local: dict[str, Any] | None) -> dict[str, Any]:
        if self._policy is PullPolicy.NEVER:
            raise StartError(
                f"the image {reference} is not at the node, and the node does not pull images",
                TaskStatus.NO_DOCKER_IMAGE,
            )
        try:
            self._pull(reference)
        except StartError as error:
            if local is None or self._policy is not PullPolicy.NEWER:
                raise
            log.warning("%s; using the one that is here", error.message)
        found = self._local(reference)
        if found is None:
            raise StartError(
                f"the image {reference} was pulled and is gone again", TaskStatus.FAILED
            )
        return found

    def _local(self, reference: ImageReference) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._engine.inspect_image(str(reference))
        except NotFound:
            return None
        except (DockerException, RequestException) as error:
            raise _failed(reference, str(error)) from error
        return found

    def _pull(self, reference: ImageReference) -> None:
        log.info("pulling image=%s", reference)
        try:
            for line in self._engine.pull(
                reference.name,
                tag=reference.version,
                stream=True,
                decode=True,
                auth_config=self._logins.get(reference.registry),
            ):
                # An error in the middle of a pull comes in a line of an answer that began well.
                if "error" in line:
                    raise _refused(reference, str(line["error"]))
        except APIError as error:
            raise _refused(reference, str(error.explanation)) from error
        except (DockerException, RequestException) as error:
            raise _failed(reference, str(error)) from error


def _digests(reference: ImageReference, image: dict[str, Any]) -> str:
    """Digests under which the reference's own registry knows the image, separated by commas."""
    known = (str(entry).partition("@") for entry in image.get("RepoDigests") or ())
    return ",".join(digest for name, _, digest in known if name == reference.name)


def _refused(reference: ImageReference, explanation: str) -> StartError:
    if _UNKNOWN_TO_REGISTRY.search(explanation) and not _NO_SUCH_HOST.search(explanation):
        return StartError(
            f"the registry has no image {reference}, or does not give it to this node",
            TaskStatus.NO_DOCKER_IMAGE,
            debug=explanation,
        )
    return _failed(reference, explanation)


def _failed(reference: ImageReference, explanation: str) -> StartError:
    return StartError(
        f"the image {reference} cannot be pulled now: the registry {reference.registry} or the"
        " container engine does not answer",
        TaskStatus.FAILED,
        debug=explanation,
    )
