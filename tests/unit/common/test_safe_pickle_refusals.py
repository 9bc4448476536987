"""What the allow-list reader refuses: real exploits, forged instructions, forged data, bombs."""

import base64
import builtins
import codecs
import functools
import importlib
import io
import operator
import os
import pickle
import random
import subprocess
import time
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.f2py.crackfortran
import pandas as pd
import pytest
from tests.compat.pickles.values import values
from vantage6.common import safe_pickle
from vantage6.common.errors import PayloadError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Call:
    """Pickles as a call of `function`; the result may be called in turn."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return self.call

    def __call__(self) -> None:
        """So that the pickler takes it for a function."""


def refused(data: bytes) -> str:
    """The message with which a pickle is refused."""
    with pytest.raises(PayloadError) as caught:
        safe_pickle.read(data)
    return caught.value.message


# --- exploits ---------------------------------------------------------------------------------


def exploits(marker: Path) -> dict[str, Any]:
    """Payloads that each create `marker` when a plain unpickler opens them."""
    name, touch = str(marker), f"touch {marker}"
    python = f"__import__('os').mkdir({name!r})"
    inner = pickle.dumps(Call(os.mkdir, name))
    file = io.BytesIO()
    np.save(file, np.array([Call(os.mkdir, name)], dtype=object), allow_pickle=True)
    frame = pd.DataFrame({"a": [1]})
    return {
        "os.system": Call(os.system, touch),
        "subprocess.Popen": Call(Call(getattr, Call(subprocess.Popen, ["touch", name]), "wait")),
        "subprocess.getoutput": Call(subprocess.getoutput, touch),
        "eval": Call(builtins.eval, python),
        "exec": Call(builtins.exec, python),
        "getattr": Call(Call(getattr, Path, "touch"), marker),
        "importlib": Call(Call(getattr, Call(importlib.import_module, "os"), "mkdir"), name),
        "attrgetter": Call(Call(operator.attrgetter("touch"), marker)),
        "methodcaller": Call(operator.methodcaller("touch"), marker),
        "partial": Call(functools.partial(os.mkdir, name)),
        "map": Call(list, map(os.mkdir, [name])),
        "pickle in a pickle": Call(pickle.loads, inner),
        "pickle in base64": Call(pickle.loads, Call(base64.b64decode, base64.b64encode(inner))),
        "pickle in zip": Call(pickle.loads, Call(zlib.decompress, zlib.compress(inner))),
        "pickle in a codec": Call(pickle.loads, Call(codecs.decode, zlib.compress(inner), "zlib")),
        "numpy.load": Call(np.load, Call(io.BytesIO, file.getvalue()), None, True),
        "numpy.save": Call(np.save, name, np.ones(1)),
        "numpy.f2py eval": Call(numpy.f2py.crackfortran.myeval, f"{python} or 1"),
        "numpy testing": Call(np.testing._private.utils.runstring, python, {}),
        "pandas.read_pickle": Call(pd.read_pickle, Call(io.BytesIO, inner)),
        "pandas.eval": Call(pd.eval, "m(p)", "pandas", "python", {"m": os.mkdir, "p": name}),
        "DataFrame.to_csv": Call(pd.DataFrame.to_csv, frame, name),
        "pandas pipe": Call(pd.core.common.pipe, name, os.mkdir),
        "DataFrame.apply": Call(pd.Series.map, pd.Series([name]), os.mkdir),
        "hidden in data": {"mean": 1.5, "rows": [1, [Call(os.system, touch)]]},
        "as a key": {("a", Call(os.system, touch)): 1},
        "in an object array": np.array([Call(os.system, touch)], dtype=object),
        "in a data frame": pd.DataFrame({"a": [Call(os.system, touch)]}, dtype=object),
        "path": Call(Path.touch, marker),
    }


@pytest.mark.parametrize("name", list(exploits(Path())))
def test_cve_2023_23930_exploit_is_refused_before_anything_runs(name: str, tmp_path: Path) -> None:
    payload = exploits(tmp_path / "owned")[name]

    for protocol in PROTOCOLS:
        assert "the pickle " in refused(pickle.dumps(payload, protocol))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", list(exploits(Path())))
def test_exploit_above_is_real(name: str, tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(exploits(tmp_path / "owned")[name]))  # noqa: S301  # our own

    assert list(tmp_path.glob("owned*"))


def test_refusal_names_the_culprit_and_the_way_out() -> None:
    message = refused(pickle.dumps(Call(os.system, "true")))

    assert message.startswith("the pickle asks for posix.system")
    assert "'output_format': 'json'" in message


def test_refusal_does_not_show_text_that_would_command_a_terminal() -> None:
    assert "\x1b" not in refused(b"\x80\x04" + named("os", "\x1b[2J") + b".")


# --- forged instructions ----------------------------------------------------------------------


def text(value: str) -> bytes:
    """Opcode that pushes a short text."""
    encoded = value.encode()
    return b"\x8c" + bytes([len(encoded)]) + encoded


def named(module: str, name: str) -> bytes:
    """Opcodes that push a global, by a name that may hold dots (protocol 4)."""
    return text(module) + text(name) + b"\x93"


def call(function: bytes, *arguments: bytes) -> bytes:
    """Opcodes that call a global."""
    return function + b"(" + b"".join(arguments) + b"tR"


GADGETS = [
    ("pandas", "DataFrame.to_csv"),
    ("pandas", "DataFrame.eval"),
    ("pandas", "DataFrame.query"),
    ("pandas", "io.common.os.system"),
    ("pandas", "eval"),
    ("pandas.core.computation.eval", "eval"),
    ("pandas.io.common", "get_handle"),
    ("pandas", "read_pickle"),
    ("numpy", "ndarray.tofile"),
    ("numpy", "load"),
    ("numpy", "memmap"),
    ("numpy", "fromfile"),
    ("numpy", "fromfunction"),
    ("numpy.ctypeslib", "load_library"),
    ("numpy.testing", "rundocs"),
    ("numpy.distutils.exec_command", "exec_command"),
    ("numpy.core.multiarray", "_frombuffer.__globals__"),
    ("builtins", "__import__"),
    ("builtins", "open"),
    ("builtins", "compile"),
    ("builtins", "type"),
    ("builtins", "object"),
    ("builtins", "setattr"),
    ("builtins", "vars"),
    ("builtins", "globals"),
    ("builtins", "map"),
    ("builtins", "super"),
    ("_codecs", "decode"),
    ("codecs", "open"),
    ("copyreg", "_reconstructor"),
    ("copyreg", "add_extension"),
    ("functools", "reduce"),
    ("operator", "itemgetter"),
    ("types", "FunctionType"),
    ("types", "CodeType"),
    ("weakref", "finalize"),
    ("ctypes", "CDLL"),
    ("pyarrow.lib", "_restore_array"),
    ("vantage6.common.safe_pickle", "Reader"),
    ("", "read"),
]


@pytest.mark.parametrize(("module", "name"), GADGETS)
def test_name_of_a_gadget_is_refused(module: str, name: str) -> None:
    assert "is not a harmless type" in refused(b"\x80\x04" + named(module, name) + b".")


INDEX, ZONE, GETATTR = (
    named("pandas", "Index"),
    named("zoneinfo", "ZoneInfo"),
    named("builtins", "getattr"),
)
FORGED = {
    "getattr of anything": call(GETATTR, named("pandas", "DataFrame"), text("to_csv")),
    "getattr of the class of zones": call(GETATTR, ZONE, text("__subclasses__")),
    "getattr of data": call(GETATTR, text("x"), text("__class__")),
    "inst": b"(S'touch x'\nios\nsystem\n",
    "inst of an allowed name": b"(ipandas\nDataFrame\n",
    "obj": b"(" + INDEX + b"o",
    "extension registry": b"\x82\x01",
    "extension registry, two bytes": b"\x83\x01\x00",
    "extension registry, four bytes": b"\x84\x01\x00\x00\x00",
    "persistent id": b"Pid\n",
    "binary persistent id": text("id") + b"Q",
    "arguments by name": INDEX + b")}\x92",
    "buffer outside": b"\x97",
    "attribute of a class": INDEX + b"N}" + text("evil") + b"K\x01s\x86b",
    "state of a class": INDEX + b"}" + text("__setstate__") + b"K\x01sb",
    "state of a list": b"]}" + text("append") + b"K\x01sb",
    "state of a dictionary": b"}}" + text("get") + b"K\x01sb",
    "call of data": text("x") + b")R",
    "call of a list": b"])R",
    "entries of an array": call(named("builtins", "bytearray")) + b"(K\x01e",
    "item of a moment": call(named("datetime", "timezone"), b"K\x01") + b"K\x01K\x02s",
    "only a name": INDEX,
    "a table without content": call(named("pandas", "DataFrame")),
    "nothing": b"",
}


@pytest.mark.parametrize("name", list(FORGED))
def test_forged_instructions_are_refused(name: str) -> None:
    refused(b"\x80\x04" + FORGED[name] + b".")

    assert not hasattr(pd.Index, "evil")


# --- forged data ------------------------------------------------------------------------------


class Rebuilt:
    """Pickles as what `cls` becomes with a state."""

    def __init__(self, cls: Any, arguments: tuple[Any, ...], state: Any) -> None:
        self.parts = cls, arguments, state

    def __reduce__(self) -> tuple[Any, ...]:
        return self.parts


RECONSTRUCT = np.ones(1).__reduce__()[0]
NEW_INDEX = pd.Index([1]).__reduce__()[0]
BLOCK = pd.DataFrame({"a": [1]})._mgr.blocks[0].__reduce__()[0]
MANAGER = type(pd.DataFrame({"a": [1]})._mgr)
BACKED = pd.Categorical(["a"]).__reduce__()[0]


def array(shape: Any, dtype: Any, content: Any) -> Rebuilt:
    """An array with a state of one's own."""
    return Rebuilt(RECONSTRUCT, (np.ndarray, (0,), b"b"), (1, shape, dtype, False, content))


