"""What a run may use, and who it is."""

import os
from pathlib import Path
from typing import Any

import pytest
from vantage6.node.runtime.docker_limits import (
    HOME,
    NOBODY,
    Identity,
    Limits,
    closed_databases,
    identity,
    limit_options,
    may_have_quota,
)

GB = 2**30
ROOT = "/root"
ROOT_NODE = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def options(limits: Limits, engine: dict[str, Any] | None = None, *, quota: bool = False) -> Any:
    return limit_options(limits, engine or {}, quota=quota)


def ulimits(found: Any) -> dict[str, int]:
    return {limit["Name"]: limit["Hard"] for limit in found["ulimits"]}


def test_memory_is_four_fifths_of_the_host_unless_configured() -> None:
    assert options(Limits(), {"MemTotal": 10 * GB})["mem_limit"] == 8 * GB
    found = options(Limits(memory_bytes=GB), {"MemTotal": 10 * GB})
    assert (found["mem_limit"], found["memswap_limit"]) == (GB, GB)


def test_defaults_bound_everything_a_hostile_run_could_exhaust() -> None:
    found = options(Limits(), {"MemTotal": GB})
    assert found["pids_limit"] == 4096
    assert ulimits(found) == {"core": 0, "fsize": 10 * 10**9}
    assert found["log_config"]["Config"] == {"max-size": "5242880", "max-file": "2"}
    assert (Limits().seconds, "device_requests" in found) == (7 * 24 * 3600, False)


def test_storage_is_bounded_only_where_the_driver_can() -> None:
    limits = Limits(disk_bytes=GB)
    assert options(limits, quota=True)["storage_opt"] == {"size": str(GB)}
    assert "storage_opt" not in options(limits)
    assert "storage_opt" not in options(Limits(disk_bytes=None), quota=True)


def test_processors_are_bounded_only_where_the_engine_can() -> None:
    limits = Limits(cpus=1.5)
    assert options(limits)["nano_cpus"] == 1_500_000_000
    assert "nano_cpus" not in options(limits, {"CpuCfsQuota": False})


def test_graphics_cards_are_asked_for_when_configured() -> None:
    (request,) = options(Limits(gpus=True))["device_requests"]
    assert (request["Count"], request["Capabilities"]) == (-1, [["gpu"]])


def test_read_only_container_has_places_for_temporary_files() -> None:
    found = options(Limits(read_only=True))
    assert found["read_only"]
    assert set(found["tmpfs"]) == {"/tmp", "/var/tmp", "/run"}  # noqa: S108  # inside


@pytest.mark.parametrize(
    ("engine", "expected"),
    [
        ({"Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "xfs"]]}, True),
        ({"Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]]}, False),
        ({"Driver": "btrfs", "DriverStatus": None}, True),
        ({}, False),
    ],
)
def test_quotas_are_tried_where_they_can_be(engine: dict[str, Any], expected: bool) -> None:
    assert may_have_quota(engine) is expected


# --- users ------------------------------------------------------------------------------------


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    "image",
    [
        {},
        {"User": "", "WorkingDir": "/app", "Env": ["PATH=/usr/bin"], "Cmd": ["python", "-c", "x"]},
    ],
)
def test_image_that_names_no_user_runs_without_rights(image: dict[str, Any]) -> None:
    found = identity(Limits(), image, {}, {})
    assert (found.user, found.home) == (NOBODY, HOME)


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    "image",
    [
        {"User": "root"},
        {"User": "1000:1000"},
        {"WorkingDir": f"{ROOT}/work"},
        {"Env": ["A=1", f"PATH={ROOT}/miniconda3/bin:/bin"]},
        {"Entrypoint": [f"{ROOT}/start.sh"]},
        {"Cmd": ["Rscript", f"{ROOT}/main.R"]},
    ],
)
def test_image_that_says_who_it_is_or_lives_with_root_is_left_alone(image: dict[str, Any]) -> None:
    found = identity(Limits(), image, {}, {})
    assert (found.user, found.home) == (None, None)


def test_node_that_is_not_root_lends_its_own_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getegid", lambda: 100)
    assert identity(Limits(), {}, {}, {}).user == "1000:100"


@pytest.mark.usefixtures("as_root")
@pytest.mark.parametrize(
    ("limits", "engine"),
    [
        (Limits(user="image"), {}),
        (Limits(capabilities=("DAC_OVERRIDE",)), {}),
        (Limits(), {"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}),
        (Limits(), {"SecurityOptions": ["name=userns"]}),
    ],
)
def test_root_stays_root_where_that_is_asked_for_or_harmless(
    limits: Limits, engine: dict[str, Any]
) -> None:
    assert identity(limits, {}, {}, engine).user is None


def test_configured_user_wins_over_the_image() -> None:
    assert identity(Limits(user="5:6"), {"User": "root"}, {}, {}) == Identity("5:6")


def make_table(folder: Path, name: str, mode: int, owner: int = 0, group: int = 0) -> Path:
    file = folder / name
    file.touch()
    file.chmod(mode)
    os.chown(file, owner, group)
    return file


@ROOT_NODE
@pytest.mark.parametrize(
    ("mode", "owner", "user", "groups"),
    [
        (0o644, 0, NOBODY, ()),
        (0o640, 0, NOBODY, (33,)),
        (0o600, 0, None, ()),
        (0o600, 1000, NOBODY, ()),
    ],
)
def test_databases_decide_who_can_read_them(
    tmp_path: Path, mode: int, owner: int, user: str | None, groups: tuple[int, ...]
) -> None:
    files = {"default": make_table(tmp_path, "a", mode, owner, 33)}
    assert identity(Limits(), {}, files, {}) == Identity(user, groups)


def test_databases_that_only_their_owner_can_read_are_found(tmp_path: Path) -> None:
    files = {f"{mode:o}": tmp_path / f"{mode:o}" for mode in (0o644, 0o640, 0o600)}
    for name, path in files.items():
        path.touch()
        path.chmod(int(name, 8))
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o744)
    assert closed_databases(files | {"folder": folder}) == ["600", "folder"]
