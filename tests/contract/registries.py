"""Image registries of a test's own: Debian's `docker-registry` on a port of this machine."""

import io
import json
import shutil
import socket
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from docker.errors import APIError
from tests.fakes.waiting import eventually

USERNAME, PASSWORD = "reader", "planted-pass-word"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(command: list[str], port: int, output: Path, **options: Any) -> Iterator[None]:
    """A service that listens on a port while the block lasts."""
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **options)
    try:
        eventually(lambda: process.poll() is not None or answers(port), " ".join(command))
        assert process.poll() is None, output.read_text()
        yield
    finally:
        process.kill()
        process.wait(10)


@contextmanager
def private_registry(folder: Path) -> Iterator[str]:
    """Host and port of a registry that asks for USERNAME and PASSWORD."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("there is no docker-registry in PATH")
    port = free_port()
    secret = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (folder / "htpasswd").write_text(f"{USERNAME}:{secret}\n")
    config = {
        "version": 0.1,
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        "auth": {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}},
    }
    (folder / "config.yml").write_text(json.dumps(config))
    command = [program, "serve", str(folder / "config.yml")]
    with running(command, port, folder / "registry.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def pushed_image(
    engine: Any, registry: str, image: str, auth: dict[str, str] | None = None
) -> Iterator[str]:
    """Name of an image that is at a registry and not here; nothing of it stays here."""
    name = f"{registry}/vantage6-test/nested/{uuid.uuid4().hex[:8]}"
    push(engine, image, f"{name}:1", auth)
    engine.remove_image(f"{name}:1")
    try:
        yield f"{name}:1"
    finally:
        forget(engine, name)


def forget(engine: Any, name: str) -> None:
    """Remove every name of images here that begins like this."""
    for found in engine.images():
        for reference in [*(found["RepoTags"] or ()), *(found["RepoDigests"] or ())]:
            if reference.startswith(name):
                with suppress(APIError):
                    engine.remove_image(reference)


@contextmanager
def tiny_image(engine: Any) -> Iterator[str]:
    """Name of an image with one file, which is pushed and pulled in no time."""
    name, content = f"vantage6-test/tiny-{uuid.uuid4().hex[:8]}", uuid.uuid4().bytes
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("file")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    engine.import_image_from_data(packed.getvalue(), repository=name, tag="1")
    try:
        yield f"{name}:1"
    finally:
        engine.remove_image(f"{name}:1", force=True)


def push(engine: Any, image: str, name: str, auth: dict[str, str] | None = None) -> str:
    """Push an image under a name with a tag; its digest."""
    engine.tag(image, name)
    digest = ""
    for line in engine.push(name, stream=True, decode=True, auth_config=auth):
        assert "error" not in line, line
        digest = line.get("aux", {}).get("Digest", digest)
    return digest
