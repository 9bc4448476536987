"""Demo networks in which the scripts of the examples run as a researcher runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from vantage6.cli.vdev.algorithms import EXAMPLES, read_algorithm
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.cli.vdev.starter import Starter, Style

LIMIT_S = 240
STYLES: tuple[Style, ...] = ("3.x", "4.x")


class RunsScripts:
    """Runs scripts of researchers at a network."""

    def __init__(self, network: DemoNetwork) -> None:
        self.network = network

    def __call__(self, script: Path) -> Any:
        """What a script prints, which must be one JSON document and nothing else."""
        return json.loads(self.output(script))

    def output(self, script: Path) -> str:
        """What a script prints."""
        # Not what the terminal of this test run has for another network.
        own = {name: text for name, text in os.environ.items() if not name.startswith("V6_")}
        done = subprocess.run(
            [sys.executable, str(script)],
            env=own | self.network.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
        return done.stdout

    def example(self, name: str) -> Any:
        """The federated answer of an example."""
        return self(EXAMPLES / name / "run.py")


@contextmanager
def network_of(folder: Path, **options: Any) -> Iterator[RunsScripts]:
    # Its name is part of the names of containers: two test runs must not meet.
    network = DemoNetwork(folder / f"{folder.name}-{os.getpid()}", **options)
    try:
        network.start()
        yield RunsScripts(network)
    finally:
        network.stop()


@pytest.fixture(scope="session")
def starters(tmp_path_factory: pytest.TempPathFactory) -> dict[Style, Path]:
    """What `vdev new-algorithm` writes, by style; each with an image of its own."""
    folder, made = tmp_path_factory.mktemp("starters"), {}
    for style in STYLES:
        name = f"heart-age-{style[0]}"
        image = f"vantage6-test/{name}:{os.getpid()}"
        made[style] = folder / name
        Starter.named(name, image, style).write(made[style])
    return made


@pytest.fixture(scope="module")
def processes(
    tmp_path_factory: pytest.TempPathFactory, starters: dict[Style, Path]
) -> Iterator[RunsScripts]:
    """Three nodes that run algorithms as processes, with everything encrypted."""
    folder = tmp_path_factory.mktemp("processes")
    own = [read_algorithm(starter) for starter in starters.values()]
    with network_of(folder, runtime="process", encrypted=True, algorithms=own) as network:
        yield network


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunsScripts]:
    """Three nodes that run algorithms in containers."""
    with network_of(tmp_path_factory.mktemp("containers"), runtime="docker") as network:
        yield network
