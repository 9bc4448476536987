"""From the input of a task to a call of the algorithm; the same code in containers and mocks.

The input is an object with ``method`` and optionally ``master``, ``args`` and ``kwargs``. There
are two styles, which one package may mix:

classic (3.x)
    With ``master`` the function ``method(client, data, *args, **kwargs)`` is called, otherwise
    ``RPC_method(data, *args, **kwargs)``.
decorated (4.x)
    ``method(*args, **kwargs)`` is called, and what else it needs is given by the decorators of
    `vantage6.tools.decorators`; ``master`` makes no difference.

Without ``master``, ``RPC_method`` comes before a decorated ``method``. Functions without prefix
and decorator are called by name only in images that start with the 4.x entry point, and only those
that the package defines itself: not what it imports.
"""

import importlib
import importlib.util
from collections.abc import Callable
from functools import partial
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

from vantage6.common.errors import V6Error
from vantage6.tools.decorators import RESERVED, is_decorated
from vantage6.tools.exceptions import (
    AlgorithmInitializationError,
    AlgorithmModuleNotFoundError,
    InputError,
    MethodNotFoundError,
)
from vantage6.tools.surroundings import Databases, RunMetaData, Surroundings

PARTIAL_PREFIX = "RPC_"
_NO = frozenset({"", "0", "false", "no"})
Make = Callable[[], Any]
Function = Callable[..., Any]


def dispatch(
    input_: Any,
    data: Any,
    module: ModuleType,
    make_client: Make,
    *,
    make_new_client: Make | None = None,
    make_metadata: Callable[[], RunMetaData] | None = None,
    by_plain_name: bool = False,
) -> Any:
    """What the requested function returns; what it raises is passed on.

    Parameters
    ----------
    input_
        The input as it was read, not yet checked.
    data
        The data of the only database; or `Databases`, which are read only when the function takes
        them. A classic function gets the first one.
    module
        The algorithm.
    make_client
        Gives the client of a classic central function; called for those only.
    make_new_client
        Gives the client of ``@algorithm_client``; by default `make_client` does.
    make_metadata
        Gives what ``@metadata`` says; by default it is read from the client's attributes.
    by_plain_name
        Whether functions without prefix and decorator may be called, as in 4.x.

    Raises
    ------
    InputError
        When the input does not say what to call, or names fewer databases than the function takes.
    MethodNotFoundError
        When the algorithm has no such function.
    """
    method, args, kwargs = _call_of(input_)
    databases = data if isinstance(data, Databases) else Databases.of(data)
    make_new = make_new_client or make_client
    around = Surroundings(
        databases,
        make_new,
        make_metadata or partial(_metadata_from, make_new),
        input_.get("databases"),
    )
    central = is_central(input_)
    function, is_classic = _function(module, method, central, by_plain_name)
    # Around classic functions too: one may call a decorated one.
    with around.in_place():
        if not is_classic:
            _refuse_mocks(kwargs)
            return function(*args, **kwargs)
        if central:
            return function(make_client(), databases.first(), *args, **kwargs)
        return function(databases.first(), *args, **kwargs)


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


def _function(
    module: ModuleType, method: str, central: bool, by_plain_name: bool
) -> tuple[Function, bool]:
    """The function, and whether it is one of the classic style."""
    for name in (method,) if central else (PARTIAL_PREFIX + method, method):
        function = _callable(module, name)
        if function is None:
            continue
        if is_decorated(function):
            return function, False
        if central or name != method:
            return function, True
        if by_plain_name and _is_defined_in(function, module):
            return function, False
    # Not the requested name: it is part of the input, which may be a secret.
    known = sorted(n for n, value in vars(module).items() if _is_partial(n, value))
    raise MethodNotFoundError(
        f"'{module.__name__}' has no function of the requested name; "
        f"its partial functions are: {', '.join(known) or 'none'}"
    )


def _callable(module: ModuleType, name: str) -> Function | None:
    function = getattr(module, name, None)
    if name.startswith("_") or isinstance(function, type) or not callable(function):
        return None
    found: Function = function
    return found


def _is_partial(name: str, value: object) -> bool:
    return name.startswith(PARTIAL_PREFIX) or is_decorated(value)


def _is_defined_in(function: Function, module: ModuleType) -> bool:
    # What a package imports is not offered to others: `os.system` would be callable otherwise.
    home = getattr(function, "__module__", None) or ""
    return f"{home}.".startswith(f"{module.__name__}.")


def _refuse_mocks(kwargs: dict[str, Any]) -> None:
    if RESERVED & kwargs.keys():
        raise InputError(f"'kwargs' of the input must not have {' or '.join(sorted(RESERVED))}")


def _metadata_from(make_client: Make) -> RunMetaData:
    client = make_client()
    return RunMetaData(
        task_id=getattr(client, "task_id", None),
        node_id=getattr(client, "host_node_id", None),
        collaboration_id=getattr(client, "collaboration_id", None),
        organization_id=getattr(client, "organization_id", None),
    )


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
