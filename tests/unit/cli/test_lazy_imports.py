"""A command line answers `--help` at once: nothing heavy is imported for it."""

import subprocess
import sys

import pytest

HEAVY = ("pandas", "numpy", "flask", "sqlalchemy", "docker", "socketio", "requests")
HEAVY += ("questionary", "pydantic", "cryptography", "gevent", "yaml")
MODULES = (
    "vantage6.cli.vserver",
    "vantage6.cli.vserver.local",
    "vantage6.cli.vnode",
    "vantage6.cli.vnode.local",
    "vantage6.cli.vdev",
)
PROGRAM = """
import sys
from click.testing import CliRunner
from {module} import cli
assert CliRunner().invoke(cli, ["--help"]).exit_code == 0
print(*(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize("module", MODULES)
def test_help_imports_nothing_heavy(module):
    program = PROGRAM.format(module=module, heavy=HEAVY)

    imported = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert imported.split() == []


@pytest.mark.parametrize("component", ["node", "server"])
def test_help_of_new_imports_the_models_and_no_framework(component):
    frameworks = tuple(name for name in HEAVY if name not in {"pydantic", "yaml"})
    program = PROGRAM.format(module=f"vantage6.cli.v{component}", heavy=frameworks)

    imported = subprocess.check_output(
        [sys.executable, "-c", program.replace('["--help"]', '["new", "--help"]')], text=True
    )

    assert imported.split() == []
