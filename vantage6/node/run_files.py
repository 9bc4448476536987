"""Files of runs on this host: the folder that a container sees, and what it left there.

Layout below the base folder, which only the node's user can enter::

    task-000000012/{input,token,output}    of one run, mounted into its container
    tree-000000003/                        temporary folder of all runs with the same run_id

The folders below the base are open to everyone, because containers run as any user; the base is
what keeps other users of the host out. After a run its folder is hostile: whatever is in it may
have been replaced by links, pipes or very large files.
"""

import logging
import os
import shutil
import stat
from pathlib import Path

from vantage6.common import contract
from vantage6.common.errors import V6Error

log = logging.getLogger(__name__)
_RUN, _TREE = "task", "tree"


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

    def create(self, result_id: int, payload: bytes, token: str) -> Path:
        """Folder of a run with its input, its token and an empty output."""
        self.remove(result_id)
        folder = self._folder(_RUN, result_id)
        folder.mkdir()
        folder.chmod(0o755)
        _write(folder / contract.INPUT, payload, 0o644)
        _write(folder / contract.TOKEN, token.encode("ascii"), 0o644)
        _write(folder / contract.OUTPUT, b"", 0o666)
        return folder

    def temporary(self, run_id: int) -> Path:
        """Temporary folder of a tree of tasks; made when it is not there."""
        folder = self._folder(_TREE, run_id)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o1777)
        return folder

    def read_output(self, result_id: int) -> bytes:
        """What the algorithm wrote.

        Raises
        ------
        OutputError
            When there is no output, or none that can be trusted.
        """
        path = self._folder(_RUN, result_id) / contract.OUTPUT
        try:
            # Not blocking: opening a pipe would wait for its other end for ever.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise OutputError("the algorithm left no output file") from error
        except OSError as error:
            reason = "the output of the algorithm is not a file that can be read"
            raise OutputError(reason, debug=repr(error)) from error
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OutputError("the output of the algorithm is not a regular file")
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(self._limit + 1)
        if len(content) > self._limit:
            raise OutputError(
                f"the output of the algorithm is larger than {self._limit // 10**6} MB, the limit "
                "of this node"
            )
        return content

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
        return frozenset(int(f.name.partition("-")[2]) for f in self._base.glob(f"{kind}-*"))

    def _folder(self, kind: str, number: int) -> Path:
        return self._base / f"{kind}-{number:09d}"


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # whatever the umask
        file.write(content)


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        # A container that runs as root leaves what only root can remove. It is in nobody's way.
        log.warning("%s cannot be removed completely: %s", folder, error)
