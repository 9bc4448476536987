"""What tests need that start servers and nodes in containers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def containers(engine: Any, name: str) -> list[Any]:
    """Containers with this in their name, running or not."""
    listed = engine.containers.list(all=True, ignore_removed=True)
    return [each for each in listed if name in each.name]


@contextmanager
def user_folder(home: Path, engine: Any, name: str) -> Iterator[Path]:
    """Folder of a user; afterwards containers and networks with this name are gone."""
    with pytest.MonkeyPatch.context() as patch:
        for kind in ("CONFIG", "DATA", "CACHE"):
            patch.setenv(f"XDG_{kind}_HOME", str(home / kind.lower()))
        yield home
    for container in containers(engine, name):
        container.remove(force=True)
    for network in engine.networks.list(names=[name]):
        network.remove()


def free_port() -> int:
    """A port that nobody listens to at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
