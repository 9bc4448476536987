"""Names, labels and rights of containers."""

from pathlib import Path
from typing import Any

import pytest
from vantage6.node.runtime.base import Database, RunSpec
from vantage6.node.runtime.data import Layout
from vantage6.node.runtime.docker_options import (
    container_name,
    host_config,
    open_files,
    result_of,
    run_labels,
    run_mounts,
)
from vantage6.node.runtime.host_paths import HostPaths


def make_run(folder: Path, *databases: Database) -> RunSpec:
    (folder / "run").mkdir()
    for name in ("input", "token", "output"):
        (folder / "run" / name).touch(mode=0o600)
    return RunSpec(7, 3, "image", folder / "run", folder / "temporary", databases)


def config(**options: Any) -> dict[str, Any]:
    network = {"network_mode": "none"}
    return host_config([], {"pids_limit": 9}, network, api_version="1.41", **options)


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


def test_all_rights_are_taken_away_and_the_rest_is_as_given() -> None:
    found = config()
    assert (found["CapDrop"], "CapAdd" in found) == (["ALL"], False)
    assert found["SecurityOpt"] == ["no-new-privileges"]
    assert (found["NetworkMode"], found["PidsLimit"]) == ("none", 9)
    assert not {"Privileged", "GroupAdd", "Binds", "PidMode", "IpcMode", "UsernsMode"} & set(found)


def test_rights_and_groups_are_given_back_when_asked_for() -> None:
    found = config(capabilities=["DAC_OVERRIDE"], groups=[33])
    assert (found["CapAdd"], found["GroupAdd"]) == (["DAC_OVERRIDE"], ["33"])


def test_run_sees_its_own_files_only_cve_2026_54533(tmp_path: Path) -> None:
    """CVE-2026-54533: algorithms read and changed the files of other algorithms."""
    (tmp_path / "table.csv").touch()
    spec = make_run(tmp_path, Database("default", str(tmp_path / "table.csv")))
    mounts = {mount["Target"]: mount for mount in run_mounts(Layout.of(spec), HostPaths())}
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
