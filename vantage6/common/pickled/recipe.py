"""What stands in the place of classes and functions while a pickle is read.

Recipe
    Stands for a name that a pickle may use. It is inert: nothing in it can be called or changed by
    the pickle; its function gets the arguments and checks them.
Draft
    An object whose state is still to come.
Budget
    What reading may cost. Without it a few hundred bytes could ask for hours and gigabytes by
    naming the same object again and again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from vantage6.common.errors import PayloadError

Make = Callable[..., Any]

_FLAT_BUDGET = 2**25
_BUDGET_PER_BYTE = 8
_FLAT_HASHES = 2**18
_HASHES_PER_BYTE = 2
_HASH_MODULUS = 2**61 - 1  # numbers that differ by a multiple of it have the same hash
_MOST_COLLISIONS = 100
_TOO_MUCH = "it is small and asks for far too much memory or time"


def refuse(reason: str) -> NoReturn:
    """Say that the pickle does not hold what it pretends.

    Raises
    ------
    PayloadError
        Always.
    """
    raise PayloadError(f"the pickle is refused: {reason}")


def require(condition: object, what: str) -> None:
    """Refuse a pickle in which something is not what it must be.

    Raises
    ------
    PayloadError
        When `condition` is not true.
    """
    if not condition:
        refuse(f"it holds a broken {what}")


@dataclass(frozen=True, slots=True, eq=False)
class Recipe:
    """What a name in a pickle stands for.

    Parameters
    ----------
    name
        The name without its module.
    make
        Gives the object, or a draft of it, from the budget and the arguments in the pickle.
    new
        The same where the pickle asks for an object without calling its constructor; None if that
        makes no difference.
    """

    name: str
    make: Make
    new: Make | None = None


class Draft:
    """An object that waits for its state.

    Parameters
    ----------
    finish
        Gives the object from the state.
    """

    __slots__ = ("_finish", "is_finished", "value")

    def __init__(self, finish: Callable[[Any], Any]) -> None:
        self._finish = finish
        self.is_finished = False
        self.value: Any = None

    def finish(self, state: Any) -> Any:
        """The object; a second state is refused, so that nothing changes that is used already."""
        if self.is_finished:
            refuse("it changes an object after it was made")
        self.value = self._finish(state)
        self.is_finished = True
        return self.value


class Budget:
    """Bytes and elements that may still be made.

    Parameters
    ----------
    size
        Length of the pickle in bytes.
    """

    def __init__(self, size: int) -> None:
        self._left = _FLAT_BUDGET + _BUDGET_PER_BYTE * size
        self._hashes_left = _FLAT_HASHES + _HASHES_PER_BYTE * size
        self._collisions: dict[int, int] = {}

    def spend(self, amount: int) -> None:
        """Take bytes or elements from what is left.

        Raises
        ------
        PayloadError
            When it is not enough.
        """
        self._left -= amount
        if self._left < 0:
            refuse(_TOO_MUCH)

    def spend_hash(self, key: Any) -> None:
        """Take what it costs to put `key` into a dictionary, a set or an index."""
        if type(key) is str and self._hashes_left > 0:  # what keys mostly are
            self._hashes_left -= 1
            return
        waiting = [key]
        while waiting:
            entry = waiting.pop()
            self._hashes_left -= 1
            if isinstance(entry, tuple | frozenset):
                waiting.extend(entry)
            elif isinstance(entry, int) and abs(entry) >= _HASH_MODULUS:
                self._count_collision(hash(entry))
            if self._hashes_left < 0:
                refuse(_TOO_MUCH)

    def _count_collision(self, value: int) -> None:
        self._collisions[value] = self._collisions.get(value, 0) + 1
        if self._collisions[value] > _MOST_COLLISIONS:
            refuse("its keys are made to collide")
