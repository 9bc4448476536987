"""Containers of nodes, found by their labels and never by parts of their names."""

from collections.abc import Iterable
from typing import Any

from vantage6.common.errors import RuntimeUnavailable


def engine() -> Any:
    """Client of the Docker engine.

    Raises
    ------
    RuntimeUnavailable
        When none answers.
    """
    import docker
    from docker.errors import DockerException
    from requests import RequestException

    try:
        client = docker.from_env(timeout=10)
        client.ping()
    except (DockerException, RequestException) as error:
        raise RuntimeUnavailable(
            "no Docker engine answers: is it started, and may you use it?", debug=str(error)
        ) from error
    return client


def require_image(client: Any, image: str, remedy: str) -> None:
    """Refuse to go on without an image.

    Raises
    ------
    RuntimeUnavailable
        When this host does not have it; `remedy` says how to get it.
    """
    from docker.errors import ImageNotFound

    try:
        client.images.get(image)
    except ImageNotFound as error:
        raise RuntimeUnavailable(f"the image {image} is not on this host; {remedy}") from error


def remove_runs(client: Any, nodes: Iterable[str]) -> int:
    """Remove every algorithm container of these nodes, running or not; how many there were."""
    from docker.errors import NotFound

    count = 0
    for node in nodes:
        labels = ["vantage6-type=algorithm", f"node={node}"]
        for container in client.containers.list(all=True, filters={"label": labels}):
            count += 1
            try:
                container.remove(force=True, v=True)
            except NotFound:
                # The node was quicker.
                continue
    return count
