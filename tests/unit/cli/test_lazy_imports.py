"""A command line answers `--help` at once: nothing heavy is imported for it."""

import importlib
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
    "vantage6.cli.v6",
)
PROGRAM = """
import sys
from click.testing import CliRunner
from {module} import cli
for name in {commands}:
    assert CliRunner().invoke(cli, [*name.split(), "--help"]).exit_code == 0
print(*(name for name in {heavy!r} if name in sys.modules))
"""


@pytest.mark.parametrize("module", MODULES)
def test_help_imports_nothing_heavy(module):
    commands = ["", *importlib.import_module(module).cli.commands]
    light = [name for name in commands if name != "new"]  # its flags are those of the models
    program = PROGRAM.format(module=module, heavy=HEAVY, commands=light)

    imported = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert imported.split() == []


@pytest.mark.parametrize("component", ["node", "server"])
def test_help_of_new_imports_the_models_and_no_framework(component):
    frameworks = tuple(name for name in HEAVY if name not in {"pydantic", "yaml"})
    module = f"vantage6.cli.v{component}"
    program = PROGRAM.format(module=module, heavy=frameworks, commands=["new"])

    imported = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert imported.split() == []
