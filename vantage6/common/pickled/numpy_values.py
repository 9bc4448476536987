"""Arrays and numbers of numpy, rebuilt from their parts.

numpy's own reading trusts a pickle: a forged data type makes it read outside the array, or take
bytes for addresses of objects. Here a data type is made anew from its checked description, and an
array from bytes of exactly the right number.
"""

import math
import re
from typing import Any

import numpy as np

from vantage6.common.pickled.recipe import Budget, Draft, Make, Recipe, require

_PLAIN = re.compile(
    r"[<>|=]?(b1|[iu][1248]|f(2|4|8|12|16)|c(8|16|24|32)|O[48]?|[SUV]\d{1,9}|[mM]8)", re.ASCII
)
_UNITS = frozenset(
    {"generic", "Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"}
)
_MOST_DIMENSIONS = 32
_LAST_CHARACTER = 0x10FFFF


def _dtype(budget: Budget, text: Any, *flags: object) -> Draft:
    del budget, flags
    require(isinstance(text, str) and _PLAIN.fullmatch(text), "data type")
    return Draft(lambda state: _described(text, state))


def _described(text: str, state: Any) -> np.dtype[Any]:
    require(isinstance(state, tuple) and len(state) >= 8, "data type")
    _, order, subtype, names, fields, size, _, flags = state[:8]
    if names is not None:
        return _structured(names, fields, size, flags)
    if subtype is not None:
        base, shape = subtype
        require(isinstance(base, np.dtype) and _is_shape(shape), "data type")
        return np.dtype((base, shape))
    if text.lstrip("<>|=")[0] in "mM":
        plain: np.dtype[Any] = np.dtype(text.lstrip("<>|=") + _unit(state))
    else:
        plain = np.dtype("O" if text.lstrip("<>|=")[0] == "O" else text)
    return plain.newbyteorder(order) if order in ("<", ">") else plain


def _unit(state: tuple[Any, ...]) -> str:
    unit, number, *_ = state[8][1]
    name = unit.decode("ascii") if isinstance(unit, bytes) else unit
    require(name in _UNITS and isinstance(number, int) and 0 < number < 2**31, "unit of time")
    return "" if name == "generic" else f"[{number}{name}]"


def _structured(names: Any, fields: Any, size: Any, flags: Any) -> np.dtype[Any]:
    require(isinstance(names, tuple) and isinstance(fields, dict), "data type")
    parts = [fields[name] for name in names]
    formats, offsets = [part[0] for part in parts], [part[1] for part in parts]
    # No objects, and no fields in fields: nobody needs them, and their content would be unchecked.
    plain = all(isinstance(f, np.dtype) and not f.names and not f.hasobject for f in formats)
    require(plain and isinstance(size, int) and isinstance(flags, int), "data type")
    return np.dtype(
        {"names": list(names), "formats": formats, "offsets": offsets, "itemsize": size},
        align=bool(flags & 0x80),
    )


def _reconstruct(budget: Budget, cls: Any, *placeholder: object) -> Draft:
    del placeholder
    require(isinstance(cls, Recipe) and cls.name == "ndarray", "array: it has a foreign type")

    def finish(state: Any) -> np.ndarray[Any, Any]:
        require(isinstance(state, tuple) and len(state) == 5, "array")
        _, shape, dtype, is_fortran, content = state
        return _array(budget, shape, dtype, bool(is_fortran), content)

    return Draft(finish)


def _from_buffer(
    budget: Budget, content: Any, dtype: Any, shape: Any, order: Any, *axes: object
) -> np.ndarray[Any, Any]:
    require(order in ("C", "F") and not axes, "array")
    return _array(budget, shape, dtype, order == "F", content)


def _scalar(budget: Budget, dtype: Any, content: Any) -> Any:
    require(isinstance(dtype, np.dtype) and not dtype.hasobject, "number")
    return _array(budget, (), dtype, False, content)[()]


def _array(
    budget: Budget, shape: Any, dtype: Any, is_fortran: bool, content: Any
) -> np.ndarray[Any, Any]:
    require(_is_shape(shape) and isinstance(dtype, np.dtype), "array")
    count = math.prod(shape)
    order: Any = "F" if is_fortran else "C"
    if dtype.hasobject:
        require(isinstance(content, list) and len(content) == count, "array of objects")
        budget.spend(8 * count)
        return np.reshape(_objects(content), shape, order=order)
    raw = content.encode("latin1") if isinstance(content, str) else content
    require(isinstance(raw, bytes | bytearray), "array")
    require(len(raw) == count * dtype.itemsize, "array: its size is another")
    budget.spend(max(len(raw), count))
    flat = np.frombuffer(bytearray(raw), dtype) if raw else np.zeros(count, dtype)
    return np.reshape(_checked(flat), shape, order=order)


def _objects(content: list[Any]) -> np.ndarray[Any, Any]:
    array = np.empty(len(content), dtype=object)
    for place, value in enumerate(content):  # at once, numpy would look into nested lists
        array[place] = value
    return array


def _checked(flat: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Array without content that numpy takes for granted."""
    if flat.dtype.kind == "b":
        return np.asarray(flat.view(np.uint8) != 0)
    if flat.dtype.kind == "U" and flat.dtype.itemsize:
        codes = flat.view(np.dtype(np.uint32).newbyteorder(flat.dtype.byteorder))
        require(codes.max(initial=0) <= _LAST_CHARACTER, "text")
    for name in flat.dtype.names or ():
        flat[name] = _checked(np.ascontiguousarray(flat[name]))
    return flat


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, tuple)
        and len(shape) <= _MOST_DIMENSIONS
        and all(isinstance(length, int) and 0 <= length < 2**48 for length in shape)
    )


def _ndarray(budget: Budget, *arguments: Any) -> Any:
    del budget, arguments
    require(False, "array")


RECIPES: dict[str, Make] = {
    "dtype": _dtype, "ndarray": _ndarray, "_reconstruct": _reconstruct,
    "_frombuffer": _from_buffer, "scalar": _scalar,
}  # fmt: skip
"""How to make what a name stands for, whichever module of numpy a version has it in."""
