"""Nothing but the allow-list reader opens a pickle; the hole of CVE-2023-23930 stays closed."""

import ast

import pytest
from tests.environments import ROOT

READER = ROOT / "vantage6" / "common" / "safe_pickle.py"
FILES = sorted(
    file
    for folder in ("vantage6", "examples")
    for file in (ROOT / folder).rglob("*.py")
    if file != READER
)
OPENERS = {
    "pickle": {"load", "loads", "Unpickler", "_Unpickler"},
    "pandas": {"read_pickle"},
    "pd": {"read_pickle"},
    "marshal": {"load", "loads"},
    "shelve": {"open"},
}
LIBRARIES = {"dill", "cloudpickle", "joblib", "jsonpickle", "_pickle", "marshal", "shelve"}


def opened(source: str) -> list[int]:
    """Lines in which a pickle is opened, or something that could."""
    return [node.lineno for node in ast.walk(ast.parse(source)) if _opens(node)]


def _opens(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr in OPENERS.get(node.value.id, ())
    if isinstance(node, ast.ImportFrom):
        imported = {alias.name for alias in node.names}
        return node.module in LIBRARIES or bool(OPENERS.get(node.module or "", set()) & imported)
    if isinstance(node, ast.Import):
        return bool({alias.name for alias in node.names} & LIBRARIES)
    return isinstance(node, ast.keyword) and node.arg == "allow_pickle"


def test_cve_2023_23930_no_pickle_is_opened_elsewhere() -> None:
    lines = {str(file.relative_to(ROOT)): opened(file.read_text("utf-8")) for file in FILES}

    assert {name: found for name, found in lines.items() if found} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle\npickle.loads(b'')",
        "from pickle import Unpickler",
        "import pandas as pd\npd.read_pickle('x')",
        "import dill",
        "from joblib import load",
        "import numpy\nnumpy.load('x', allow_pickle=True)",
    ],
)
def test_guard_above_sees(source: str) -> None:
    assert opened(source)
