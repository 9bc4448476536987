"""What this node accepts to run: images, users and organizations; decided without I/O.

Rules
-----
Images
    Each entry is a regular expression that must match the *whole* name of the image. A tag and a
    digest may follow it, named in the expression or not: ``harbor.org/demo/average`` accepts
    ``harbor.org/demo/average``, ``harbor.org/demo/average:1.2`` and
    ``harbor.org/demo/average@sha256:…``, but not ``harbor.org/demo/average-evil``. (Published 3.x
    nodes only look at the beginning of the name; write ``harbor.org/demo/.*`` for all below it.)
    Where several lists are set, each of them must accept the image.
Users and organizations
    Numbers, and text of digits only, are ids; any other text is the name of an organization. When
    either list is set, the user or the organization that asks must be in it.

The rules hold for sub-tasks too: who is said to be the parent of a task is the server's word, and
a server that was broken into must not be able to start what the node does not accept. The
organization that asks for a sub-task is the one whose node runs the central part.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_TAG_AND_DIGEST = r"(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
Identity = int | str
"""An id, or the name of an organization."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a node accepts; None accepts everything.

    Parameters
    ----------
    images
        Lists of regular expressions, each of which must accept an image.
    users
        Ids of users.
    organizations
        Ids and names of organizations.
    """

    images: tuple[tuple[str, ...], ...] = ()
    users: frozenset[int] | None = None
    organizations: frozenset[Identity] | None = None

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
            Name of the image, exactly as it will be given to the container engine.
        user_id
            User who started the task, or the tree of tasks.
        organization_id
            Organization that asked for it.
        organization_name
            Its name; needed only when `needs_names`.
        """
        if not all(_accepts(patterns, image) for patterns in self.images):
            return (
                f"the policy of this node does not allow the image {image}; a pattern must match "
                "the whole name"
            )
        if self.users is None and self.organizations is None:
            return None
        if user_id is not None and user_id in (self.users or ()):
            return None
        names = self.organizations or frozenset()
        if organization_id in names or (organization_name and organization_name in names):
            return None
        return "the policy of this node allows neither this user nor this organization"


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


def _accepts(patterns: tuple[str, ...], image: str) -> bool:
    return any(re.fullmatch(_whole(pattern), image, re.ASCII) for pattern in patterns)


def _whole(pattern: str) -> str:
    return f"(?:{pattern}){_TAG_AND_DIGEST}"
