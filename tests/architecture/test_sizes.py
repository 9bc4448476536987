"""Limits on files and functions. There is no list of exceptions, and there will be none."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("vantage6", "examples", "docs", "tests")
FILE_LINES, TEST_FILE_LINES = 400, 600
BODY_LINES, PARAMETERS = 60, 7
# Methods of the client have one parameter per field or filter of the server, as in 3.x.
SIGNATURES_OF_3X = ("vantage6/client/resource/", "vantage6/client/former.py")

FILES = [
    file
    for folder in FOLDERS
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "_build" not in file.parts
]
SOURCES = [file for file in FILES if file.relative_to(ROOT).parts[0] == "vantage6"]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def functions(file: Path) -> list[Function]:
    tree = ast.parse(file.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def body_lines(function: Function) -> int:
    """Lines of a function without its signature, decorators and docstring."""
    body = function.body
    if ast.get_docstring(function, clean=False) is not None:
        body = body[1:]
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: Function) -> list[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [argument.arg for argument in named if argument.arg not in {"self", "cls"}]


def test_files_are_short_enough() -> None:
    too_long = {}
    for file in FILES:
        limit = TEST_FILE_LINES if "tests" in file.parts else FILE_LINES
        lines = len(file.read_text("utf-8").splitlines())
        if lines > limit:
            too_long[name_of(file)] = lines

    assert too_long == {}


def test_functions_are_short_enough() -> None:
    too_long = {
        f"{name_of(file)}: {function.name}": body_lines(function)
        for file in FILES
        for function in functions(file)
        if body_lines(function) > BODY_LINES
    }

    assert too_long == {}


def test_functions_take_few_enough_parameters() -> None:
    too_many = {
        f"{name_of(file)}: {function.name}": parameters(function)
        for file in SOURCES
        if not name_of(file).startswith(SIGNATURES_OF_3X)
        for function in functions(file)
        if len(parameters(function)) > PARAMETERS
    }

    assert too_many == {}


def test_something_was_looked_at() -> None:
    assert len(SOURCES) > 50
