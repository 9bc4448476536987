"""What is loaded when: a command that only prints its help must not load half of the world."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = {
    entry.name: entry.value
    for entry in importlib.metadata.distribution("vantage6").entry_points
    if entry.group == "console_scripts"
}
HEAVY = {"pandas", "numpy", "flask", "sqlalchemy", "docker", "gevent", "alembic", "marshmallow"}
LIGHT_SIDES = ("vantage6.client", "vantage6.common")
SERVER_SIDE = {"flask", "sqlalchemy", "docker"}

PROGRAM = """
import importlib, sys
for module in sys.argv[1].split(","):
    importlib.import_module(module)
loaded = sorted(set(sys.argv[2].split(",")) & set(sys.modules))
print(",".join(loaded))
"""
HELP = """
import importlib, sys
module, function = sys.argv[1].split(":")
command = getattr(importlib.import_module(module), function)
heavy = set(sys.argv[2].split(","))
try:
    command(["--help"], prog_name="command")
except SystemExit as end:
    assert not end.code, end.code
print("LOADED", ",".join(sorted(heavy & set(sys.modules))))
"""


def run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_of_a_command_loads_nothing_heavy(script: str) -> None:
    printed = run(HELP, SCRIPTS[script], ",".join(HEAVY))

    assert "Usage: command" in printed
    assert printed.splitlines()[-1] == "LOADED "


@pytest.mark.parametrize("module", LIGHT_SIDES)
def test_client_side_never_loads_the_server_side(module: str) -> None:
    assert run(PROGRAM, module, ",".join(SERVER_SIDE)).strip() == ""


def test_tools_never_load_the_server_side() -> None:
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in (ROOT / "vantage6" / "tools").rglob("*.py")
        if file.stem != "__init__"
    ]

    assert run(PROGRAM, ",".join(modules), ",".join(SERVER_SIDE)).strip() == ""


def test_client_does_not_need_pandas() -> None:
    assert run(PROGRAM, "vantage6.client", "pandas,numpy").strip() == ""


def test_nothing_happens_when_the_composition_roots_are_imported(tmp_path: Path) -> None:
    program = (
        "import vantage6.node.app, vantage6.server.app, threading; print(threading.active_count())"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"
    assert list(tmp_path.iterdir()) == []
