"""Files of runs on this host: the folder that a container sees, and what it left there.

Layout below the base folder, which only the node's user can enter::

    task-000000012/{input,token,output}    of one run, mounted into its container
    tree-000000003/                        temporary folder of all runs with the same run_id
    result-000000012                       what is sent to the server, until it has it

The folders below the base are open to everyone, because containers run as any user; the base is
what keeps other users of the host out. After a run its folder is hostile: whatever is in it may
have been replaced by links, pipes or very large files, and be nested without end.
"""

import logging
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from vantage6.common import contract
from vantage6.common.errors import V6Error

log = logging.getLogger(__name__)
_RUN, _TREE, _RESULT = "task", "tree", "result"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PART_BYTES = 1024 * 1024


class OutputError(V6Error):
    """The output of an algorithm cannot be taken over."""

    code = "output"


class RunFiles:
    """Makes, reads and removes the files of runs.

    Parameters
    ----------
    base
        Folder for all of them; made when it is not there.
    output_limit_bytes
        Largest output that is read.
    """

    def __init__(self, base: Path, output_limit_bytes: int) -> None:
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o700)
        self._base = base.resolve()
        self._limit = output_limit_bytes

    def create(self, result_id: int, payload: bytes | Iterable[bytes], token: str) -> Path:
        """Folder of a run with its input (in parts, or whole), its token and an empty output."""
        self.remove(result_id)
        folder = self._folder(_RUN, result_id)
        folder.mkdir()
        folder.chmod(0o755)
        parts = [payload] if isinstance(payload, bytes) else payload
        _write(folder / contract.INPUT, parts, 0o644)
        _write(folder / contract.TOKEN, [token.encode("ascii")], 0o644)
        _write(folder / contract.OUTPUT, [], 0o666)
        return folder

    def temporary(self, run_id: int) -> Path:
        """Temporary folder of a tree of tasks; made when it is not there."""
        folder = self.tree_folder(run_id)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o1777)
        return folder

    def tree_folder(self, run_id: int) -> Path:
        """Where the temporary folder of a tree is, or would be."""
        return self._folder(_TREE, run_id)

    def last_use(self, run_id: int) -> float:
        """When a temporary folder was last given to a run, in seconds since 1970; 0 if unknown."""
        try:
            # Algorithms can set the time of a modification as they like, but not this one.
            return self.tree_folder(run_id).stat().st_ctime
        except FileNotFoundError:
            return 0

    def output_parts(self, result_id: int) -> Iterator[bytes]:
        """What the algorithm wrote, in parts.

        Raises
        ------
        OutputError
            When there is no output, or none that can be trusted; possibly after some parts.
        """
        path = self._folder(_RUN, result_id) / contract.OUTPUT
        with _opened_output(path) as (descriptor, size):
            # A file of holes has any size that it likes, so the size is asked for before reading;
            # and a file that grows while it is read is read no further.
            self._check_size(size)
            total = 0
            while part := os.read(descriptor, _PART_BYTES):
                total += len(part)
                self._check_size(total)
                yield part

    def store_result(self, result_id: int, parts: Iterable[str]) -> Path:
        """Keep what is to be sent; on disk when this returns."""
        file = self._folder(_RESULT, result_id)
        file.unlink(missing_ok=True)
        _write(file, (part.encode("ascii") for part in parts), 0o600, is_durable=True)
        return file

    def remove_result(self, result_id: int) -> None:
        """Remove what was to be sent; removing the unknown is fine."""
        self._folder(_RESULT, result_id).unlink(missing_ok=True)

    def results(self) -> frozenset[int]:
        """Every run with something to be sent."""
        return self._numbers(_RESULT)

    def _check_size(self, size: int) -> None:
        if size > self._limit:
            raise OutputError(
                f"the output of the algorithm is larger than {self._limit // 10**6} MB, the limit "
                "of this node"
            )

    def remove(self, result_id: int) -> None:
        """Remove the folder of a run; removing the unknown is fine."""
        _remove(self._folder(_RUN, result_id))

    def runs(self) -> frozenset[int]:
        """Every run that has a folder."""
        return self._numbers(_RUN)

    def trees(self) -> frozenset[int]:
        """Every `run_id` that has a temporary folder."""
        return self._numbers(_TREE)

    def remove_tree(self, run_id: int) -> None:
        """Remove the temporary folder of a tree; removing the unknown is fine."""
        _remove(self._folder(_TREE, run_id))

    def _numbers(self, kind: str) -> frozenset[int]:
        numbers = (folder.name.partition("-")[2] for folder in self._base.glob(f"{kind}-*"))
        return frozenset(int(text) for text in numbers if text.isascii() and text.isdigit())

    def _folder(self, kind: str, number: int) -> Path:
        return self._base / f"{kind}-{number:09d}"


