"""What this node accepts to run: images, users, organizations, functions; decided without I/O.

Rules
-----
Images
    Each entry is a regular expression that must match the *whole* name of the image, as people
    write it (``alpine``) or in full (``docker.io/library/alpine``). A tag or a digest may follow
    it, named in the expression or not: ``harbor.org/demo/average`` accepts
    ``harbor.org/demo/average``, ``harbor.org/demo/average:1.2`` and
    ``harbor.org/demo/average@sha256:…``, but not ``harbor.org/demo/average-evil``. (Published 3.x
    nodes only look at the beginning of the name; write ``harbor.org/demo/.*`` for all below it.)
    An expression that names a tag accepts no digest: behind a digest the tag means nothing. A dot
    in what looks like the address of a registry (``harbor.org/``) stands for a dot only.
    Where several lists are set, each of them must accept the image.
Registries
    Addresses, host and maybe port, as they stand in the names of images; no expressions.
Users and organizations
    Numbers, and text of digits only, are ids; any other text is the name of an organization. When
    either list is set, the user or the organization that asks must be in it.
Functions
    For images that match an expression, the names of the functions as the algorithm has them: a
    partial function has ``RPC_`` in front. Images that match none may run any function. Which
    function is asked for is read from the input after it was decrypted; see
    `vantage6.node.asked_function`.

The rules hold for sub-tasks too: who is said to be the parent of a task is the server's word, and
a server that was broken into must not be able to start what the node does not accept. The
organization that asks for a sub-task is the one whose node runs the central part.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vantage6.node.asked_function import UnknownFunction, asked_function
from vantage6.node.image_name import ImageName, InvalidImageName

_TAG_OR_DIGEST = r"(?::\w[\w.-]{0,127}|@sha256:[0-9a-f]{64}|@sha512:[0-9a-f]{128})?"
_DOT_OF_HOST = re.compile(
    r"(?<=[A-Za-z0-9])\.(?=[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?/)", re.ASCII
)
Identity = int | str
"""An id, or the name of an organization."""


@dataclass(frozen=True, slots=True)
class FunctionRule:
    """Functions that images matching an expression may run."""

    image: str
    functions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a node accepts; None accepts everything.

    Parameters
    ----------
    images
        Lists of regular expressions, each of which must accept an image.
    registries
        Addresses of registries, as references have them.
    users
        Ids of users.
    organizations
        Ids and names of organizations.
    functions
        Which functions of which images.
    """

    images: tuple[tuple[str, ...], ...] = ()
    registries: frozenset[str] | None = None
    users: frozenset[int] | None = None
    organizations: frozenset[Identity] | None = None
    functions: tuple[FunctionRule, ...] = ()

    @property
    def needs_names(self) -> bool:
        """Whether an organization is accepted by its name."""
        return any(isinstance(entry, str) for entry in self.organizations or ())

    def refusal(
        self, image: str, user_id: int | None, organization_id: int, organization_name: str = ""
    ) -> str | None:
        """Why a run is not accepted, in words that are safe to show; None when it is.

        Parameters
        ----------
        image
            Name of the image, exactly as it will be given to the runtime.
        user_id
            User who started the task, or the tree of tasks.
        organization_id
            Organization that asked for it.
        organization_name
            Its name; needed only when `needs_names`.
        """
        if (reason := self._image_refusal(image)) is not None:
            return reason
        if self.users is None and self.organizations is None:
            return None
        if user_id is not None and user_id in (self.users or ()):
            return None
        names = self.organizations or frozenset()
        if organization_id in names or (organization_name and organization_name in names):
            return None
        return "the policy of this node allows neither this user nor this organization"

    def restricts_functions(self, image: str) -> bool:
        """Whether only some functions of an image may run: then its input must be looked at."""
        return self._functions_of(image) is not None

    def function_refusal(self, image: str, payload: bytes) -> str | None:
        """Why the function that a decrypted input asks for is not accepted; None when it is.

        Neither the name that was asked for nor any other part of the input is in the reason: it
        travels unencrypted.
        """
        allowed = self._functions_of(image)
        if allowed is None:
            return None
        listed = ", ".join(sorted(allowed)) or "none"
        told = f"the policy of this node allows only some functions of this image ({listed})"
        try:
            function = asked_function(payload)
        except UnknownFunction as error:
            return f"{told}, and which one is asked for cannot be known: {error}"
        return None if function in allowed else f"{told}, and another one is asked for"

    def _functions_of(self, image: str) -> frozenset[str] | None:
        if not self.functions:
            return None
        try:
            name = ImageName.parse(image)
        except InvalidImageName:
            return frozenset()
        found = [rule.functions for rule in self.functions if _accepts((rule.image,), name)]
        return frozenset().union(*found) if found else None

    def _image_refusal(self, image: str) -> str | None:
        if not self.images and self.registries is None:
            return None
        try:
            name = ImageName.parse(image)
        except InvalidImageName as error:
            return error.message
        if self.registries is not None and name.registry not in self.registries:
            return (
                f"the policy of this node does not allow the image {name}: it is at the registry "
                f"{name.registry}"
            )
        for patterns in self.images:
            if not _accepts(patterns, name):
                return _not_matched(patterns, name)
        return None


def identity(entry: Identity) -> Identity:
    """The id or the name that a configuration means; digits are always an id."""
    text = str(entry).strip()
    return int(text) if text.isascii() and text.isdigit() else text


def check_patterns(patterns: Iterable[str]) -> None:
    """Refuse what is not a regular expression.

    Raises
    ------
    ValueError
        With the expression and what is wrong with it.
    """
    for pattern in patterns:
        try:
            re.compile(pattern)
            # As part of the whole, where flags in the middle are an error.
            re.compile(_whole(pattern), re.ASCII)
        except re.error as error:
            raise ValueError(f"'{pattern}' is not a regular expression: {error}") from error


def _accepts(patterns: tuple[str, ...], name: ImageName) -> bool:
    return any(
        re.fullmatch(_whole(pattern), text, re.ASCII)
        for pattern in patterns
        for text in name.spellings()
    )


def _whole(pattern: str) -> str:
    # Hardly anybody escapes these dots, and at Docker Hub anybody can be the user "harborxorg".
    literal = _DOT_OF_HOST.sub(r"\\.", pattern)
    return f"(?:{literal}){_TAG_OR_DIGEST}"


def _not_matched(patterns: tuple[str, ...], name: ImageName) -> str:
    told = f"the policy of this node does not allow the image {name}; a pattern must match "
    if name.digest is None and any("@sha256:" in pattern for pattern in patterns):
        return f"{told}the whole name, and some images are allowed by digest only (name@sha256:…)"
    return f"{told}the whole name"
