"""What the contract suites need from outside."""

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError
from tests.contract.runtime_rigs import ENTRY, DockerRig, Rig, make_spec
from vantage6.node.runtime.base import RunSpec
from vantage6.node.runtime.docker_engine import connect

BuildImage = Callable[[str], str]
MakeSpec = Callable[..., RunSpec]


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """Docker's own client, to look at what a runtime did."""
    client = connect()
    yield client
    client.close()


@pytest.fixture(scope="session")
def build_image(engine: Any, base_image: str) -> Iterator[BuildImage]:
    """Build an image from the base image and some more lines; it is removed in the end."""
    names: list[str] = []

    def build(lines: str) -> str:
        names.append(f"vantage6-test/{uuid.uuid4().hex[:12]}:1")
        dockerfile = io.BytesIO(f"FROM {base_image}\n{lines}\n".encode())
        for line in engine.build(fileobj=dockerfile, tag=names[-1], rm=True, decode=True):
            assert "error" not in line, line
        return names[-1]

    yield build
    for name in names:
        with suppress(APIError):
            engine.remove_image(name, force=True)


@pytest.fixture(scope="session")
def probe_image(build_image: BuildImage) -> str:
    """Image that runs its input as a Python program, as root."""
    return build_image(f'CMD ["python3", "-c", "{ENTRY}"]')


@pytest.fixture(scope="session")
def user_image(build_image: BuildImage) -> str:
    """The same as a user that this host does not know."""
    return build_image(f'USER 12345:12345\nCMD ["python3", "-c", "{ENTRY}"]')


@pytest.fixture
def docker_rig(probe_image: str, registry: str) -> Iterator[DockerRig]:
    node = f"contract test {uuid.uuid4().hex[:8]}"
    rig = DockerRig(node, probe_image, f"{registry}/nobody/made-this:1")
    yield rig
    rig.close()


@pytest.fixture
def new_spec(rig: Rig, tmp_path: Path) -> MakeSpec:
    """Make a run of this rig's image: program, result_id, and fields of RunSpec."""

    def make(program: str, result_id: int = 7, **options: Any) -> RunSpec:
        image = options.pop("image", rig.image)
        return make_spec(tmp_path, image, program, result_id, **options)

    return make
