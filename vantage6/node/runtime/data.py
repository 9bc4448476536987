"""What a run finds in its container: the databases of the node, and its own files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from vantage6.common import contract
from vantage6.node.runtime.base import RunSpec, StartError
from vantage6.node.runtime.environment import Places

_RUN_FOLDER = re.compile(r"task-\d+")


def database_files(spec: RunSpec) -> dict[str, Path]:
    """File or folder on this host per label; databases that are addresses are not in it.

    Raises
    ------
    StartError
        When the database that the task asks for should be a file, and there is none.
    """
    files: dict[str, Path] = {}
    for database in spec.databases:
        path = database.path
        if path is not None:
            files[database.label] = path
        elif database.label == spec.requested_label and Path(database.uri).is_absolute():
            raise StartError(
                f"the file of the database {database.label!r} is not there at the node",
                debug=f"{database.uri} does not exist or cannot be read",
            )
    return files


def container_paths(files: Mapping[str, Path]) -> dict[str, PurePosixPath]:
    """Where each of `database_files` is seen in a container, in the same order.

    Algorithms are used to the file's own name below ``/mnt/data``. Of two files with the same
    name, the later one gets its label in front.
    """
    paths: dict[str, PurePosixPath] = {}
    taken: set[str] = set()
    for label, file in files.items():
        name = file.name
        while name in taken or _RUN_FOLDER.fullmatch(name) or not name:
            name = f"{label}-{name}"
        taken.add(name)
        paths[label] = contract.DATA_MOUNT / name
    return paths


def addresses(spec: RunSpec, paths: Mapping[str, PurePath]) -> dict[str, str]:
    """What the algorithm is told per label: its path if it has one, else the address as it is."""
    return {
        database.label: str(paths.get(database.label, database.uri)) for database in spec.databases
    }


@dataclass(frozen=True, slots=True)
class Layout:
    """The databases of a run on this host (`files`) and in its container (`paths`), by label."""

    spec: RunSpec
    files: Mapping[str, Path]
    paths: Mapping[str, PurePosixPath]

    @classmethod
    def of(cls, spec: RunSpec) -> "Layout":
        """Decide where everything goes.

        Raises
        ------
        StartError
            As `database_files`.
        """
        files = database_files(spec)
        return cls(spec, files, container_paths(files))

    def places(self, host: str, port: int) -> Places:
        """All places, as the algorithm sees them, with the address of its proxy."""
        return Places(
            folder=contract.run_folder(self.spec.result_id),
            temporary=contract.TEMPORARY_MOUNT,
            databases=addresses(self.spec, self.paths),
            host=host,
            port=port,
        )
