"""The contract between a node and an algorithm container: variables, files and mounts.

Everything here is 3.x wire format: published images read exactly these names and paths.
"""

from pathlib import PurePosixPath

INPUT_FILE = "INPUT_FILE"
OUTPUT_FILE = "OUTPUT_FILE"
TOKEN_FILE = "TOKEN_FILE"  # noqa: S105  # the name of a variable
TEMPORARY_FOLDER = "TEMPORARY_FOLDER"
HOST = "HOST"
PORT = "PORT"
API_PATH = "API_PATH"
REQUESTED_LABEL = "USER_REQUESTED_DATABASE_LABEL"
DATABASE_LABELS = "DB_LABELS"
LEGACY_DATABASE_URI = "DATABASE_URI"

DATA_MOUNT = PurePosixPath("/mnt/data")
"""Folder in the container that holds the run's own folder and the databases."""
TEMPORARY_MOUNT = PurePosixPath("/mnt/tmp")  # inside the container, one per run tree

INPUT, OUTPUT, TOKEN = "input", "output", "token"
"""File names inside the folder of a run."""

DEFAULT_LABEL = "default"
"""Database that is meant when a task names none."""

PROXY_HOST = "proxyserver"
"""Name under which an algorithm finds the proxy of its node."""


def run_folder(result_id: int) -> PurePosixPath:
    """Folder of a run inside its container."""
    return DATA_MOUNT / f"task-{result_id:09d}"


def database_uri(label: str) -> str:
    """Variable with the address of the database `label`."""
    return f"{label.upper()}_DATABASE_URI"


def database_type(label: str) -> str:
    """Variable with the type of the database `label`."""
    return f"{label.upper()}_DATABASE_TYPE"
