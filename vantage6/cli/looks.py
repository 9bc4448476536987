"""What `check` looks at for servers and nodes alike."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vantage6.cli.context import Configured
from vantage6.cli.facts import Finding, Level

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def is_here(host: str | None) -> bool:
    """Whether only programs of this machine reach this host under its name."""
    return host in _HERE


def at_folders(configured: Configured[Any]) -> Iterator[Finding]:
    """Whether data and log can be written."""
    for about, folder in (("data", configured.folders.data), ("log", configured.folders.log)):
        problem = problem_with_folder(folder)
        if problem:
            yield Finding(
                f"directories.{about}",
                Level.ERROR,
                problem,
                f"give this user the right to, or set directories.{about}",
            )


def problem_with_folder(folder: Path) -> str | None:
    """Why nothing can be written to a folder, which need not be there yet."""
    # `Path.exists` raises an error for what is in a folder that this user may not look into.
    places = (folder, *folder.parents)
    there = next(each for each in places if os.path.exists(each))  # noqa: PTH110
    if not there.is_dir():
        return f"{folder} cannot be made: {there} is a file"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there} cannot be written by this user"
    return None
