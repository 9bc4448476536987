"""docker-compose.yml for real, with images from this host."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient
from tests.conftest import need
from tests.e2e.compose.deployment import Deployment
from tests.environments import unavailable

ROOT = Path(__file__).resolve().parents[3]
PARTS = ("server", "postgres", "rabbitmq", "registry", "nginx")
NO_BASE_IMAGE = 3


@pytest.fixture(scope="session")
def engine(services: dict[str, str]) -> Iterator[Any]:
    need(services, "V6_TEST_DOCKER")
    with closing(DockerClient.from_env(timeout=60)) as client:
        yield client


@pytest.fixture(scope="session")
def images(engine: Any) -> dict[str, str]:
    """Image of each part by the variable that names it; built when a source has changed."""
    command = [str(ROOT / "examples" / "images.sh"), "server", "node", "compose"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode == NO_BASE_IMAGE:
        unavailable(made.stderr.strip())
    assert made.returncode == 0, made.stderr
    names = dict(line.split("=", 1) for line in made.stdout.splitlines())
    return {f"V6_{part.upper()}_IMAGE": names[part] for part in PARTS}


@pytest.fixture(scope="session")
def program(services: dict[str, str]) -> list[str]:
    """The command that understands compose files."""
    return need(services, "V6_TEST_COMPOSE").split()


@pytest.fixture(scope="module")
def deploy(engine: Any, images: dict[str, str], program: list[str]) -> Any:
    """Makes deployments, each under a name of its own; gone at the end of the block."""

    @contextmanager
    def make(name: str) -> Iterator[Deployment]:
        project = f"v6test-{name}-{os.getpid()}"
        deployment = Deployment(engine, program, ROOT / "docker-compose.yml", project, images)
        try:
            yield deployment
        finally:
            deployment.run("down", "--volumes")

    return make


@pytest.fixture(scope="module")
def deployment(deploy: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """All of it, healthy."""
    with deploy("all") as deployment:
        deployment.start()
        deployment.keep_authority(tmp_path_factory.mktemp("compose"))
        yield deployment
