"""What one run may use of the host, and in whose name it works.

Memory, processors, processes, the size of a file and the log are bounded by the kernel and the
engine; time, and what is written altogether, by `vantage6.node.runtime.warden`.

Users
-----
An image says with ``USER`` who its programs are, and that is honoured, also where it says root.
Most published images say nothing, which makes them root without anybody having wanted it. They run
as a user without any rights (`NOBODY`), with ``/tmp`` as their home, unless that could not work:

- something of the image is below ``/root``, where others cannot read;
- a database can be read by root only;
- the node gives capabilities back, which only root can use;
- the engine maps users, so that root inside is nobody outside anyway.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.types import DeviceRequest, LogConfig, Ulimit

AUTO, OF_IMAGE = "auto", "image"
NOBODY = "65534:65534"
HOME = "/tmp"  # noqa: S108  # inside the container, where it is the algorithm's own

_NANO = 1_000_000_000
_ROOTS_HOME = "/root"
_MAPPED = ("name=rootless", "name=userns")
_WITH_QUOTAS = frozenset({"btrfs", "zfs", "devicemapper"})
_TMPFS = dict.fromkeys(("/tmp", "/var/tmp", "/run"), "mode=1777")  # noqa: S108  # inside
_OTHERS, _GROUP = 0, 3  # how far their bits are shifted in a mode


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use; generous, but never all of the host.

    `memory_bytes` None means four fifths of the host's, `cpus` None means all, `seconds` and
    `disk_bytes` None mean no limit. `log_bytes` is what is kept of the output, the end of it.
    `user` is `AUTO`, `OF_IMAGE`, or numbers as in Docker's ``USER``. `capabilities` are given
    back: with ``DAC_OVERRIDE`` an image that runs as root reads databases of other users. Whoever
    is above `disk_bytes` is found out within `look_s`.
    """

    memory_bytes: int | None = None
    cpus: float | None = None
    processes: int = 4096
    seconds: float | None = 7 * 24 * 3600
    disk_bytes: int | None = 10 * 10**9
    log_bytes: int = 10 * 1024 * 1024
    gpus: bool = False
    user: str = AUTO
    read_only: bool = False
    capabilities: tuple[str, ...] = ()
    look_s: float = 10.0

    def memory(self, engine: Mapping[str, Any]) -> int:
        """Bytes that a run may use on this engine (``docker info``); 0 when nothing is known."""
        return self.memory_bytes or int(engine.get("MemTotal") or 0) * 4 // 5


def limit_options(limits: Limits, engine: Mapping[str, Any], *, quota: bool) -> dict[str, Any]:
    """The limits in the words of Docker's API, as far as this engine can keep them.

    Parameters
    ----------
    limits
        What a run may use.
    engine
        What the engine says about itself.
    quota
        Whether its storage can bound what a container writes beside its mounts.
    """
    memory = limits.memory(engine)
    options: dict[str, Any] = {
        "pids_limit": limits.processes,
        "mem_limit": memory or None,
        # The same for memory and swap together: a run that needs more ends, the host goes on.
        "memswap_limit": memory or None,
        "ulimits": [Ulimit(name="core", soft=0, hard=0)],  # a dump would hold patients' data
        # Of two files one is always complete: what is kept is never nearly nothing.
        "log_config": LogConfig(
            type=LogConfig.types.JSON,
            config={"max-size": str(max(1, limits.log_bytes // 2)), "max-file": "2"},
        ),
    }
    if limits.disk_bytes:
        options["ulimits"].append(
            Ulimit(name="fsize", soft=limits.disk_bytes, hard=limits.disk_bytes)
        )
        if quota:
            options["storage_opt"] = {"size": str(limits.disk_bytes)}
    # An engine without this controller refuses the option, and so every run.
    if limits.cpus and engine.get("CpuCfsQuota", True):
        options["nano_cpus"] = int(limits.cpus * _NANO)
    if limits.read_only:
        options |= {"read_only": True, "tmpfs": dict(_TMPFS)}
    if limits.gpus:
        options["device_requests"] = [DeviceRequest(count=-1, capabilities=[["gpu"]])]
    return options


def may_have_quota(engine: Mapping[str, Any]) -> bool:
    """Whether it is worth trying to bound the storage of a container on this engine."""
    driver = str(engine.get("Driver", ""))
    below = dict(engine.get("DriverStatus") or ()).get("Backing Filesystem", "")
    return driver in _WITH_QUOTAS or (driver == "overlay2" and below == "xfs")


@dataclass(frozen=True, slots=True)
class Identity:
    """User and further groups of a container; `user` None is the image's own."""

    user: str | None
    groups: tuple[int, ...] = ()

    @property
    def home(self) -> str | None:
        """Home of a user whom the image does not know; None where the image knows."""
        return HOME if self.user is not None else None


def identity(
    limits: Limits,
    image: Mapping[str, Any],
    databases: Mapping[str, Path],
    engine: Mapping[str, Any],
) -> Identity:
    """Who the programs of a run are; see the module.

    Parameters
    ----------
    limits
        Its `user` decides, or leaves it to the rules.
    image
        Configuration of the image (``Config`` of ``docker image inspect``).
    databases
        Files and folders on this host, by label.
    engine
        What the engine says about itself.
    """
    if limits.user == OF_IMAGE:
        return Identity(None, _groups(databases))
    if limits.user != AUTO:
        return Identity(limits.user, _groups(databases))
    is_mapped = any(o.startswith(_MAPPED) for o in engine.get("SecurityOptions") or ())
    root_is_needed = is_mapped or limits.capabilities or _needs_root(image)
    if root_is_needed or any(map(_only_root_reads, databases.values())):
        return Identity(None, _groups(databases))
    return Identity(_without_rights(), _groups(databases))


def closed_databases(databases: Mapping[str, Path]) -> list[str]:
    """Labels of databases that neither everybody nor a group of the host can read."""
    return [label for label, path in databases.items() if _is_closed(path)]


def _without_rights() -> str:
    # A node that is not root could not remove what another user leaves in the temporary folder.
    return f"{os.geteuid()}:{os.getegid()}" if os.geteuid() else NOBODY


def _needs_root(image: Mapping[str, Any]) -> bool:
    if image.get("User"):
        return True
    texts = [image.get("WorkingDir") or ""]
    for key in ("Env", "Cmd", "Entrypoint"):
        texts += image.get(key) or []
    return any(_ROOTS_HOME in text for text in texts)


def _only_root_reads(path: Path) -> bool:
    return path.stat().st_uid == 0 and _is_closed(path)


def _groups(databases: Mapping[str, Path]) -> tuple[int, ...]:
    """Groups without which a database cannot be read."""
    closed = [path for path in databases.values() if not _is_open(path, _OTHERS)]
    return tuple(sorted({path.stat().st_gid for path in closed if _is_open(path, _GROUP)}))


def _is_closed(path: Path) -> bool:
    return not _is_open(path, _OTHERS) and not _is_open(path, _GROUP)


def _is_open(path: Path, class_: int) -> bool:
    """Whether users of a class can read a file, or read and enter a folder."""
    needed = 0o5 if path.is_dir() else 0o4
    return (path.stat().st_mode >> class_) & needed == needed
