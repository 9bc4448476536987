"""Names, labels and rights of containers."""

from pathlib import Path
from typing import Any

import pytest
from vantage6.node.runtime.base import Database, RunSpec
from vantage6.node.runtime.data import Layout
from vantage6.node.runtime.docker_options import (
    Limits,
    closed_to_others,
    container_name,
    host_config,
    open_files,
    result_of,
    run_labels,
    run_mounts,
)

GB = 2**30


def make_run(folder: Path, *databases: Database) -> RunSpec:
    (folder / "run").mkdir()
    for name in ("input", "token", "output"):
        (folder / "run" / name).touch(mode=0o600)
    return RunSpec(7, 3, "image", folder / "run", folder / "temporary", databases)


def config(limits: Limits, engine: dict[str, Any] | None = None) -> dict[str, Any]:
    network = {"network_mode": "none"}
    return host_config([], limits, network, engine=engine or {}, api_version="1.41")


def test_name_has_only_what_names_may_have() -> None:
    assert container_name("St. Luke's/2", 7) == "vantage6-St.-Luke-s-2-result-7"


def test_run_is_found_by_its_labels(tmp_path: Path) -> None:
    labels = run_labels("luke", make_run(tmp_path))
    assert labels["run_id"] == "3"
    assert result_of(labels | {"of the image": "x"}, "luke") == 7


@pytest.mark.parametrize(
    "changes", [{"node": "luke2"}, {"vantage6-type": "node"}, {"result_id": "7x"}, {"node": ""}]
)
def test_container_with_other_labels_is_no_run_of_this_node(
    tmp_path: Path, changes: dict[str, str]
) -> None:
    assert result_of(run_labels("luke", make_run(tmp_path)) | changes, "luke") is None


def test_all_rights_are_taken_away_and_the_network_is_as_given() -> None:
    found = config(Limits())
    assert (found["CapDrop"], "CapAdd" in found) == (["ALL"], False)
    assert found["SecurityOpt"] == ["no-new-privileges"]
    assert found["NetworkMode"] == "none"
    assert "Privileged" not in found


def test_memory_is_four_fifths_of_the_host_unless_configured() -> None:
    assert config(Limits(), {"MemTotal": 10 * GB})["Memory"] == 8 * GB
    assert config(Limits(memory_bytes=GB), {"MemTotal": 10 * GB})["Memory"] == GB


def test_graphics_cards_and_rights_are_given_when_configured() -> None:
    found = config(Limits(gpus=True, capabilities=("DAC_OVERRIDE",)))
    assert found["DeviceRequests"][0]["Capabilities"] == [["gpu"]]
    assert found["CapAdd"] == ["DAC_OVERRIDE"]


def test_run_sees_its_own_files_only_cve_2026_54533(tmp_path: Path) -> None:
    (tmp_path / "table.csv").touch()
    spec = make_run(tmp_path, Database("default", str(tmp_path / "table.csv")))
    mounts = {mount["Target"]: mount for mount in run_mounts(Layout.of(spec))}
    folder = "/mnt/data/task-000000007"
    writable = {target for target, mount in mounts.items() if not mount["ReadOnly"]}
    assert set(mounts) - writable == {f"{folder}/input", f"{folder}/token", "/mnt/data/table.csv"}
    assert writable == {f"{folder}/output", "/mnt/tmp"}


def test_files_are_open_to_the_image_and_closed_to_the_host(tmp_path: Path) -> None:
    spec = make_run(tmp_path)
    open_files(spec)
    modes = {path.name: path.stat().st_mode & 0o7777 for path in spec.folder.iterdir()}
    assert modes == {"input": 0o644, "token": 0o644, "output": 0o666}
    assert spec.folder.stat().st_mode & 0o777 == 0o700
    assert spec.temporary.stat().st_mode & 0o777 == 0o700


def test_databases_that_only_some_users_can_read_are_found(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("open", "closed")}
    for path, mode in ((files["open"], 0o644), (files["closed"], 0o640)):
        path.touch()
        path.chmod(mode)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o744)
    assert list(closed_to_others(files | {"folder": folder})) == ["closed", "folder"]
