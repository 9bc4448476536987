"""Images with published packages: built once on the base image, and kept.

uv puts the packages into a folder, for the Python of the base image, so that the engine needs no
network and no compiler.
"""

import hashlib
import os
import platform
import subprocess
import tempfile
from pathlib import Path

from tests.environments import PEER_REQUIREMENTS, InstallFailed, unavailable, uv

HERE = Path(__file__).parent
CLIENT = ("vantage6-client==3.11.1", "wheel")
NODE = ("vantage6-node==3.11.1", "Flask==2.2.5", "Werkzeug==2.3.8")
"""The node, and a library that it imports without asking for it."""
_SHOW_PYTHON = 'import sys; print("%d.%d" % sys.version_info[:2])'


def average_image(base: str) -> str:
    """The classic average, with the published tools."""
    tools = published_image(base, "client", CLIENT)
    name = _name("average", tools, (), HERE / "algorithm")
    return name if _exists(name) else _build(name, HERE / "algorithm", tools)


def node_image(base: str) -> str:
    """The published node."""
    return published_image(base, "node", NODE)


def published_image(base: str, label: str, requirements: tuple[str, ...]) -> str:
    """The base image with published packages; the test is skipped where they cannot be had."""
    requirements = (*PEER_REQUIREMENTS, *requirements)
    name = _name(label, base, requirements, HERE / "Dockerfile")
    if _exists(name):
        return name
    version = _output("run", "--rm", "--network", "none", base, "python3", "-c", _SHOW_PYTHON)
    target = ["--python-version", version]
    target += ["--python-platform", f"{platform.machine()}-manylinux_2_28"]
    with tempfile.TemporaryDirectory() as text:
        context = Path(text)
        (context / "Dockerfile").write_bytes((HERE / "Dockerfile").read_bytes())
        try:
            uv("install", "--quiet", "--target", context / "published", *target, *requirements)
        except InstallFailed as error:
            unavailable(f"no {label} for Python {version} of {base}: {str(error)[-300:]}")
        return _build(name, context, base)


def _name(label: str, base: str, requirements: tuple[str, ...], source: Path) -> str:
    """Name that changes with what the image is made from."""
    digest = hashlib.sha256(repr((_id(base), requirements)).encode())
    for file in [source] if source.is_file() else sorted(source.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.read_bytes())
    return f"vantage6/test-published-{label}:{digest.hexdigest()[:12]}"


def _build(name: str, context: Path, base: str) -> str:
    _output("build", "-q", "-t", name, "--build-arg", f"BASE={base}", str(context))
    return name


def _exists(image: str) -> bool:
    return not subprocess.run(
        ["docker", "image", "inspect", image], capture_output=True
    ).returncode


def _id(image: str) -> str:
    return _output("image", "inspect", "-f", "{{.Id}}", image)


def _output(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
