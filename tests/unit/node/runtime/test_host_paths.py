"""Names of files inside and outside of a node's container."""

from pathlib import Path
from typing import Any

import pytest
from docker.errors import NotFound
from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.host_paths import HostPaths, OwnContainer, own_container

ID = "0123456789abcdef" * 4
LINE = (
    "711 690 254:0 /var/lib/docker/containers/{id}/{file} /etc/{file} rw,relatime - ext4 /dev/x rw"
)
OF_HOST = f"80 30 0:60 / /var/lib/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw\n"


class Engine:
    """Knows one container."""

    def inspect_container(self, container_id: str) -> dict[str, Any]:
        if container_id != ID:
            raise NotFound("no such container")
        mounts = [
            {"Destination": "/mnt/data", "Source": "/var/lib/docker/volumes/v/_data"},
            {"Destination": "/mnt/data/default.csv", "Source": "/srv/patients.csv"},
        ]
        return {"Id": ID, "Image": "sha256:x", "Mounts": mounts}


def mountinfo(folder: Path, text: str) -> Path:
    file = folder / "mountinfo"
    file.write_text(text)
    return file


@pytest.fixture
def paths(tmp_path: Path) -> HostPaths:
    found = own_container(
        Engine(), mountinfo(tmp_path, LINE.format(id=ID, file="hostname") + "\n")
    )
    assert isinstance(found, OwnContainer)
    return HostPaths(found)


def test_engine_says_which_container_this_is(tmp_path: Path) -> None:
    found = own_container(Engine(), mountinfo(tmp_path, LINE.format(id=ID, file="hosts")))
    assert found is not None
    assert (found.container_id, found.image_id) == (ID, "sha256:x")


@pytest.mark.parametrize("text", ["", OF_HOST, LINE.format(id="f" * 64, file="hostname")])
def test_host_and_container_of_another_engine_are_no_container_of_this_one(
    tmp_path: Path, text: str
) -> None:
    """A file such as /.dockerenv says nothing about the engine that is asked."""
    assert own_container(Engine(), mountinfo(tmp_path, text)) is None
    assert own_container(Engine(), tmp_path / "no such file") is None


def test_paths_are_translated_by_the_nearest_mount(paths: HostPaths) -> None:
    data = Path("/var/lib/docker/volumes/v/_data")
    assert paths.outside(Path("/mnt/data/runs/task-1/input")) == data / "runs/task-1/input"
    assert paths.outside(Path("/mnt/data/default.csv")) == Path("/srv/patients.csv")
    assert paths.inside(data / "runs") == Path("/mnt/data/runs")


def test_path_that_the_engine_cannot_see_is_a_start_error(paths: HostPaths) -> None:
    with pytest.raises(StartError, match="not mounted"):
        paths.outside(Path("/etc/hosts"))
    assert paths.inside(Path("/elsewhere")) is None


def test_on_the_host_both_are_the_same(tmp_path: Path) -> None:
    paths = HostPaths()
    assert paths.outside(tmp_path) == tmp_path.resolve()
    assert paths.inside(tmp_path) == tmp_path
