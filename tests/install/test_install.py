"""The package as users get it: built, installed with its extras, every module imported.

For each supported Python on this host there is one environment below ``.services/venvs``, made
once for the dependencies in pyproject.toml; the package itself is built and installed anew each
time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

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


def interpreters() -> dict[str, str]:
    """Interpreters on this host by version: on the PATH, or where pyenv and uv put them."""
    found = {}
    for version in VERSIONS:
        candidates = [shutil.which(f"python{version}")]
        for pattern in (
            f".pyenv/versions/{version}*",
            f".local/share/uv/python/cpython-{version}*",
        ):
            folders = sorted(Path.home().glob(pattern))
            candidates += [str(folder / "bin" / f"python{version}") for folder in folders]
        if sys.version_info[:2] == tuple(map(int, version.split("."))):
            candidates.append(sys.executable)
        works = next((path for path in candidates if path and _is_python(path, version)), None)
        if works:
            found[version] = works
    return found


def _is_python(path: str, version: str) -> bool:
    # A pyenv shim is on the PATH even when its version is not chosen.
    program = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() == version


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Output of a command that must succeed, without the settings of this test run."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "PYTHON", "COV_", "COVERAGE_"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
    )
    assert done.returncode == 0, (done.stderr or done.stdout)[-2000:]
    return done.stdout


def wanted() -> str:
    """Changes when what is to be installed changes; the settings of tools do not count."""
    project, tools, _ = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.")
    assert tools
    return hashlib.sha256(project.encode()).hexdigest()[:12]


def pip_of(interpreter: str | Path) -> tuple[str, ...]:
    """Our own pip working on another environment: making one without pip is much faster."""
    options = ("--quiet", "--disable-pip-version-check")
    return (sys.executable, "-m", "pip", "--python", str(interpreter), *options)


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
    source = interpreters().get(version)
    if source is None:
        pytest.skip(f"this host has no Python {version}")
    folder = ROOT / ".services" / "venvs" / f"{version}-{wanted()}"
    interpreter = folder / "bin" / "python"
    pip = pip_of(interpreter)
    if not (folder / "ready").exists():
        for old in folder.parent.glob(f"{version}-*"):
            shutil.rmtree(old)
        run(source, "-m", "venv", "--without-pip", folder)
        run(*pip, "install", "--no-compile", f"{wheel}[{EXTRAS}]")
        (folder / "ready").touch()
    run(*pip, "install", "--no-compile", "--no-deps", "--force-reinstall", wheel)
    return str(interpreter)


def test_everything_can_be_imported_where_it_is_installed(python: str, tmp_path: Path) -> None:
    printed = run(python, "-W", "error::SyntaxWarning", "-c", IMPORT_ALL, folder=tmp_path)
    run(*pip_of(python), "check", folder=tmp_path)
    run(python, "-c", MIGRATE, tmp_path, folder=tmp_path)

    commands = Path(python).parent
    for command in ("vserver", "vserver-local", "vnode", "vnode-local", "vdev"):
        assert "Usage:" in run(commands / command, "--help", folder=tmp_path)
    assert int(printed.split()[0]) > 50
