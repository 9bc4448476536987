"""How an algorithm is run on Docker: its name, its rights, its limits and its mounts.

Everything is taken away that is not in the contract: capabilities, new privileges, the network,
and every file but the run's own and the databases.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from docker.types import HostConfig, Mount

from vantage6.common import contract
from vantage6.node.runtime.base import RunSpec
from vantage6.node.runtime.data import Layout
from vantage6.node.runtime.host_paths import HostPaths

TYPE_LABEL, NODE_LABEL, RESULT_LABEL = "vantage6-type", "node", "result_id"
RUN_LABEL = "run_id"
IMAGE_LABEL = "vantage6-image"
"""What the image was when the run began; its tag may have come to mean another one since."""
ALGORITHM = "algorithm"

_SHARED = "shared"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


def own_name(node: str, what: str) -> str:
    """Name of a container of this node, without characters that only names of nodes may have."""
    return f"vantage6-{_NOT_IN_NAMES.sub('-', node)}-{what}"


def container_name(node: str, result_id: int) -> str:
    """Name of the container of a run."""
    return own_name(node, f"result-{result_id}")


def node_labels(node: str) -> dict[str, str]:
    """Labels that all algorithm containers of a node have."""
    return {TYPE_LABEL: ALGORITHM, NODE_LABEL: node}


def run_labels(node: str, spec: RunSpec) -> dict[str, str]:
    """Labels of the container of one run."""
    return node_labels(node) | {
        RESULT_LABEL: str(spec.result_id),
        RUN_LABEL: str(spec.run_id),
    }


def result_of(labels: Mapping[str, str], node: str) -> int | None:
    """Which run of this node a container with these labels is; None when it is none."""
    text = labels.get(RESULT_LABEL, "")
    is_ours = node_labels(node).items() <= labels.items()
    return int(text) if is_ours and text.isascii() and text.isdigit() else None


def host_config(
    mounts: list[Mount],
    limits: Mapping[str, Any],
    network: Mapping[str, Any],
    *,
    capabilities: Sequence[str] = (),
    groups: Sequence[int] = (),
    api_version: str,
) -> HostConfig:
    """The host's side of a container.

    Parameters
    ----------
    mounts
        See `run_mounts`.
    limits, network
        Options of what the run may use (`docker_limits.limit_options`), and of its network.
    capabilities
        Are given back.
    groups
        Further groups of the container's user.
    api_version
        Of the engine.

    Notes
    -----
    The engine's own seccomp and AppArmor profiles stay in force, since they are not mentioned.
    """
    return HostConfig(
        version=api_version,
        mounts=mounts,
        cap_drop=["ALL"],
        cap_add=list(capabilities) or None,
        security_opt=["no-new-privileges"],
        group_add=list(groups) or None,
        restart_policy={"Name": "no"},
        **limits,
        **network,
    )


def run_mounts(layout: Layout, paths: HostPaths) -> list[Mount]:
    """The files of a run and the databases, as mounts.

    Each file is a mount of its own: an algorithm cannot replace its output by a link for the node
    to follow, and the folder around it can stay closed to other users of the host.
    """
    spec, folder = layout.spec, contract.run_folder(layout.spec.result_id)
    files = [
        (spec.folder / contract.INPUT, folder / contract.INPUT, True),
        (spec.folder / contract.TOKEN, folder / contract.TOKEN, True),
        (spec.folder / contract.OUTPUT, folder / contract.OUTPUT, False),
        (spec.temporary / _SHARED, contract.TEMPORARY_MOUNT, False),
        *((file, layout.paths[label], True) for label, file in layout.files.items()),
    ]
    return [
        Mount(str(target), str(paths.outside(source)), type="bind", read_only=read_only)
        for source, target, read_only in files
    ]


def open_files(spec: RunSpec) -> None:
    """Let whatever user an image has read its files, and no other user of this host.

    A mount does not pass through the folders above it on the host, so those are closed.

    Raises
    ------
    OSError
        When a file is missing or belongs to somebody else.
    """
    spec.folder.chmod(0o700)
    (spec.folder / contract.INPUT).chmod(0o644)
    (spec.folder / contract.TOKEN).chmod(0o644)
    (spec.folder / contract.OUTPUT).chmod(0o666)
    spec.temporary.mkdir(mode=0o700, parents=True, exist_ok=True)
    spec.temporary.chmod(0o700)
    shared = spec.temporary / _SHARED
    shared.mkdir(exist_ok=True)
    shared.chmod(0o1777)
