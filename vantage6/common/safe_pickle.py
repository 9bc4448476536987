"""Reads legacy pickles through an allow-list; everything that is not on it is refused.

A pickle is a program that calls what it names. Here it can name only what
`vantage6.common.pickled` knows how to rebuild: plain containers, numbers, text, dates, and arrays,
series and tables of numpy and pandas from 1.x to today's versions. A name never gives the class or
function itself but an inert `Recipe`, which checks its arguments; nothing can be changed after it
was made; and what a pickle may cost in memory and time is bounded by its length.

An author who needs more names it, for one reader and nobody else::

    read = safe_pickle.Reader(extra={"sklearn.linear_model._base": {"LinearRegression"}})

or for a whole image, in its Dockerfile (see `vantage6.tools.data_format`)::

    ENV PICKLE_TYPES=sklearn.linear_model._base.LinearRegression

Whoever may send pickles can then call these classes with any argument and set any attribute of
their objects. Classes that run what they are given, such as `joblib` or anything with a callable
attribute, must not be named.

Notes
-----
The instructions of a pickle are in CPython's ``pickletools``; protocols 0 to 5 are read.
"""

import importlib
import io
import pickle  # the allow-list below is what makes it safe
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, ClassVar

from vantage6.common.errors import PayloadError
from vantage6.common.pickled import python_values
from vantage6.common.pickled.recipe import Budget, Draft, Make, Recipe, refuse

_PACKAGES = {
    "numpy": "vantage6.common.pickled.numpy_values",
    "pandas": "vantage6.common.pickled.pandas_values",
}
"""Where the recipes of a package are; imported only for a pickle that names it."""


class Reader:
    """Opens legacy pickles.

    Parameters
    ----------
    extra
        Classes and functions that may be named besides, by module; see above for what that means.
    """

    def __init__(self, extra: Mapping[str, Collection[str]] | None = None) -> None:
        self._extra = {module: frozenset(names) for module, names in (extra or {}).items()}

    def __call__(self, data: bytes) -> Any:
        """Object of a pickle.

        Raises
        ------
        PayloadError
            When the pickle asks for anything that is not on the list, is broken, or would cost
            far more than its length.
        """
        try:
            value = _Unpickler(data, self._extra).load()
        except PayloadError:
            raise
        except ModuleNotFoundError as error:
            raise PayloadError(
                f"reading these data needs the package '{error.name}', which is not installed; "
                "numpy and pandas come with pip install 'vantage6[tools]'"
            ) from error
        except Exception as error:  # a broken pickle raises almost anything
            raise PayloadError(
                "the payload cannot be read as a pickle", debug=repr(error)
            ) from error
        if isinstance(value, Draft | Recipe):
            refuse("it holds no data")
        return value


class _Memo(dict[int, Any]):
    """What a pickle refers to again; a draft stands for what became of it."""

    def __getitem__(self, key: int) -> Any:
        value = super().__getitem__(key)
        return value.value if isinstance(value, Draft) and value.is_finished else value


