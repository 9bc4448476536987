"""Arguments by the names, and in the order, that they have in other versions."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from vantage6.common.errors import InvalidInput

Method = TypeVar("Method", bound=Callable[..., Any])


def also_as(**former: str) -> Callable[[Method], Method]:
    """Decorator: arguments may also be given by another name.

    Parameters
    ----------
    **former
        The argument for each further name, as in ``also_as(init_org="initiator")``. What is None
        counts as not given.

    Notes
    -----
    The signature stays the present one: help and completion show no name that is not advised.
    """

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        def renamed(*args: Any, **kwargs: Any) -> Any:
            for name in sorted(former.keys() & kwargs.keys()):
                _rename(kwargs, name, former[name])
            return method(*args, **kwargs)

        renamed.also_as = former  # type: ignore[attr-defined]  # for whoever lists the names
        return cast("Method", renamed)

    return decorate


def also_in_order(first: type, *names: str) -> Callable[[Method], Method]:
    """Decorator: positional arguments may also come in another order.

    Parameters
    ----------
    first
        What the first of them is only in that order.
    *names
        The arguments in that order.
    """

    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        def ordered(self: Any, *args: Any, **kwargs: Any) -> Any:
            if args and isinstance(args[0], first):
                moved = dict(zip(names, args, strict=False))
                return method(self, *args[len(names) :], **moved, **kwargs)
            return method(self, *args, **kwargs)

        return cast("Method", ordered)

    return decorate


def _rename(kwargs: dict[str, Any], name: str, present: str) -> None:
    value = kwargs.pop(name)
    if value is None:
        return
    if kwargs.get(present) is not None:
        raise InvalidInput(f"'{present}' is given under two names: also as '{name}'")
    kwargs[present] = value
