"""Lines in the log of a run, in the form ``info > text``, and variables of the node.

The log travels to the server in the clear: never say data, input or results.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

from vantage6.tools.exceptions import EnvironmentVariableError

_TRUE = frozenset({"true", "1", "yes", "t"})
_FALSE = frozenset({"false", "0", "no", "f"})


def info(msg: object) -> None:
    """Say what the algorithm does."""
    _say("info", msg)


def warn(msg: object) -> None:
    """Say what may be wrong."""
    _say("warn", msg)


def error(msg: object) -> None:
    """Say what went wrong."""
    _say("error", msg)


def get_env_var(var_name: str, default: Any = None, as_type: str = "str") -> Any:
    """Value of a variable of the container, such as one of ``algorithm_env`` of the node.

    Parameters
    ----------
    var_name
        Its name.
    default
        What to give when it is not set.
    as_type
        ``str``, ``int`` or ``bool``. For ``bool``, `true`, `1`, `yes` and `t` are true; `false`,
        `0`, `no` and `f` are false.

    Raises
    ------
    EnvironmentVariableError
        When the value, or the default, is not of the type.

    Notes
    -----
    4.x encodes values as base32 and decodes whatever looks like it; a value such as ``PASSWORD``
    is changed by that. Here a value is what the owner of the node wrote.
    """
    read = _TYPES.get(as_type)
    if read is None:
        raise EnvironmentVariableError(f"as_type must be one of {', '.join(_TYPES)}")
    value = os.environ.get(var_name, default)
    if value is None:
        return None
    try:
        return read(str(value).strip() if as_type != "str" else value)
    except ValueError as problem:
        raise EnvironmentVariableError(
            f"the variable {var_name} of this node is not of type {as_type}; ask its owner"
        ) from problem


def check_envvar_value_positive(name: str, value: float) -> None:
    """Refuse a value of a variable that is not greater than zero.

    Raises
    ------
    EnvironmentVariableError
        Names the variable.
    """
    if not value > 0:
        raise EnvironmentVariableError(
            f"the variable {name} of this node must be greater than 0; ask its owner"
        )


def _bool(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("neither true nor false")
    return word in _TRUE


_TYPES: dict[str, Callable[[Any], Any]] = {"str": str, "int": int, "bool": _bool}


def _say(level: str, msg: object) -> None:
    # Flushed at once: the log of a container that is killed shows how far it came.
    sys.stdout.write(f"{level} > {msg}\n")
    sys.stdout.flush()
