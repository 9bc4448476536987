"""The main program of an algorithm's container, in a process of its own that starts fast."""

import multiprocessing
import os
import sys
from collections.abc import Mapping
from pathlib import Path

LIMIT_S = 60
_PRELOADED = ["pandas", "vantage6.tools.docker_wrapper", __name__]


class ContainerFailed(Exception):
    """It ended without a result."""


def run_container(package: str, installed: Path, environ: Mapping[str, str]) -> None:
    """Run what the CMD of a classic Dockerfile runs.

    Parameters
    ----------
    package
        Name of the algorithm's package.
    installed
        Where that is found.
    environ
        What the node sets.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    process = context.Process(target=_main, args=(package, str(installed), dict(environ)))
    process.start()
    process.join(LIMIT_S)
    if process.exitcode != 0:
        raise ContainerFailed(f"error > {package} ended with exit code {process.exitcode}")


def _main(package: str, installed: str, environ: dict[str, str]) -> None:
    from vantage6.tools.docker_wrapper import docker_wrapper

    os.environ.update(environ)
    sys.path.insert(0, installed)
    docker_wrapper(package)
