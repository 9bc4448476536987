"""An algorithm by itself: the same start and the same files, but no server, node or proxy."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.errors import DockerException
from vantage6.cli.containers import engine, require_image
from vantage6.common import contract, payload
from vantage6.node.runtime.process import wrapper_command

FOLDER = str(contract.DATA_MOUNT / "task-000000001")
DATABASE = str(contract.DATA_MOUNT / "default.csv")


def prepare(folder: Path, method: str, **kwargs: Any) -> None:
    """Put what a node gives to a run into a folder."""
    input_ = {"method": method, "args": [], "kwargs": kwargs}
    (folder / contract.INPUT).write_bytes(payload.dump(input_))
    (folder / contract.OUTPUT).touch()
    (folder / contract.TOKEN).write_text("none")


def run_container(image: str, folder: Path, database: Path, *command: str) -> None:
    """`docker run --rm` of an image with the files of a run; returns when it is removed."""
    mounts = ["-v", f"{folder}:{FOLDER}", "-v", f"{database}:{DATABASE}:ro"]
    variables = [f"-e{name}={text}" for name, text in _variables(FOLDER, DATABASE).items()]
    arguments = ["docker", "run", "--rm", "--network=none", *mounts, *variables, image, *command]
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)


def run_process(package: Path, folder: Path, database: Path) -> None:
    """What the process runtime starts."""
    variables = _variables(str(folder), str(database))
    environment = {"PATH": os.defpath, **variables}
    command = wrapper_command(str(package))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)


def build(image: str, context: Path, **arguments: str) -> None:
    """Build an image on the algorithm base that `make images` makes."""
    with_docker()
    options = [f"--build-arg={name}={text}" for name, text in arguments.items()]
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    command = ["docker", "build", "-q", *options, "-t", image, str(context)]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def with_docker(image: str = "vantage6/algorithm-base:3.12") -> None:
    """Refuse to go on without an engine and an image."""
    client = engine()
    try:
        require_image(client, image, "run `make images` first")
    finally:
        client.close()


def timeline(node: str, since: float, until: float) -> dict[str, list[float]]:
    """When containers of a node were created, started, died and destroyed, by these words."""
    client = engine()
    try:
        labels = {"label": f"node={node}", "type": "container"}
        events = client.api.events(since=since, until=until, filters=labels, decode=True)
        found: dict[str, list[float]] = {}
        for event in events:
            found.setdefault(event["Action"], []).append(event["timeNano"] / 1e9)
    except DockerException as error:
        raise RuntimeError("the engine does not tell what happened") from error
    finally:
        client.close()
    return found


def _variables(folder: str, database: str) -> Mapping[str, str]:
    return {
        contract.INPUT_FILE: f"{folder}/{contract.INPUT}",
        contract.OUTPUT_FILE: f"{folder}/{contract.OUTPUT}",
        contract.TOKEN_FILE: f"{folder}/{contract.TOKEN}",
        contract.REQUESTED_LABEL: contract.DEFAULT_LABEL,
        contract.database_uri(contract.DEFAULT_LABEL): database,
    }
