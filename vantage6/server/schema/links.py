"""References between objects on the wire (HATEOAS)."""

from collections.abc import Mapping, Sequence
from typing import Any


class Links:
    """Makes the reference to an object from its kind and id.

    Parameters
    ----------
    prefix
        Path of the API, such as ``/api``; it is part of every reference.
    methods
        Verbs at the address of one object, by kind.
    """

    def __init__(self, prefix: str, methods: Mapping[str, Sequence[str]]) -> None:
        self.prefix = prefix
        self._methods = {noun: list(verbs) for noun, verbs in methods.items()}

    def path(self, noun: str, id_: int) -> str:
        """Path of an object, without host."""
        return f"{self.prefix}/{noun}/{id_}"

    def to(self, noun: str, id_: int) -> dict[str, Any]:
        """The reference to an object."""
        return {
            "id": id_,
            "link": self.path(noun, id_),
            "methods": self._methods.get(noun, []),
        }
