"""Where the engine finds the files of this node.

A node that runs in a container of the same engine sees its folders under other names than the
engine does. The engine itself says which: the mounts of the node's own container.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docker.errors import NotFound

from vantage6.node.runtime.base import StartError
from vantage6.node.runtime.docker_engine import engine_answers

_MOUNTS = Path("/proc/self/mountinfo")
# Docker mounts these files of its own into each container: fields 4 and 5 of a line.
_OWN_FILE = re.compile(
    r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)"
    r" /etc/(?:hostname|hosts|resolv\.conf) "
)


@dataclass(frozen=True, slots=True)
class OwnContainer:
    """The container in which this process runs."""

    container_id: str
    image_id: str
    mounts: tuple[tuple[Path, Path], ...]
    """Folder or file in here, and the same on the host; the longest first."""


def own_container(engine: Any, mounts: Path = _MOUNTS) -> OwnContainer | None:
    """The container of this engine in which this process runs; None when there is none.

    Nothing is guessed: the engine is asked, and one that does not know the container that the
    kernel speaks of is not the one that runs it.

    Raises
    ------
    RuntimeUnavailable
        When the engine does not answer.
    """
    found = _OWN_FILE.search(mounts.read_text()) if mounts.exists() else None
    if found is None:
        return None
    with engine_answers():
        try:
            container = engine.inspect_container(found.group(1))
        except NotFound:
            return None
    return OwnContainer(container["Id"], container["Image"], _pairs(container["Mounts"]))


class HostPaths:
    """Translates between this process and the host of the engine.

    Parameters
    ----------
    container
        From `own_container`; without one, both are the same.
    """

    def __init__(self, container: OwnContainer | None = None) -> None:
        self._mounts = container.mounts if container is not None else ((Path("/"), Path("/")),)

    def outside(self, path: Path) -> Path:
        """What the engine calls a file or folder of this process.

        Raises
        ------
        StartError
            When the engine cannot see it.
        """
        resolved = path.resolve()
        for inside, outside in self._mounts:
            if resolved.is_relative_to(inside):
                return outside / resolved.relative_to(inside)
        raise StartError(
            "the node runs in a container, and a folder that algorithms need is not mounted there",
            debug=f"{resolved} is below no mount of this container",
        )

    def inside(self, path: Path) -> Path | None:
        """What this process calls a file or folder of the host; None when it cannot see it."""
        for inside, outside in self._mounts:
            if path.is_relative_to(outside):
                return inside / path.relative_to(outside)
        return None


def _pairs(mounts: Iterable[Mapping[str, Any]]) -> tuple[tuple[Path, Path], ...]:
    pairs = [(Path(mount["Destination"]), Path(mount["Source"])) for mount in mounts]
    return tuple(sorted(pairs, key=lambda pair: len(pair[0].parts), reverse=True))
