"""How a container is made, on an engine that only writes down what it is asked for."""

from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError
from vantage6.node.image_name import ImageName
from vantage6.node.network.isolated import LoopbackGate
from vantage6.node.runtime.base import RunSpec
from vantage6.node.runtime.docker_containers import disk_usage
from vantage6.node.runtime.docker_limits import HOME, NOBODY, Limits
from vantage6.node.runtime.docker_maker import ContainerMaker
from vantage6.node.runtime.host_paths import HostPaths
from vantage6.node.runtime.images import Image

XFS = {"Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "xfs"]]}
NO_QUOTA = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"


class Engine:
    """Refuses what it is told to refuse."""

    api_version = "1.41"

    def __init__(self, refusal: str | None = None) -> None:
        self.refusal = refusal
        self.asked: list[dict[str, Any]] = []
        self.looked_up: list[str] = []

    def inspect_image(self, image_id: str) -> dict[str, Any]:
        self.looked_up.append(image_id)
        return {"Config": {"User": "", "Cmd": ["run"]}}

    def create_container(self, **options: Any) -> dict[str, str]:
        self.asked.append(options)
        if self.refusal and "StorageOpt" in options["host_config"]:
            raise APIError("refused", explanation=self.refusal)
        return {"Id": "container"}


def make(engine: Engine, folder: Path, *, count: int = 1, limits: Limits | None = None) -> None:
    spec = RunSpec(7, 3, "image", folder / "run", folder / "temporary", environment={"A": "b"})
    spec.folder.mkdir()
    for name in ("input", "token", "output"):
        (spec.folder / name).touch()
    gate = LoopbackGate()
    maker = ContainerMaker("luke", engine, gate, limits or Limits(user=NOBODY), HostPaths())
    image = Image(ImageName.parse("image"), "sha256:1")
    for _ in range(count):
        with gate.entrance() as entrance:
            assert maker.make(spec, image, entrance, XFS) == "container"


def test_storage_is_bounded_where_the_engine_can(tmp_path: Path) -> None:
    engine = Engine()
    make(engine, tmp_path)
    assert engine.asked[0]["host_config"]["StorageOpt"] == {"size": str(Limits().disk_bytes)}


def test_engine_without_quotas_is_asked_for_one_only_once(tmp_path: Path) -> None:
    engine = Engine(refusal=NO_QUOTA)
    make(engine, tmp_path, count=2)
    assert ["StorageOpt" in asked["host_config"] for asked in engine.asked] == [True, False, False]


def test_other_refusals_are_passed_on(tmp_path: Path) -> None:
    with pytest.raises(APIError):
        make(Engine(refusal="no space left on device"), tmp_path)


def test_image_is_looked_up_once_and_its_user_gets_a_home(tmp_path: Path) -> None:
    engine = Engine()
    make(engine, tmp_path, count=2)
    assert engine.looked_up == ["sha256:1"]
    assert (engine.asked[0]["user"], engine.asked[0]["environment"]["HOME"]) == (NOBODY, HOME)


def test_user_of_the_image_keeps_its_own_home(tmp_path: Path) -> None:
    engine = Engine()
    make(engine, tmp_path, limits=Limits(user="image"))
    assert engine.asked[0]["user"] is None
    assert "HOME" not in engine.asked[0]["environment"]


def test_space_on_disk_is_measured_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "-file").write_bytes(bytes(100_000))
    (tmp_path / "a" / "link").symlink_to("/usr")
    assert 100_000 <= disk_usage([tmp_path / "a"]) < 200_000
    assert disk_usage([]) == disk_usage([tmp_path / "gone"]) == 0
