"""Each extra names everything that its part imports.

The modules of a part are imported while every distribution that its extra does not bring in is
hidden; that is the same as an environment with only this extra, without having to make one.
"""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
ENTRY_POINTS = [
    "vantage6.cli.vserver",
    "vantage6.cli.vserver.local",
    "vantage6.cli.vnode",
    "vantage6.cli.vnode.local",
    "vantage6.cli.vdev",
    "vantage6.cli.v6",
]
PARTS = {
    "": ["common", "client"],
    "server": ["common", "server"],
    "node": ["common", "node"],
    "tools": ["common", "tools"],
}

PROGRAM = """
import importlib, importlib.abc, json, sys

hidden, modules = map(set, json.load(sys.stdin))

class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not part of this extra", name=name)
        return None

sys.meta_path.insert(0, Hide())
for module in sorted(modules):
    importlib.import_module(module)
"""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def brought_in_by(extra: str) -> set[str]:
    """Names of all distributions that installing the package with an extra installs."""
    found: set[str] = set()
    waiting = [("vantage6", frozenset({extra}))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        found.add(name)
        try:
            requirements = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # for another platform
        for requirement in map(Requirement, requirements):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in extras | {""}):
                waiting.append((normal(requirement.name), frozenset(requirement.extras)))
    return found


def hidden_from(extra: str) -> set[str]:
    """Top-level modules of the distributions that an extra does not bring in."""
    there = brought_in_by(extra)
    return {
        module
        for module, owners in packages_distributions().items()
        if not {normal(owner) for owner in owners} & there
    }


# Loaded only for a pickle that names numpy or pandas, with which nothing can be done without them.
ON_DEMAND = re.compile(r"vantage6\.common\.pickled\.(numpy|pandas)_\w+")


def modules_of(part: str) -> list[str]:
    names = []
    for file in sorted((ROOT / "vantage6" / part).rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        if "versions" not in parts and parts[-2:] != ("migration", "env"):
            names.append(".".join(parts).removesuffix(".__init__"))
    return [name for name in names if not ON_DEMAND.fullmatch(name)]


@pytest.mark.parametrize("extra", PARTS)
def test_part_imports_only_what_its_extra_names(extra: str) -> None:
    hidden = hidden_from(extra)
    modules = [*ENTRY_POINTS, *(name for part in PARTS[extra] for name in modules_of(part))]

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps([sorted(hidden), modules]),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-1000:]
    assert "pytest" in hidden