def dtype(name: str, *state: Any) -> Rebuilt:
    """A data type with a state of one's own."""
    return Rebuilt(np.dtype, (name, False, True), state)


def frame(*blocks: Any, columns: int = 1, rows: int = 1) -> Rebuilt:
    """A table with blocks of one's own."""
    made = [Call(BLOCK, values, places, 2) for values, places in blocks]
    manager = Call(MANAGER, tuple(made), [pd.RangeIndex(columns), pd.RangeIndex(rows)])
    return Rebuilt(pd.DataFrame, (), {"_mgr": manager})


F8, CODES = np.dtype("f8"), np.array([5], dtype="i1")
INSIDE = {"a": (np.dtype("O"), 0)}
FORGED_DATA: dict[str, Any] = {
    "array larger than its bytes": array((100,), F8, b"12345678"),
    "array of negative length": array((-1,), F8, b""),
    "array of too many axes": array((1,) * 64, F8, b"12345678"),
    "array of a length that is no number": array(("x",), F8, b""),
    "addresses as objects": array((1,), np.dtype("O"), b"12345678"),
    "addresses as a field": array(
        (1,), dtype("V8", 3, "|", None, ("a",), INSIDE, 8, 1, 0), b"12345678"
    ),
    "field beyond the size": array(
        (1,), dtype("V8", 3, "|", None, ("a",), {"a": (F8, 800)}, 8, 1, 16), b"12345678"
    ),
    "array of a foreign type": Rebuilt(
        RECONSTRUCT, (list, (0,), b"b"), (1, (1,), F8, False, b"12345678")
    ),
    "data type of an evil text": dtype("O8,O8", 3, "|", None, None, None, -1, -1, 63),
    "text beyond Unicode": array((1,), np.dtype("U1"), b"\xff\xff\xff\xff"),
    "codes beyond the categories": Rebuilt(
        BACKED, (pd.Categorical, 0, None), (pd.CategoricalDtype(["a"]), CODES, {})
    ),
    "codes beyond the levels": Call(
        NEW_INDEX, pd.MultiIndex, {"levels": [pd.Index([1])], "codes": [CODES], "names": [None]}
    ),
    "block beyond the columns": frame((np.ones((1, 1)), slice(1000, 1001, 1))),
    "block at a place below zero": frame((np.ones((1, 1)), np.array([-5]))),
    "two blocks at one place": frame(
        (np.ones((1, 1)), slice(0, 1)), (np.ones((1, 1)), slice(0, 1))
    ),
    "block of other length": frame((np.ones((1, 5)), slice(0, 1, 1))),
    "columns are missing": frame((np.ones((1, 1)), slice(0, 1, 1)), columns=2),
    "index of a foreign type": Call(NEW_INDEX, list, {"data": np.ones(1)}),
    "mask of other length": Rebuilt(
        pd.arrays.IntegerArray, (np.ones(1, int), np.zeros(1, bool)), {"_data": CODES, "_mask": F8}
    ),
    "moment outside of time": Call(pd.Timestamp(0).__reduce__()[0], 2**80, None, None, 10),
    "zone outside of its folder": Call(pd.DatetimeTZDtype, "ns", "../../etc/passwd"),
    "encoding that is no encoding": Call(codecs.encode, "x", "rot13"),
}


