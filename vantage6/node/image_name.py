"""What the name of an image means; the only place where one is read.

Vocabulary of the OCI distribution specification: a *reference* is
``[registry[:port]/]repository[:tag][@digest]``. A *digest* names content, a *tag* may come to mean
something else tomorrow. Where no registry is named it is Docker Hub, ``docker.io``, and there a
repository of one word is below ``library/``.

The id of an image (``sha256:…``) is no name: it says nothing about where an image comes from, and
an engine would take it for any image that happens to be on the host.
"""

import re
from dataclasses import dataclass

from vantage6.common.errors import V6Error

DEFAULT_REGISTRY = "docker.io"
DEFAULT_TAG = "latest"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = re.compile(rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[A-Fa-f0-9:]+\])(?::(?P<port>[0-9]+))?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}")
_IDS = re.compile(r"library/(?:[a-f0-9]{64}|sha256|sha384|sha512)")
_LONGEST_NAME = 255
_LONGEST_TEXT = 1024
_HIGHEST_PORT = 65535
_ALIASES = {"index.docker.io": DEFAULT_REGISTRY}


class InvalidImageName(V6Error):
    """The text is not the name of an image."""

    code = "image_name"


@dataclass(frozen=True, slots=True)
class ImageName:
    """A reference that was read, with the defaults filled in; `tag` or `digest` is there."""

    registry: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> "ImageName":
        """Read a reference as Docker does.

        Raises
        ------
        InvalidImageName
            When nothing can have such a name.

        Notes
        -----
        The grammar is that of github.com/distribution/reference. The first component is a
        registry when it has a dot, a colon or a capital, or is ``localhost``.
        """
        rest, at, digest = text[: _LONGEST_TEXT + 1].partition("@")
        name, tag = _split_tag(rest)
        registry, repository = _split_registry(name)
        valid = (
            len(text) <= _LONGEST_TEXT
            and is_registry(registry)
            and _REPOSITORY.fullmatch(repository)
            and len(f"{registry}/{repository}") <= _LONGEST_NAME
            and (tag is None or _TAG.fullmatch(tag))
            and (not at or _DIGEST.fullmatch(digest))
        )
        if not valid:
            raise InvalidImageName(f"{text[:_LONGEST_NAME]!r} is not the name of an image")
        if registry == DEFAULT_REGISTRY and _IDS.fullmatch(repository):
            raise InvalidImageName(
                f"{text[:_LONGEST_NAME]!r} is the id of an image and not its name"
            )
        if tag is None and not digest:
            tag = DEFAULT_TAG
        return cls(registry, repository, tag, digest or None)

    @property
    def name(self) -> str:
        """Registry and repository, in full."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar_name(self) -> str:
        """Registry and repository as people write them: without what is the default."""
        if self.registry != DEFAULT_REGISTRY:
            return self.name
        return self.repository.removeprefix("library/")

    @property
    def version(self) -> str:
        """What to ask the registry for: the digest, else the tag."""
        return self.digest or self.tag or DEFAULT_TAG

    @property
    def reference(self) -> str:
        """The name in full with its version, which is the same for each way of writing it."""
        return f"{self.name}{'@' if self.digest else ':'}{self.version}"

    def pinned(self, digest: str) -> "ImageName":
        """The same repository at the content that a digest names."""
        return ImageName(self.registry, self.repository, None, digest)

    def spellings(self) -> tuple[str, ...]:
        """The ways of writing it that a rule may have in mind: in full, and as people do.

        With a digest the tag is left out: an engine does not look at it, so that
        ``name:1@sha256:…`` may be anything but ``name:1``.
        """
        end = f"@{self.digest}" if self.digest else f":{self.tag}"
        return f"{self.name}{end}", f"{self.familiar_name}{end}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.familiar_name}{tag}{f'@{self.digest}' if self.digest else ''}"


def is_registry(text: str) -> bool:
    """Whether a text is the address of a registry as references have it: host, maybe a port."""
    found = _HOST.fullmatch(text)
    return found is not None and 0 < int(found["port"] or 1) <= _HIGHEST_PORT


def registry_of(address: str) -> str:
    """The registry that an address in a configuration means, as references name it.

    A scheme and a path are dropped: Docker's own settings have ``https://index.docker.io/v1/``.

    Raises
    ------
    InvalidImageName
        When it is no address.
    """
    host = address.strip().rpartition("://")[2].partition("/")[0]
    registry = _ALIASES.get(host, host)
    if not is_registry(registry):
        raise InvalidImageName(f"{address!r} is not the address of a registry")
    return registry


def _split_tag(text: str) -> tuple[str, str | None]:
    name, colon, tag = text.rpartition(":")
    # A colon before the last slash belongs to the port of the registry.
    return (name, tag) if colon and "/" not in tag else (text, None)


def _split_registry(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_host = slash and (
        "." in first or ":" in first or first == "localhost" or first != first.lower()
    )
    registry, repository = (first, rest) if is_host else (DEFAULT_REGISTRY, name)
    registry = _ALIASES.get(registry, registry)
    if registry == DEFAULT_REGISTRY and "/" not in repository:
        repository = f"library/{repository}"
    return registry, repository
