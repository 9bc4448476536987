"""The connection to a Docker engine, and what its failures mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import DockerException
from docker.utils import kwargs_from_env
from requests.exceptions import RequestException

from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.runtime.base import StartError

_TIMEOUT_S = 60


def connect(address: str | None = None) -> Any:
    """Client of a Docker engine, for all parts of one runtime.

    Parameters
    ----------
    address
        As in DOCKER_HOST; None reads that variable and its like, as Docker's own client does.

    Raises
    ------
    RuntimeUnavailable
        When no engine answers there.
    """
    options = {"base_url": address} if address else kwargs_from_env()
    try:
        return docker.APIClient(version="auto", timeout=_TIMEOUT_S, **options)
    except (DockerException, RequestException) as error:
        raise RuntimeUnavailable(
            f"no Docker engine answers at {options.get('base_url', 'its usual socket')}; start it,"
            " let this user use it, or say in DOCKER_HOST where it is",
            debug=str(error),
        ) from error


@contextmanager
def engine_answers() -> Iterator[None]:
    """Turn failures of the engine into one error that says nothing about any run.

    Raises
    ------
    RuntimeUnavailable
        In place of what Docker's client raises.
    """
    try:
        yield
    except (DockerException, RequestException) as error:
        raise RuntimeUnavailable(
            "the Docker engine does not answer as it should; see the log of the node",
            debug=str(error),
        ) from error


def start_error(image: str, error: Exception) -> StartError:
    """Why a container did not start: what is safe to show; what the engine said is for the log."""
    explanation = str(getattr(error, "explanation", None) or error)
    reason = "the container engine does not start the container"
    if "OCI runtime create failed" in explanation or "No command specified" in explanation:
        reason = "the command of the image cannot be run"
    elif "could not select device driver" in explanation:
        reason = "the container engine of this node has no driver for GPUs"
    elif isinstance(error, OSError) and not isinstance(error, RequestException):
        reason = "its files or its way to the proxy cannot be made"
    return StartError(f"{image} did not start: {reason}", debug=explanation)