@pytest.mark.parametrize("name", list(FORGED_DATA))
def test_forged_data_is_refused(name: str) -> None:
    refused(pickle.dumps(FORGED_DATA[name], 4))


def test_the_same_parts_without_forgery_are_read() -> None:
    parts = [array((1,), F8, bytes(8)), frame((np.ones((1, 1)), slice(0, 1, 1)))]

    read = safe_pickle.read(pickle.dumps(parts, 4))

    assert read[0].tolist() == [0.0]
    pd.testing.assert_frame_equal(read[1], pd.DataFrame({0: [1.0]}))


@pytest.mark.parametrize("value", [np.ones(2), np.dtype("f8"), pd.Series([1]), pd.Index([1])])
def test_nothing_changes_after_it_was_made(value: Any) -> None:
    written = pickle.dumps(value, 4)
    again = written[:-1] + b"\x94}" + text("a") + b"K\x01sb."

    assert "it changes an object after it was made" in refused(again)


def test_truth_values_are_true_or_false() -> None:
    read = safe_pickle.read(pickle.dumps(array((2,), np.dtype("bool"), b"\x07\x00")))

    assert read.tobytes() == b"\x01\x00"


# --- bombs ------------------------------------------------------------------------------------


def program(function: bytes, *arguments: bytes) -> bytes:
    """A pickle that calls one global."""
    return b"\x80\x04" + call(function, *arguments) + b"."


