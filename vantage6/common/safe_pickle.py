"""Reads legacy pickles through an allow-list; everything that is not on it is refused.

A pickle is a program. This reader lets it build plain containers, numbers, text, dates, and what
numpy and pandas need to rebuild arrays, series and data frames, and nothing else: no function of
`os` or `importlib` can be named, so none can be called, and no class can be changed.

Notes
-----
A net, not a wall: numpy and pandas do not promise that their own rebuilding code withstands every
input. Who can choose should ask for JSON.
"""

import io
import pickle  # the allow-list below is what makes it safe
import zoneinfo
from types import FunctionType
from typing import Any

from vantage6.common.errors import PayloadError

_NUMPY = frozenset({"scalar", "_reconstruct", "_frombuffer"})
_SIZES = ("8", "16", "32", "64")
_INTEGER_TYPES = frozenset(f"{kind}{size}Dtype" for kind in ("Int", "UInt") for size in _SIZES)
_FLOAT_TYPES = frozenset({"Float32Dtype", "Float64Dtype"})
_INDEXES = frozenset(
    {
        "Index", "RangeIndex", "MultiIndex", "CategoricalIndex", "DatetimeIndex",
        "TimedeltaIndex", "IntervalIndex", "PeriodIndex",
    }
)  # fmt: skip
_ARRAYS = frozenset(
    {
        "BooleanArray", "DatetimeArray", "FloatingArray", "IntegerArray", "IntervalArray",
        "PeriodArray", "StringArray", "TimedeltaArray",
    }
)  # fmt: skip
_OFFSETS = frozenset(
    {
        "Day", "Hour", "Minute", "Second", "Milli", "Micro", "Nano", "Week", "BusinessDay",
        "MonthBegin", "MonthEnd", "QuarterBegin", "QuarterEnd", "YearBegin", "YearEnd",
    }
)  # fmt: skip
_BUILTINS = frozenset(
    {"slice", "complex", "bytearray", "set", "frozenset", "list", "dict", "int", "float"}
)
_ALLOWED: dict[str, frozenset[str]] = {
    "builtins": _BUILTINS | {"range"},
    # Protocols before 3 use the names of Python 2, which the unpickler translates by itself.
    "__builtin__": _BUILTINS | {"xrange"},
    "collections": frozenset({"OrderedDict", "defaultdict"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "_codecs": frozenset({"encode"}),  # numpy writes raw bytes through it in old protocols
    "zoneinfo": frozenset({"ZoneInfo"}),
    "numpy": frozenset({"dtype", "ndarray"}),
    "numpy.core.multiarray": _NUMPY,
    "numpy._core.multiarray": _NUMPY,
    "numpy.core.numeric": frozenset({"_frombuffer"}),
    "numpy._core.numeric": frozenset({"_frombuffer"}),
    # pandas 3 names the public places, earlier ones the modules below.
    "pandas": frozenset(
        {"DataFrame", "Series", "Categorical", "CategoricalDtype", "StringDtype", "NA"}
        | {"BooleanDtype", "DatetimeTZDtype", "Interval", "IntervalDtype", "PeriodDtype"}
        | _INDEXES
        | _INTEGER_TYPES
        | _FLOAT_TYPES
    ),
    "pandas.arrays": _ARRAYS,
    "pandas.core.frame": frozenset({"DataFrame"}),
    "pandas.core.series": frozenset({"Series"}),
    "pandas.core.internals.managers": frozenset({"BlockManager", "SingleBlockManager"}),
    "pandas.core.internals.blocks": frozenset({"new_block"}),
    "pandas._libs.internals": frozenset({"_unpickle_block"}),
    "pandas._libs.arrays": frozenset({"__pyx_unpickle_NDArrayBacked"}),
    "pandas._libs.missing": frozenset({"NAType"}),
    "pandas._libs.tslibs.nattype": frozenset({"_nat_unpickle"}),
    "pandas._libs.tslibs.offsets": _OFFSETS,
    "pandas._libs.tslibs.timedeltas": frozenset({"_timedelta_unpickle"}),
    "pandas._libs.tslibs.timestamps": frozenset({"_unpickle_timestamp"}),
    "pandas.core.indexes.base": frozenset({"Index", "_new_Index"}),
    "pandas.core.indexes.category": frozenset({"CategoricalIndex"}),
    "pandas.core.indexes.interval": frozenset({"IntervalIndex", "_new_IntervalIndex"}),
    "pandas.core.indexes.range": frozenset({"RangeIndex"}),
    "pandas.core.indexes.multi": frozenset({"MultiIndex"}),
    "pandas.core.indexes.datetimes": frozenset({"DatetimeIndex", "_new_DatetimeIndex"}),
    "pandas.core.arrays.boolean": frozenset({"BooleanArray", "BooleanDtype"}),
    "pandas.core.arrays.categorical": frozenset({"Categorical"}),
    "pandas.core.arrays.datetimes": frozenset({"DatetimeArray"}),
    "pandas.core.arrays.floating": frozenset({"FloatingArray"}) | _FLOAT_TYPES,
    "pandas.core.arrays.integer": frozenset({"IntegerArray"}) | _INTEGER_TYPES,
    "pandas.core.arrays.string_": frozenset({"StringArray", "StringDtype"}),
    "pandas.core.arrays.timedeltas": frozenset({"TimedeltaArray"}),
    "pandas.core.dtypes.dtypes": frozenset({"CategoricalDtype"}),
}
_GETATTR = {("builtins", "getattr"), ("__builtin__", "getattr")}
_RENAMED = {
    # Classes that later pandas merged into Index.
    ("pandas.core.indexes.numeric", "Int64Index"): ("pandas", "Index"),
    ("pandas.core.indexes.numeric", "Float64Index"): ("pandas", "Index"),
    ("pandas.core.indexes.numeric", "UInt64Index"): ("pandas", "Index"),
}


def _load_build(unpickler: Any) -> None:
    # BUILD sets attributes. On an object of an allowed class that is harmless; on the class itself
    # it would change pandas or numpy for the rest of this process.
    if isinstance(unpickler.stack[-2], type | FunctionType):
        raise PayloadError("the pickle tries to change a class or a function")
    pickle._Unpickler.dispatch[pickle.BUILD[0]](unpickler)


def _zone_reader(owner: Any, name: str) -> Any:
    """The one attribute that data ask for by name: time zones are pickled that way."""
    if owner is not zoneinfo.ZoneInfo or name != "_unpickle":
        raise PayloadError(f"the pickle asks for the attribute '{name}'")
    return zoneinfo.ZoneInfo._unpickle  # type: ignore[attr-defined]  # not in its stub


# The unpickler in Python is about ten times slower than the one in C, but the only one whose
# instructions can be replaced.
class _AllowListUnpickler(pickle._Unpickler):
    dispatch = {**pickle._Unpickler.dispatch, pickle.BUILD[0]: _load_build}

    def find_class(self, module: str, name: str) -> Any:
        """Only what is on the list."""
        module, name = _RENAMED.get((module, name), (module, name))
        if (module, name) in _GETATTR:
            return _zone_reader
        if name not in _ALLOWED.get(module, frozenset()):
            raise PayloadError(
                f"the pickle asks for {module}.{name}, which is not a harmless type; "
                "ask for the result as JSON instead ('output_format': 'json')"
            )
        return super().find_class(module, name)

    def persistent_load(self, pid: Any) -> Any:
        """No payload has any."""
        del pid
        raise PayloadError("the pickle refers to objects outside itself")


def read(data: bytes) -> Any:
    """Object of a legacy pickle that names only harmless types.

    Raises
    ------
    PayloadError
        When the pickle asks for anything that is not on the list.
    """
    return _AllowListUnpickler(io.BytesIO(data)).load()
