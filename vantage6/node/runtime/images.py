"""Container images at the engine: when the registry is asked, and what can go wrong.

The engine speaks to the registry, so every registry that it knows how to speak to works. It is
always given names in full, and what it finds must carry that name: otherwise a text that happens
to be the id of an image would find any image that is on the host.
"""

import logging
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException

from vantage6.common.status import TaskStatus
from vantage6.node.image_name import ImageName, InvalidImageName
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.registry_login import RegistryLogins

log = logging.getLogger(__name__)

_REFUSED_ACCOUNT = re.compile(
    r"denied|unauthorized|authentication required|no basic auth|incorrect username", re.IGNORECASE
)
_NO_SUCH_IMAGE = re.compile(
    r"not found|manifest unknown|name unknown|not known to registry|does not exist"
    r"|no matching manifest|no such image",
    re.IGNORECASE,
)
_NO_SUCH_HOST = re.compile(r"no such host", re.IGNORECASE)


class PullPolicy(str, Enum):
    """When the registry is asked; a digest that is here already never needs to be."""

    ALWAYS = "always"  # A registry that does not answer fails the run.
    NEWER = "if-newer"  # As ALWAYS, but what is here is used when the registry does not answer.
    IF_MISSING = "if-missing"
    NEVER = "never"


class ContentTrust(Protocol):
    """Who knows what the owners of images have signed."""

    def pin(self, name: ImageName) -> ImageName:
        """The name with the digest that was signed for it.

        Raises
        ------
        StartError
            When it is not signed, or that cannot be verified.
        """
        ...


@dataclass(frozen=True, slots=True)
class Image:
    """An image at the engine.

    `digests` are those under which the registry of its name knows it; without any it was never
    pushed or pulled. `is_signed` when its owner signed the digest and that was verified.
    """

    name: ImageName
    id: str
    digests: tuple[str, ...] = ()
    is_signed: bool = False

    def __str__(self) -> str:
        """What runs, in words for the owner of the node and for the researcher."""
        if not self.digests:
            return f"{self.name} is the local image {self.id}, which is in no registry"
        pinned = " or ".join(str(self.name.pinned(digest)) for digest in self.digests)
        return f"{self.name} is {pinned}{', signed by its owner' if self.is_signed else ''}"


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
    trust
        Where signatures are; with None, which is no content trust, names are taken as they are.
    """

    def __init__(
        self,
        engine: Any,
        policy: PullPolicy = PullPolicy.IF_MISSING,
        logins: RegistryLogins | None = None,
        trust: ContentTrust | None = None,
    ) -> None:
        self._engine = engine
        self._policy = policy
        self._logins = logins or RegistryLogins()
        self._trust = trust

    def obtain(self, text: str, is_wanted: Callable[[], bool] = lambda: True) -> Image:
        """The image of that name, after a pull where the policy asks for one.

        A pull is given up when `is_wanted` says so.

        Raises
        ------
        StartError
            NO_DOCKER_IMAGE when there is no such image for this node, FAILED when engine or
            registry do not answer, NOT_ALLOWED when it is not signed and has to be, KILLED when
            it is not wanted any more.
        """
        try:
            asked = ImageName.parse(text)
        except InvalidImageName as error:
            raise StartError(error.message, TaskStatus.NO_DOCKER_IMAGE) from error
        name = asked if self._trust is None else self._trust.pin(asked)
        found = self._local(name)
        if found is None or self._asks_registry(name, found):
            found = self._pulled(name, found, is_wanted)
        is_signed = self._trust is not None
        image = Image(asked, str(found["Id"]), _digests(name, found), is_signed)
        log.info("image %s", image)
        return image

    def _asks_registry(self, name: ImageName, local: dict[str, Any]) -> bool:
        if name.digest:
            return False
        if self._policy is PullPolicy.NEWER:
            # Built on this host and never pushed: no registry can know a newer one.
            return bool(_digests(name, local))
        return self._policy is PullPolicy.ALWAYS

    def _pulled(
        self, name: ImageName, local: dict[str, Any] | None, is_wanted: Callable[[], bool]
    ) -> dict[str, Any]:
        if self._policy is PullPolicy.NEVER:
            raise StartError(
                f"the image {name} is not at the node, and the node does not pull images",
                TaskStatus.NO_DOCKER_IMAGE,
            )
        try:
            self._pull(name, is_wanted)
        except StartError as error:
            has_other = local is not None and self._policy is PullPolicy.NEWER
            if not has_other or error.status is TaskStatus.KILLED:
                raise
            log.warning("%s; using the one that is here", error.message)
        found = self._local(name)
        if found is None:
            raise StartError(f"the image {name} was pulled and is gone again", TaskStatus.FAILED)
        return found

    def _local(self, name: ImageName) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._engine.inspect_image(name.reference)
        except NotFound:
            return None
        except (DockerException, RequestException) as error:
            raise _failed(name, str(error)) from error
        return found if _carries(found, name) else None

    def _pull(self, name: ImageName, is_wanted: Callable[[], bool]) -> None:
        log.info("pulling image=%s", name)
        try:
            lines = self._engine.pull(
                name.name,
                tag=name.version,
                stream=True,
                decode=True,
                auth_config=self._logins.for_engine(name.registry),
            )
            # The engine gives up a pull when nobody reads its lines any more.
            with closing(lines):
                for line in lines:
                    if not is_wanted():
                        raise StartError("stopped while its image was pulled", TaskStatus.KILLED)
                    # An error in the middle of a pull comes in an answer that began well.
                    if "error" in line:
                        raise self._refused(name, str(line["error"]))
        except APIError as error:
            raise self._refused(name, str(error.explanation)) from error
        except (DockerException, RequestException) as error:
            raise _failed(name, str(error)) from error

    def _refused(self, name: ImageName, explanation: str) -> StartError:
        is_about_account = _REFUSED_ACCOUNT.search(explanation)
        if _NO_SUCH_HOST.search(explanation) or not (
            is_about_account or _NO_SUCH_IMAGE.search(explanation)
        ):
            return _failed(name, explanation)
        login = self._logins.at(name.registry)
        if is_about_account and login is not None:
            log.warning(
                "the registry %s does not give %s to the account '%s' of docker_registries",
                name.registry,
                name,
                login.username,
            )
        return StartError(
            f"the registry has no image {name}, or does not give it to this node",
            TaskStatus.NO_DOCKER_IMAGE,
            debug=explanation,
        )


def _carries(image: dict[str, Any], name: ImageName) -> bool:
    """Whether an image that the engine found under a name really has it."""
    known = image.get("RepoDigests" if name.digest else "RepoTags") or ()
    return name.reference in {reference for entry in known if (reference := _reference(entry))}


def _digests(name: ImageName, image: dict[str, Any]) -> tuple[str, ...]:
    """Digests under which the registry of a name knows the image."""
    if name.digest:
        return (name.digest,)
    known = (str(entry).rpartition("@") for entry in image.get("RepoDigests") or ())
    return tuple(
        digest for found, _, digest in known if _reference(found) == _reference(name.name)
    )


def _reference(text: str) -> str | None:
    """An entry of an engine's list as a reference in full; None for what is none."""
    try:
        return ImageName.parse(text).reference
    except InvalidImageName:
        # "<none>:<none>", which an image without any name has.
        return None


def _failed(name: ImageName, explanation: str) -> StartError:
    return StartError(
        f"the image {name} cannot be pulled now: the registry {name.registry} or the container"
        " engine does not answer",
        TaskStatus.FAILED,
        debug=explanation,
    )
