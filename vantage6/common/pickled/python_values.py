"""Types of Python itself that legacy pickles name: containers, dates, decimals, time zones."""

import collections
import datetime
import zoneinfo
from decimal import Decimal
from typing import Any

from vantage6.common.pickled.recipe import Budget, Make, Recipe, require

_LATIN = frozenset({"latin1", "latin-1", "iso-8859-1"})
_FACTORIES: dict[str, Any] = {
    "list": list, "dict": dict, "set": set, "int": int, "float": float, "str": str,
}  # fmt: skip


def _range(budget: Budget, *bounds: int) -> range:
    del budget
    return range(*bounds)


def _complex(budget: Budget, real: float, imaginary: float) -> complex:
    del budget
    return complex(real, imaginary)


def _slice(budget: Budget, *bounds: Any) -> slice:
    del budget
    require(all(bound is None or isinstance(bound, int) for bound in bounds), "slice")
    return slice(*bounds)


def _bytes(budget: Budget, text: Any = "", encoding: str = "latin1") -> bytes:
    # Protocols before 3 write bytes as text and ask to encode it.
    require(isinstance(text, str) and encoding in _LATIN, "byte string")
    budget.spend(len(text))
    return bytes(text.encode("latin1"))


def _bytearray(
    budget: Budget, content: bytes | bytearray | str = b"", encoding: str = "latin1"
) -> bytearray:
    # Not a number: bytearray(10**12) would ask for a terabyte.
    if isinstance(content, str):
        return bytearray(_bytes(budget, content, encoding))
    require(isinstance(content, bytes | bytearray), "byte array")
    budget.spend(len(content))
    return bytearray(content)


def _set(budget: Budget, entries: Any = ()) -> set[Any]:
    require(isinstance(entries, list | tuple | set | frozenset), "set")
    for entry in entries:
        budget.spend_hash(entry)
    return set(entries)


def _frozenset(budget: Budget, entries: Any = ()) -> frozenset[Any]:
    return frozenset(_set(budget, entries))


def _ordered_dict(budget: Budget, pairs: Any = ()) -> collections.OrderedDict[Any, Any]:
    require(isinstance(pairs, list | tuple), "dictionary")
    for key, _ in pairs:
        budget.spend_hash(key)
    return collections.OrderedDict(pairs)


def _counter(budget: Budget, counts: Any = None) -> collections.Counter[Any]:
    require(counts is None or isinstance(counts, dict), "counter")
    budget.spend(len(counts or ()))
    return collections.Counter(counts or {})


def _defaultdict(
    budget: Budget, factory: Recipe | None = None
) -> collections.defaultdict[Any, Any]:
    del budget
    require(factory is None or factory.name in _FACTORIES, "dictionary with default values")
    return collections.defaultdict(None if factory is None else _FACTORIES[factory.name])


def _factory(budget: Budget, *arguments: Any) -> Any:
    del budget
    require(not arguments, "default value")


def _decimal(budget: Budget, text: str) -> Decimal:
    require(isinstance(text, str), "decimal number")
    budget.spend(len(text))
    return Decimal(text)


def _date(budget: Budget, state: Any) -> Any:
    del budget
    make: Any = datetime.date  # from bytes, which only pickles do
    return make(state)


def _datetime(budget: Budget, state: Any, *zone: datetime.tzinfo | None) -> Any:
    del budget
    make: Any = datetime.datetime
    return make(state, *zone)


def _time(budget: Budget, state: Any, *zone: datetime.tzinfo | None) -> Any:
    del budget
    make: Any = datetime.time
    return make(state, *zone)


def _timedelta(budget: Budget, *parts: int) -> datetime.timedelta:
    del budget
    require(all(isinstance(part, int) for part in parts), "duration")
    return datetime.timedelta(*parts)


def _timezone(budget: Budget, offset: datetime.timedelta, *name: str) -> datetime.timezone:
    del budget
    return datetime.timezone(offset, *name)


def _zone(budget: Budget, key: str, *from_cache: object) -> datetime.tzinfo:
    del budget, from_cache
    require(isinstance(key, str), "time zone")
    return zoneinfo.ZoneInfo(key)  # refuses keys that lead out of the folders of zones


_UNPICKLE_ZONE = Recipe("_unpickle", _zone)


def _getattr(budget: Budget, owner: Any, name: str) -> Recipe:
    # The one attribute that data ask for by name: time zones are pickled that way.
    del budget
    require(
        isinstance(owner, Recipe) and owner.name == "ZoneInfo" and name == "_unpickle",
        f"reference: it asks for the attribute '{str(name)[:50]}'",
    )
    return _UNPICKLE_ZONE


def _pytz_zone(budget: Budget, key: str, *offsets: object) -> datetime.tzinfo:
    # Offset and abbreviation of one moment; the zone itself knows better.
    return _zone(budget, key, *offsets)


def _utc(budget: Budget) -> datetime.timezone:
    del budget
    return datetime.timezone.utc


_BUILTINS: dict[str, Make] = {
    "range": _range, "xrange": _range, "complex": _complex, "slice": _slice, "bytes": _bytes,
    "bytearray": _bytearray, "set": _set, "frozenset": _frozenset, "getattr": _getattr,
    "list": _factory, "dict": _factory, "int": _factory, "float": _factory, "str": _factory,
}  # fmt: skip
RECIPES: dict[str, dict[str, Make]] = {
    "builtins": _BUILTINS,
    "__builtin__": _BUILTINS,  # protocols before 3 use the names of Python 2
    "_codecs": {"encode": _bytes},
    "collections": {
        "OrderedDict": _ordered_dict, "defaultdict": _defaultdict, "Counter": _counter,
    },
    "datetime": {
        "date": _date, "datetime": _datetime, "time": _time,
        "timedelta": _timedelta, "timezone": _timezone,
    },
    "decimal": {"Decimal": _decimal},
    "zoneinfo": {"ZoneInfo": _zone},
    "pytz": {"_UTC": _utc, "_p": _pytz_zone},
}  # fmt: skip
"""How to make what a name stands for, by module and name."""
