"""From the input of a task to a call of the algorithm; the same code in containers and mocks.

The input is an object with ``method`` and optionally ``master``, ``args`` and ``kwargs``. With
``master`` the function ``method(client, data, *args, **kwargs)`` is called, otherwise
``RPC_method(data, *args, **kwargs)``.
"""

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

from vantage6.common.errors import V6Error
from vantage6.tools.exceptions import (
    AlgorithmInitializationError,
    AlgorithmModuleNotFoundError,
    InputError,
    MethodNotFoundError,
)

PARTIAL_PREFIX = "RPC_"
_NO = frozenset({"", "0", "false", "no"})


def dispatch(input_: Any, data: Any, module: ModuleType, make_client: Callable[[], Any]) -> Any:
    """What the requested function returns; what it raises is passed on.

    Parameters
    ----------
    input_
        The input as it was read, not yet checked.
    data
        First argument of a partial function, second of a central one.
    module
        The algorithm.
    make_client
        Gives the client; called for central functions only.

    Raises
    ------
    InputError
        When the input does not say what to call.
    MethodNotFoundError
        When the algorithm has no such function.
    """
    method, args, kwargs = _call_of(input_)
    if is_central(input_):
        return _function(module, method)(make_client(), data, *args, **kwargs)
    return _function(module, PARTIAL_PREFIX + method)(data, *args, **kwargs)


def is_central(input_: Any) -> bool:
    """Whether an input asks for a central function; ``"true"`` counts, ``"false"`` does not."""
    master = input_.get("master")
    return master.strip().lower() not in _NO if isinstance(master, str) else bool(master)


def import_algorithm(name: str) -> ModuleType:
    """The algorithm's package.

    Parameters
    ----------
    name
        Importable name, or the name of the distribution: where there is no package of that very
        name, dashes and underscores are taken for each other.

    Raises
    ------
    AlgorithmModuleNotFoundError
        When there is no such package.
    AlgorithmInitializationError
        When it cannot be imported.
    """
    for candidate in dict.fromkeys((name, name.replace("-", "_"), name.replace("_", "-"))):
        if _exists(candidate):
            return _import(candidate)
    raise AlgorithmModuleNotFoundError(f"there is no package '{name}' in this image")


def describe(error: BaseException, module: ModuleType | None = None) -> str:
    """What failed and where, without the text of the exception, which may hold data.

    The text of our own errors is shown: it is written for that.
    """
    if isinstance(error, V6Error):
        return error.message
    place = _place(error, module)
    return f"{type(error).__name__} {place}" if place else type(error).__name__


def _call_of(input_: Any) -> tuple[str, list[Any], dict[str, Any]]:
    if not isinstance(input_, dict):
        raise InputError("the input must be an object with at least a 'method'")
    method, args, kwargs = (input_.get(key) for key in ("method", "args", "kwargs"))
    if not isinstance(method, str) or not method:
        raise InputError("the input needs a 'method': the name of the function to call")
    if not isinstance(args or [], list | tuple):
        raise InputError("'args' of the input must be a list")
    if not isinstance(kwargs or {}, dict):
        raise InputError("'kwargs' of the input must be an object")
    return method, list(args or []), dict(kwargs or {})


def _function(module: ModuleType, name: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if name.startswith("_") or isinstance(function, type) or not callable(function):
        # Not the requested name: it is part of the input, which may be a secret.
        partial = sorted(n for n in vars(module) if n.startswith(PARTIAL_PREFIX))
        raise MethodNotFoundError(
            f"'{module.__name__}' has no function of the requested name; "
            f"its partial functions are: {', '.join(partial) or 'none'}"
        )
    found: Callable[..., Any] = function
    return found


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise AlgorithmInitializationError(
            f"'{name}' needs the package '{error.name}', which this image lacks"
        ) from error
    except Exception as error:
        raise AlgorithmInitializationError(
            f"'{name}' cannot be imported: {describe(error)}"
        ) from error


def _place(error: BaseException, module: ModuleType | None) -> str:
    """The innermost place that belongs to the algorithm, else the innermost of all."""
    places = [(f.f_code.co_filename, f.f_code.co_name, n) for f, n in walk_tb(error.__traceback__)]
    own = [place for place in places if module and _belongs(place[0], module)]
    if not places:
        return ""
    file, function, line = (own or places)[-1]
    return f"in {function} ({Path(file).name}, line {line})"


def _belongs(file: str, module: ModuleType) -> bool:
    folders = [str(folder) for folder in getattr(module, "__path__", [])]
    return file == module.__file__ or any(Path(folder) in Path(file).parents for folder in folders)
