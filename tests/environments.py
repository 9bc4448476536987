"""Environments of other Pythons and other packages, made once and kept below ``.services``.

Tests of the installed package and of published peers need environments of their own. uv makes
them: it keeps what it downloaded, so a second checkout gets one in a second.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENTS = ROOT / ".services" / "environments"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
PEER_PYTHON = "3.10"  # the newest that published 3.x packages support
# What published packages of their time need, and do not say.
PEER_REQUIREMENTS = ("numpy<2", "setuptools<70")


class InstallFailed(Exception):
    """A command that makes an environment ended with an error."""


def run(*command: str | Path, folder: Path | None = None) -> str:
    """Output of a command that must succeed, without the settings of this test run."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=_clean_environment(),
    )
    if done.returncode != 0:
        raise InstallFailed((done.stderr or done.stdout).strip()[-2000:])
    return done.stdout


def _clean_environment() -> dict[str, str]:
    dropped = ("XDG_", "PYTHON", "COV_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    if Path(CERTIFICATES).exists():
        kept.setdefault("SSL_CERT_FILE", CERTIFICATES)
    index = os.environ.get("PIP_INDEX_URL")
    return {"UV_DEFAULT_INDEX": index, **kept} if index else kept


def find_python(version: str) -> str | None:
    """Interpreter of a version such as ``3.10`` on this host, or None."""
    candidates = [shutil.which(f"python{version}")]
    for pattern in (f".pyenv/versions/{version}*", f".local/share/uv/python/cpython-{version}*"):
        folders = sorted(Path.home().glob(pattern))
        candidates += [str(folder / "bin" / f"python{version}") for folder in folders]
    if "{}.{}".format(*sys.version_info[:2]) == version:
        candidates.append(sys.executable)
    return next((path for path in candidates if path and _is_python(path, version)), None)


def _is_python(path: str, version: str) -> bool:
    # A pyenv shim is on the PATH even when its version is not chosen.
    program = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-c", program], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.stdout.strip() == version


def uv(*arguments: str | Path) -> str:
    """Run uv's pip; `arguments` start with its command."""
    executable = Path(sys.executable).with_name("uv")
    return run(executable, "pip", *arguments)


def install(interpreter: str, *requirements: str, options: Sequence[str] = ()) -> None:
    """Install requirements (or wheels) into an environment."""
    uv("install", "--quiet", "--python", interpreter, *options, *requirements)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    # Several test workers may ask for the same environment.
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def make_environment(name: str, version: str, requirements: Sequence[str], *options: str) -> str:
    """Interpreter of the environment `name`; made when it is not there or holds something else.

    Raises
    ------
    InstallFailed
        when the packages cannot be had.
    LookupError
        when this host has no such Python.
    """
    source = find_python(version)
    if source is None:
        raise LookupError(f"this host has no Python {version}")
    folder = ENVIRONMENTS / name
    interpreter = folder / "bin" / "python"
    content = hashlib.sha256(repr((source, requirements)).encode()).hexdigest()
    with _locked(folder.with_suffix(".lock")):
        ready = folder / "ready"
        if not ready.exists() or ready.read_text("utf-8") != content:
            shutil.rmtree(folder, ignore_errors=True)
            run(source, "-m", "venv", "--without-pip", folder)
            if requirements:
                install(str(interpreter), *requirements, options=options)
            ready.write_text(content, "utf-8")
    return str(interpreter)


def peer(*requirements: str) -> str:
    """Interpreter with published packages, such as ``vantage6-client==3.11.1``.

    Where they cannot be had the test is skipped, and fails when CI=true. The oldest ones need a
    PyYAML that only an old Cython builds.
    """
    constraint = ENVIRONMENTS / "build-constraint.txt"
    constraint.parent.mkdir(parents=True, exist_ok=True)
    constraint.write_text("cython<3\n", "utf-8")
    name = "+".join(requirements).replace("==", "-")
    options = ("--build-constraint", str(constraint))
    try:
        return make_environment(name, PEER_PYTHON, [*PEER_REQUIREMENTS, *requirements], *options)
    except LookupError as error:
        pytest.skip(str(error))
    except InstallFailed as error:
        unavailable(f"cannot install {name}: {str(error)[-300:]}")


def unavailable(reason: str) -> NoReturn:
    """Skip the test, or let it fail when CI=true."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
