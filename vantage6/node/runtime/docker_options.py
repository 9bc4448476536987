"""How an algorithm is run on Docker: its name, its rights, its limits and its mounts.

Everything is taken away that is not in the contract: capabilities, new privileges, the network,
and every file but the run's own and the databases.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from docker.types import DeviceRequest, HostConfig, LogConfig, Mount

from vantage6.common import contract
from vantage6.node.runtime.base import RunSpec
from vantage6.node.runtime.data import Layout

TYPE_LABEL, NODE_LABEL, RESULT_LABEL = "vantage6-type", "node", "result_id"
RUN_LABEL = "run_id"
ALGORITHM = "algorithm"

_SHARED = "shared"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use of the host; generous, but never all of it.

    `memory_bytes` None means four fifths of the host's, `cpus` None means all. `log_bytes` is
    what is kept of the output, the end of it. `capabilities` are given back to the image's user:
    with ``DAC_OVERRIDE`` an image that runs as root reads databases that belong to another user.
    """

    memory_bytes: int | None = None
    cpus: float | None = None
    processes: int = 4096
    log_bytes: int = 10 * 1024 * 1024
    gpus: bool = False
    capabilities: tuple[str, ...] = ()

    def memory(self, engine: Mapping[str, Any]) -> int:
        """Bytes that a run may use on this engine (``docker info``); 0 when nothing is known."""
        return self.memory_bytes or int(engine.get("MemTotal") or 0) * 4 // 5


def container_name(node: str, result_id: int) -> str:
    """Name of the container of a run; names cannot have all characters that nodes' names have."""
    return f"vantage6-{_NOT_IN_NAMES.sub('-', node)}-result-{result_id}"


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
    limits: Limits,
    network: Mapping[str, Any],
    *,
    engine: Mapping[str, Any],
    api_version: str,
) -> HostConfig:
    """The host's side of a container.

    Parameters
    ----------
    mounts
        See `run_mounts`.
    limits, network
        What the run may use, and the options of its network.
    engine
        What the engine says about itself.
    api_version
        Of the engine.
    """
    memory = limits.memory(engine)
    gpus = [DeviceRequest(count=-1, capabilities=[["gpu"]])] if limits.gpus else None
    return HostConfig(
        version=api_version,
        mounts=mounts,
        cap_drop=["ALL"],
        cap_add=list(limits.capabilities) or None,
        security_opt=["no-new-privileges"],
        pids_limit=limits.processes,
        mem_limit=memory or None,
        # The same for memory and swap together: a run that needs more ends, the host goes on.
        memswap_limit=memory or None,
        nano_cpus=int(limits.cpus * _NANO) if limits.cpus else None,
        restart_policy={"Name": "no"},
        log_config=LogConfig(
            type=LogConfig.types.JSON,
            config={"max-size": str(limits.log_bytes), "max-file": "1"},
        ),
        device_requests=gpus,
        **network,
    )


def run_mounts(layout: Layout) -> list[Mount]:
    """The files of a run and the databases, as mounts.

    Each file is a mount of its own: an algorithm cannot replace its output by a link for the node
    to follow, and the folder around it can stay closed to other users of the host.
    """
    spec, folder = layout.spec, contract.run_folder(layout.spec.result_id)
    own = [
        _bind(spec.folder / name, folder / name, read_only=name != contract.OUTPUT)
        for name in (contract.INPUT, contract.TOKEN, contract.OUTPUT)
    ]
    temporary = _bind(spec.temporary / _SHARED, contract.TEMPORARY_MOUNT, read_only=False)
    databases = [
        _bind(file, layout.paths[label], read_only=True) for label, file in layout.files.items()
    ]
    return [*own, temporary, *databases]


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


def closed_to_others(files: Mapping[str, Path]) -> Iterator[str]:
    """Labels of databases that only some users of the host can read."""
    for label, path in files.items():
        needed = 0o005 if path.is_dir() else 0o004
        if path.stat().st_mode & needed != needed:
            yield label


def _bind(source: Path, target: PurePosixPath, *, read_only: bool) -> Mount:
    return Mount(str(target), str(source.resolve()), type="bind", read_only=read_only)