def remove_hostile(folder: Path) -> None:
    """Remove a folder that was filled by somebody who wants to be in the way.

    No link is followed. Folders inside are moved up to the first level before they are opened: so
    however deep they are nested, neither the stack nor the open files come to their end.

    Raises
    ------
    OSError
        When something cannot be removed; what can be is gone.
    """
    root = os.open(folder, _FOLDER)
    try:
        moved = _Names()
        while True:
            before = moved.count
            removed, error = _remove_first_level(root, moved)
            if error is None and not removed:
                break
            if error is not None and not removed and moved.count == before:
                raise error
    finally:
        os.close(root)
    folder.rmdir()


class _Names:
    """Names that are not there yet, whatever is."""

    def __init__(self) -> None:
        self.count = 0
        self._prefix = secrets.token_hex(8)

    def new(self) -> str:
        self.count += 1
        return f"{self._prefix}-{self.count}"


def _remove_first_level(root: int, moved: _Names) -> tuple[int, OSError | None]:
    """How much was removed, and why the rest was not; folders in folders are moved up."""
    removed, error = 0, None
    with os.scandir(root) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    _move_out(root, entry.name, moved)
                    os.rmdir(entry.name, dir_fd=root)
                else:
                    os.unlink(entry.name, dir_fd=root)
                removed += 1
            except OSError as reason:
                error = reason
    return removed, error


def _move_out(root: int, name: str, moved: _Names) -> None:
    """Remove the files of a folder of the first level, and move its folders there."""
    os.chmod(name, 0o700, dir_fd=root)  # who owns a folder may close it to itself
    folder = os.open(name, _FOLDER, dir_fd=root)
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.name, 0o700, dir_fd=folder)
                    os.rename(entry.name, moved.new(), src_dir_fd=folder, dst_dir_fd=root)
                else:
                    os.unlink(entry.name, dir_fd=folder)
    finally:
        os.close(folder)


@contextmanager
def _opened_output(path: Path) -> Iterator[tuple[int, int]]:
    """Descriptor and size of a file that is nothing but a file."""
    try:
        # Not blocking: opening a pipe would wait for its other end for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise OutputError("the algorithm left no output file") from error
    except OSError as error:
        reason = "the output of the algorithm is not a file that can be read"
        raise OutputError(reason, debug=repr(error)) from error
    try:
        found = os.fstat(descriptor)
        # A second name may be that of a file which is none of the run's.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise OutputError("the output of the algorithm is not a regular file")
        yield descriptor, found.st_size
    finally:
        os.close(descriptor)


def _write(path: Path, parts: Iterable[bytes], mode: int, *, is_durable: bool = False) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask
        file.writelines(parts)
        if is_durable:
            file.flush()
            os.fsync(descriptor)


def _remove(folder: Path) -> None:
    try:
        remove_hostile(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        # A container that runs as root leaves what only root can remove. It is in nobody's way.
        log.warning("%s cannot be removed completely: %s", folder, error)
