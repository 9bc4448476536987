"""Examples and new algorithms, asked for by their scripts, in real containers."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import need
from tests.examples.conftest import STYLES, RunsScripts
from tests.examples.references import differences, examples_as, recorded
from tests.examples.test_processes import POOLED
from vantage6.cli.vdev.algorithms import EXAMPLES, read_algorithm
from vantage6.cli.vdev.starter import Style

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(300)]


@examples_as("containers")
def test_federated_answer_is_the_pooled_one(
    name: str, services: dict[str, str], containers: RunsScripts
) -> None:
    reference = recorded(name)
    assert (
        read_algorithm(EXAMPLES / name).image in need(services, "V6_TEST_EXAMPLE_IMAGES").split()
    )

    answer = containers.example(name)

    assert differences(answer, reference["answer"], reference["tolerance"]) == []


@pytest.fixture(params=STYLES)
def built(
    request: pytest.FixtureRequest, starters: dict[Style, Path], average_image: str
) -> Iterator[Path]:
    """A new algorithm whose image was built, without any network, on the base of the examples."""
    folder = starters[request.param]
    image = read_algorithm(folder).image
    build = ["docker", "build", "-q", "--network", "none", "-t", image, str(folder)]
    variables = {**os.environ, "DOCKER_BUILDKIT": "0"}
    subprocess.run(build, check=True, capture_output=True, env=variables)
    yield folder
    subprocess.run(["docker", "image", "rm", "-f", image], check=True, capture_output=True)


def test_new_algorithm_gives_the_pooled_answer(built: Path, containers: RunsScripts) -> None:
    answer = containers(built / "run.py")

    assert differences(answer, POOLED, 1e-12) == []


def make_images(*names: str) -> subprocess.CompletedProcess[str]:
    command = [str(EXAMPLES / "images.sh"), *names]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_images_are_built_once_and_those_that_are_asked_for(average_image: str) -> None:
    make_images("average")

    again = make_images("average")

    assert again.stderr == ""
    assert again.stdout.splitlines()[1:] == [
        "algorithm-base=vantage6/algorithm-base:3.12",
        f"average={average_image}",
    ]


def test_example_that_is_not_there_is_said_and_the_others_are_built(average_image: str) -> None:
    done = make_images("nowhere", "average")

    assert done.returncode == 1
    assert "there is no examples/nowhere" in done.stderr
    assert f"average={average_image}" in done.stdout
