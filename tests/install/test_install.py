"""The package as users get it: built, installed with its extras, every module imported.

For each supported Python on this host there is one environment below ``.services``; the package
is built and installed into it anew each time.
"""

import shutil
import sys
from pathlib import Path

import pytest
from tests.environments import install, make_environment, run, uv

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(600),
    pytest.mark.repeats("3.11", "3.12"),
]

ROOT = Path(__file__).resolve().parents[2]
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
EXTRAS = "server,node,tools"
PARTS_OF_THE_WHEEL = ("vantage6", "pyproject.toml", "README.md", "LICENSE")

IMPORT_ALL = """
import importlib, pkgutil, vantage6
from vantage6 import __version__
names = [module.name for module in pkgutil.walk_packages(vantage6.__path__, "vantage6.")]
for name in names:
    if not name.startswith("vantage6.server.migration."):
        importlib.import_module(name)
print(len(names), __version__)
"""
MIGRATE = """
import pathlib, sys
from vantage6.server.session import Database
database = Database(f"sqlite:///{pathlib.Path(sys.argv[1], 'new.sqlite')}")
database.upgrade()
database.dispose()
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package, built from a copy: old files in ``build`` would get into it."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PARTS_OF_THE_WHEEL:
        path = ROOT / name
        if path.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, source / name, ignore=ignored)
        else:
            shutil.copy(path, source / name)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", target)
    run(*pip, source)
    return next(target.glob("*.whl"))


@pytest.fixture(params=VERSIONS)
def python(request: pytest.FixtureRequest, wheel: Path) -> str:
    """Interpreter of an environment in which the package is installed with all extras."""
    version = request.param
    try:
        interpreter = make_environment(f"install-{version}", version, [])
    except LookupError as error:
        pytest.skip(str(error))
    options = ("--upgrade", "--reinstall-package", "vantage6")
    install(interpreter, f"{wheel}[{EXTRAS}]", options=options)
    return interpreter


@pytest.fixture
def author_python(wheel: Path) -> str:
    """Interpreter of an environment as an author of algorithms has it: the tools, and pytest."""
    version = "{}.{}".format(*sys.version_info[:2])
    interpreter = make_environment("algorithms", version, ["pytest==9.2.0"])
    options = ("--upgrade", "--reinstall-package", "vantage6")
    install(interpreter, f"{wheel}[tools]", options=options)
    return interpreter


def test_everything_can_be_imported_where_it_is_installed(python: str, tmp_path: Path) -> None:
    printed = run(python, "-W", "error::SyntaxWarning", "-c", IMPORT_ALL, folder=tmp_path)
    uv("check", "--python", python)
    run(python, "-c", MIGRATE, tmp_path, folder=tmp_path)

    commands = Path(python).parent
    for command in ("vserver", "vserver-local", "vnode", "vnode-local", "vdev"):
        assert "Usage:" in run(commands / command, "--help", folder=tmp_path)
    assert int(printed.split()[0]) > 50


def test_example_that_is_installed_passes_its_tests(author_python: str, tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(ROOT / "examples" / "average", tmp_path / "source", ignore=ignored)
    shutil.copytree(ROOT / "examples" / "data", tmp_path / "data", ignore=ignored)
    shutil.move(tmp_path / "source" / "tests", tmp_path / "average" / "tests")
    options = ("--no-deps", "--reinstall-package", "v6-average-py")
    install(author_python, str(tmp_path / "source"), options=options)

    printed = run(author_python, "-m", "pytest", "-q", "tests", folder=tmp_path / "average")

    assert " passed" in printed


def test_new_algorithm_of_an_installed_vantage6_passes_its_tests(
    author_python: str, tmp_path: Path
) -> None:
    vdev = Path(author_python).with_name("vdev")
    run(vdev, "new-algorithm", "heart-age", folder=tmp_path)

    printed = run(author_python, "-m", "pytest", "-q", folder=tmp_path / "heart-age")

    assert " passed" in printed
