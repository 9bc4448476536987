"""A federation of real processes, and an image with an algorithm that misbehaves."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from vantage6.cli.vdev.network import DemoNetwork

ALGORITHM = Path(__file__).parent / "algorithm"
WAIT_S = 60

StartNetwork = Callable[..., DemoNetwork]


@pytest.fixture(scope="module")
def start_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartNetwork]:
    """Starts networks; each is stopped at the end of the module.

    `prepare` may change the files of a network before anything starts.
    """
    networks: list[DemoNetwork] = []

    def start(prepare: Callable[[DemoNetwork], None] | None = None, **options: Any) -> DemoNetwork:
        folder = tmp_path_factory.mktemp(f"net{len(networks)}")
        # Its name is part of the names of containers: two test runs must not meet.
        network = DemoNetwork(folder / f"{folder.name}-{os.getpid()}", **options)
        networks.append(network)
        if prepare is not None:
            network.create()
            prepare(network)
        network.start()
        return network

    yield start
    for network in networks:
        network.stop()


@pytest.fixture(scope="session")
def faults_image(average_image: str) -> str:
    """Image of the algorithm in `algorithm/`, built when it changed; on top of the same base."""
    digest = hashlib.sha256(average_image.encode())
    for file in sorted(ALGORITHM.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.read_bytes())
    base = subprocess.check_output(
        ["docker", "image", "inspect", "-f", "{{.Id}}", "vantage6/algorithm-base:3.12"], text=True
    )
    digest.update(base.encode())
    name = f"vantage6/test-faults:{digest.hexdigest()[:12]}"
    if subprocess.run(["docker", "image", "inspect", name], capture_output=True).returncode:
        subprocess.run(
            ["docker", "build", "-q", "-t", name, str(ALGORITHM)],
            check=True,
            env={**os.environ, "DOCKER_BUILDKIT": "0"},
        )
    return name
