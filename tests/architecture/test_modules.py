"""What no tool checks about modules: names, prints, commits, paths, public imports."""

import ast
import importlib
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "vantage6"
SOURCES = sorted(PACKAGE.rglob("*.py"))

PUBLIC = {
    "vantage6": ["__version__"],
    "vantage6.common": [
        *("info", "warning", "error", "debug"),
        *("bytes_to_base64s", "base64s_to_bytes"),
    ],
    "vantage6.client": ["Client", "UserClient"],
    "vantage6.client.encryption": ["DummyCryptor", "RSACryptor"],
    "vantage6.common.encryption": ["DummyCryptor", "RSACryptor", "SEPARATOR"],
    "vantage6.tools.docker_wrapper": [
        *("docker_wrapper", "sparql_wrapper", "parquet_wrapper", "multidb_wrapper"),
    ],
    "vantage6.tools.mock_client": ["ClientMockProtocol"],
    "vantage6.server": ["create_app"],
}
# A path on somebody's machine: a home folder, or a temporary one.
MACHINE_PATH = re.compile(r"(?<![\w.~:/])/(?:home|Users|root|work)/[\w.-]+")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def places_of(name: str, *, is_method: bool) -> list[str]:
    """Where in the package a function, or a method of anything, is called."""
    found = []
    for file in SOURCES:
        for node in ast.walk(tree_of(file)):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "attr" if is_method else "id", None)
            if called == name:
                found.append(f"{name_of(file)}:{node.lineno}")
    return found


@pytest.mark.parametrize(("module", "names"), PUBLIC.items())
def test_names_that_users_import_are_there(module: str, names: list[str]) -> None:
    loaded = importlib.import_module(module)

    assert [name for name in names if not hasattr(loaded, name)] == []


def test_only_the_session_commits_and_rolls_back() -> None:
    found = places_of("commit", is_method=True) + places_of("rollback", is_method=True)

    assert {place.partition(":")[0] for place in found} == {"vantage6/server/session.py"}


def test_only_the_command_line_prints() -> None:
    found = places_of("print", is_method=False)

    assert [place for place in found if not place.startswith("vantage6/cli/")] == []


def test_no_module_is_named_like_one_of_the_standard_library_at_the_top() -> None:
    names = {path.stem for path in PACKAGE.iterdir()} - {"__init__", "__pycache__"}

    assert names & sys.stdlib_module_names == set()


def test_modules_say_in_their_first_line_what_they_are() -> None:
    trees = {name_of(file): tree_of(file) for file in SOURCES}

    # An empty package needs no explanation.
    assert [n for n, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name_of(file)}:{number}"
        for file in SOURCES
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_package_is_missing_its_init() -> None:
    by_path = {PACKAGE / "server/migration/versions"}  # alembic loads these, nobody imports them
    folders = {file.parent for file in SOURCES} - by_path

    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def tracked_files() -> list[Path]:
    """Files under version control, or what would be if everything were added."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is not a git checkout")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_path_of_one_machine_is_in_any_file() -> None:
    found = []
    for file in tracked_files():
        if file == Path(__file__).resolve() or file.suffix in {".csv", ".png"}:
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            if MACHINE_PATH.search(line):
                found.append(f"{name_of(file)}:{number}: {line.strip()[:80]}")

    assert found == []


def test_no_unfinished_work_is_left_in_the_code() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d)")

    assert lines_with(mark) == []


def test_there_are_no_metaclasses_of_single_instances() -> None:
    found = [
        f"{name_of(file)}: {node.name}"
        for file in SOURCES
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ClassDef)
        if any(keyword.arg == "metaclass" for keyword in node.keywords)
    ]

    assert found == []


def test_ignored_findings_name_their_code() -> None:
    bare = re.compile(r"#\s*(noqa|type:\s*ignore)(?!\s*[:\[])")

    assert lines_with(bare) == []
