"""What people meet who use the command lines: images as `make images` builds them, a terminal."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient
from tests.e2e.cli.terminal import Terminal
from tests.images import make_images


@pytest.fixture(scope="session")
def our_images() -> dict[str, str]:
    """Names of the images of server and node."""
    return make_images("server", "node")


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    client = DockerClient.from_env(timeout=60)
    yield client
    client.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for everything that a command may write."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    """Variables that lead all folders, of the user and of the machine, below `home`."""
    places = {
        "XDG_CONFIG_HOME": "user/config",
        "XDG_DATA_HOME": "user/data",
        "XDG_CACHE_HOME": "user/cache",
        "XDG_CONFIG_DIRS": "system/config",
        "XDG_DATA_DIRS": "system/data",
    }
    folders = {name: str(home / folder) for name, folder in places.items()}
    # The terminal of a test does not tell where its cursor is.
    return {**os.environ, **folders, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}


@pytest.fixture(scope="module")
def terminal(environment: dict[str, str], home: Path) -> Iterator[Terminal]:
    """Somebody at a terminal."""
    with Terminal(environment, home) as somebody:
        yield somebody