def colliding_keys() -> bytes:
    return pickle.dumps({i * (2**61 - 1): 1 for i in range(1, 2000)}, 4)


def wide_table() -> bytes:
    """One array of 8 MB, named as a thousand columns."""
    row = np.zeros((1, 2**20))
    blocks = [(row, np.array([i])) for i in range(1000)]
    return pickle.dumps(frame(*blocks, columns=1000, rows=2**20), 4)


TERABYTE = (10**12).to_bytes(8, "little")
NUMBER = b"\x8a\x08" + TERABYTE
RANGE = call(named("builtins", "range"), NUMBER)
PAIRS = b"K\x01\x85" + b"2\x86" * 60  # each is a pair of the one before, twice
BOMBS: dict[str, Callable[[], bytes]] = {
    "nested tuples as a key": lambda: b"\x80\x04}(" + PAIRS + b"K\x01u.",
    "nested tuples in a set": lambda: b"\x80\x04\x8f(" + PAIRS + b"\x90.",
    "keys that collide": colliding_keys,
    "one array as a thousand columns": wide_table,
    "bytearray of a terabyte": lambda: program(named("builtins", "bytearray"), NUMBER),
    "bytearray that says a terabyte": lambda: b"\x80\x05\x96" + TERABYTE + b"x.",
    "bytes that say a terabyte": lambda: b"\x80\x04\x8e" + TERABYTE + b"x.",
    "frame that says a terabyte": lambda: b"\x80\x04\x95" + TERABYTE + b"x.",
    "set of a range": lambda: program(named("builtins", "set"), RANGE),
    "list of a range": lambda: program(named("builtins", "list"), RANGE),
    "texts without length": lambda: pickle.dumps(array((2**45,), np.dtype("S0"), b""), 4),
    "number as text": lambda: b"I" + b"9" * 10**6 + b"\n.",
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_bomb_costs_little(name: str) -> None:
    data = BOMBS[name]()
    safe_pickle.read(pickle.dumps(pd.Series([1])))  # what is imported once is not counted
    tracemalloc.start()
    started = time.monotonic()

    refused(data)

    elapsed_s, (_, peak) = time.monotonic() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed_s < 20
    assert peak < 100 * 2**20 + 12 * len(data)


def test_deep_nesting_is_read_without_a_crash() -> None:
    value = safe_pickle.read(b"\x80\x04" + b"]" * 100_000 + b"a" * 99_999 + b".")

    assert isinstance(value, list)


def test_large_honest_data_are_within_the_budget() -> None:
    table = pd.DataFrame(np.zeros((200_000, 20)))

    assert safe_pickle.read(pickle.dumps(table, 4)).shape == table.shape


# --- damage -----------------------------------------------------------------------------------


def damaged(data: bytes, choose: random.Random) -> bytes:
    """A pickle with a few bytes changed, lost, repeated or made very large."""
    made = bytearray(data)
    for _ in range(choose.randint(1, 4)):
        place, source = choose.randrange(len(made)), choose.randrange(len(made))
        part = made[source : source + choose.randint(1, 40)]
        changes: list[tuple[int, bytes]] = [
            (1, bytes([choose.randrange(256)])), (choose.randint(1, 8), b""), (0, bytes(part)),
            (8, b"\xff" * 8), (8, b"\x7f" * 8),
        ]  # fmt: skip
        length, new = choose.choice(changes)
        made[place : place + length] = new or b"."
    return bytes(made)


@pytest.mark.filterwarnings("ignore")  # of numpy and pandas about what they are given
@pytest.mark.parametrize("seed", range(4))
def test_damaged_pickle_is_read_or_refused(seed: int) -> None:
    choose = random.Random(seed)  # noqa: S311  # the same damage in each test run
    seeds = [pickle.dumps(value, choose.randint(2, 5)) for value in values().values()]
    read = 0

    for _ in range(500):
        try:
            safe_pickle.read(damaged(choose.choice(seeds), choose))
            read += 1
        except PayloadError:
            continue

    assert 0 < read < 250


# --- further types ----------------------------------------------------------------------------


def test_author_can_name_further_types_for_one_reader() -> None:
    data = pickle.dumps({"model": Example(2)})
    reader = safe_pickle.Reader(extra={Example.__module__: {"Example"}})

    assert reader(data)["model"].coefficient == 2
    assert "is not a harmless type" in refused(data)


def test_further_type_does_not_open_the_rest_of_its_module() -> None:
    reader = safe_pickle.Reader(extra={"os": {"getpid"}})

    with pytest.raises(PayloadError, match="not a harmless type"):
        reader(b"\x80\x04" + named("os", "system") + b".")


class Example:
    """A model of an author."""

    def __init__(self, coefficient: float) -> None:
        self.coefficient = coefficient