# The unpickler in Python is about ten times slower than the one in C, but the only one whose
# instructions can be replaced.
class _Unpickler(pickle._Unpickler):
    stack: list[Any]
    append: Callable[[Any], None]
    pop_mark: Callable[[], list[Any]]
    read: Callable[[int], bytes]

    def __init__(self, data: bytes, extra: Mapping[str, frozenset[str]]) -> None:
        super().__init__(io.BytesIO(data))
        self._size = len(data)
        self._budget = Budget(len(data))
        self._extra = extra
        self._extra_types: list[type] = []
        self._stateless: tuple[type, ...] = ()
        self.memo: Any = _Memo()

    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name; never the class or function itself."""
        if name in self._extra.get(module, ()):
            return self._extra_recipe(module, name)
        package = module.partition(".")[0]
        if package not in _PACKAGES:
            make = python_values.RECIPES.get(module, {}).get(name)
            return _unknown(module, name) if make is None else Recipe(name, make)
        values = importlib.import_module(_PACKAGES[package])
        self._stateless = getattr(values, "STATELESS", self._stateless)
        if name in getattr(values, "CONSTANTS", {}):
            return values.CONSTANTS[name]
        recipes: dict[str, Make] = values.RECIPES
        return Recipe(name, recipes[name]) if name in recipes else _unknown(module, name)

    def _extra_recipe(self, module: str, name: str) -> Recipe:
        found = getattr(importlib.import_module(module), name)
        make = _without_budget(found)
        if not isinstance(found, type):
            return Recipe(name, make)
        self._extra_types.append(found)
        return Recipe(name, make, _without_budget(partial(found.__new__, found)))

    def persistent_load(self, pid: Any) -> Any:
        """No payload has any."""
        del pid
        refuse("it refers to objects outside itself")

    def _reduce(self) -> None:
        recipe, arguments = self._called()
        self.append(recipe.make(self._budget, *arguments))

    def _new(self) -> None:
        recipe, arguments = self._called()
        self.append((recipe.new or recipe.make)(self._budget, *arguments))

    def _called(self) -> tuple[Recipe, tuple[Any, ...]]:
        arguments, recipe = self.stack.pop(), self.stack.pop()
        if not isinstance(recipe, Recipe) or not isinstance(arguments, tuple):
            refuse("it calls what is not a type")
        return recipe, arguments

    def _build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Draft):
            self.stack[-1] = target.finish(state)
        elif type(target) in self._extra_types:
            _set_state(target, state)
        elif not isinstance(target, self._stateless):
            refuse("it changes an object after it was made")

    def _append(self) -> None:
        value = self.stack.pop()
        self._list().append(value)

    def _appends(self) -> None:
        values = self.pop_mark()
        self._list().extend(values)

    def _list(self) -> list[Any]:
        target = self.stack[-1]
        if type(target) is not list:
            refuse("it appends to what is not a list")
        return target

    def _setitem(self) -> None:
        value = self.stack.pop()
        key = self.stack.pop()
        self._set_items([key, value])

    def _setitems(self) -> None:
        self._set_items(self.pop_mark())

    def _set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict):
            refuse("it adds to what is not a dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            self._budget.spend_hash(key)
            target[key] = value

    def _dict(self) -> None:
        items = self.pop_mark()
        self.append({})
        self._set_items(items)

    def _additems(self) -> None:
        entries = self.pop_mark()
        if type(self.stack[-1]) is not set:
            refuse("it adds to what is not a set")
        for entry in entries:
            self._budget.spend_hash(entry)
        self.stack[-1].update(entries)

    def _frozenset(self) -> None:
        entries = self.pop_mark()
        for entry in entries:
            self._budget.spend_hash(entry)
        self.append(frozenset(entries))

    def _bytearray(self) -> None:
        size = int.from_bytes(self.read(8), "little")
        if size > self._size:  # the original makes room before it reads
            refuse("it is shorter than it says")
        self.append(bytearray(self.read(size)))

    def _refused(self) -> None:
        refuse("it uses an instruction that no data need")

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = {
        **pickle._Unpickler.dispatch,
        pickle.REDUCE[0]: _reduce,
        pickle.NEWOBJ[0]: _new,
        pickle.BUILD[0]: _build,
        pickle.APPEND[0]: _append,
        pickle.APPENDS[0]: _appends,
        pickle.SETITEM[0]: _setitem,
        pickle.SETITEMS[0]: _setitems,
        pickle.DICT[0]: _dict,
        pickle.ADDITEMS[0]: _additems,
        pickle.FROZENSET[0]: _frozenset,
        pickle.BYTEARRAY8[0]: _bytearray,
        **dict.fromkeys(
            (
                code[0]
                for code in (
                    pickle.NEWOBJ_EX, pickle.INST, pickle.OBJ, pickle.EXT1, pickle.EXT2,
                    pickle.EXT4, pickle.NEXT_BUFFER, pickle.READONLY_BUFFER,
                )
            ),
            _refused,
        ),
    }  # fmt: skip


def _without_budget(function: Make) -> Make:
    return lambda _budget, *arguments: function(*arguments)


def _unknown(module: str, name: str) -> Any:
    # The text is the sender's; it may end up in a terminal.
    culprit = f"{module}.{name}"[:100]
    shown = culprit if culprit.replace(".", "_").isidentifier() else "something without a name"
    raise PayloadError(
        f"the pickle asks for {shown}, which is not a harmless type; "
        "ask for the result as JSON instead ('output_format': 'json')"
    )


def _set_state(target: Any, state: Any) -> None:
    set_state: Callable[[Any], None] | None = getattr(target, "__setstate__", None)
    if set_state is not None:
        set_state(state)
    elif isinstance(state, dict):
        target.__dict__.update(state)
    else:
        refuse("it holds a state that its type does not take")


read = Reader()
"""Opens pickles that name nothing beyond the list."""
