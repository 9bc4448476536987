"""Containers of nodes and servers, found by exact names and labels, never by parts of names."""

import contextlib
import re
from collections.abc import Iterable
from typing import Any

from vantage6.cli.context import Instance
from vantage6.cli.exits import Refused
from vantage6.common.errors import RuntimeUnavailable

KEPT = "vantage6-kept"
"""Label of a container that is not removed when it is stopped."""


def engine(timeout_s: float = 10) -> Any:
    """Client of the Docker engine.

    Parameters
    ----------
    timeout_s
        Longest time that one answer may take.

    Raises
    ------
    RuntimeUnavailable
        When none answers.
    """
    try:
        import docker
        from docker.errors import DockerException
    except ModuleNotFoundError as error:
        raise RuntimeUnavailable(
            "the library of Docker is not installed here: pip install 'vantage6[node]'"
        ) from error
    from requests import RequestException

    try:
        client = docker.from_env(timeout=timeout_s)
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


def provide_image(client: Any, image: str, option: str = "--image") -> None:
    """Pull an image that this host does not have; one that it has is used as it is.

    Parameters
    ----------
    client
        Client of the engine.
    image
        Name of the image.
    option
        Option of the command that names another one.

    Raises
    ------
    RuntimeUnavailable
        When it cannot be had.
    """
    from docker.errors import APIError, ImageNotFound
    from requests import RequestException

    from vantage6.cli.progress import PullFailed, watch_pull
    from vantage6.common.echo import info
    from vantage6.node.image_name import ImageName, InvalidImageName

    try:
        client.images.get(image)
    except ImageNotFound:
        info(f"Pulling {image}")
    else:
        return
    try:
        # Without a tag, an engine would pull every one that there is.
        name = ImageName.parse(image)
        lines = client.api.pull(name.name, tag=name.version, stream=True, decode=True)
        watch_pull(lines, image)
    except InvalidImageName as error:
        raise RuntimeUnavailable(f"{error.message}; name another one with {option}") from error
    except (APIError, RequestException, PullFailed) as error:
        said = getattr(error, "explanation", None) or error
        raise RuntimeUnavailable(
            f"the image {image} is not on this host and cannot be pulled; name another one with"
            f" {option}, or build it with `examples/images.sh` of the sources ({said})"
        ) from error


def name_of(instance: Instance) -> str:
    """Name of the container of an instance, as 3.x names it."""
    ending = "" if instance.component == "node" else f"-{instance.component}"
    return f"vantage6-{instance.name}-{instance.scope}{ending}"


def network_of(instance: Instance) -> str:
    """Name of the network of a server, as 3.x names it."""
    return f"vantage6-{instance.name}-{instance.scope}-network"


def labels_of(instance: Instance) -> dict[str, str]:
    """Labels of the container of an instance, as 3.x has them."""
    return {
        "vantage6-type": instance.component,
        "system": str(instance.system),
        "name": instance.name,
    }


def container_of(client: Any, instance: Instance) -> Any | None:
    """The container of an instance, running or not; None when there is none."""
    wanted = [f"{key}={value}" for key, value in labels_of(instance).items()]
    found = client.containers.list(all=True, filters={"label": wanted}, ignore_removed=True)
    return next((each for each in found if each.name == name_of(instance)), None)


def end_container(client: Any, instance: Instance, within_s: float, *, force: bool) -> bool:
    """Stop the container of an instance and remove it, and what was started beside it.

    Parameters
    ----------
    client
        Client of the engine.
    instance
        Whose container.
    within_s
        Time that it has to end in order.
    force
        End it at once.

    Returns
    -------
    bool
        Whether there was one.
    """
    from docker.errors import NotFound

    container = container_of(client, instance)
    if container is not None:
        # When it is not there any more, somebody else was quicker.
        with contextlib.suppress(NotFound):
            if not force and container.status == "running":
                container.stop(timeout=int(within_s))
            if force or container.labels.get(KEPT) is None:
                container.remove(force=True, v=True)
    if instance.component == "server":
        _end_neighbours(client, instance)
    return container is not None


def _end_neighbours(client: Any, instance: Instance) -> None:
    """End what was started beside a server for it."""
    from vantage6.cli import ui

    ui.remove(client, instance)
    end_network(client, network_of(instance))


def provide_network(client: Any, name: str) -> None:
    """Make a network that is not there."""
    from docker.errors import NotFound

    try:
        client.networks.get(name)
    except NotFound:
        client.networks.create(name, driver="bridge", labels={"vantage6-type": "network"})


def end_network(client: Any, name: str) -> None:
    """Remove the network of this very name, unless a container of somebody else is on it."""
    from docker.errors import APIError, NotFound

    from vantage6.cli.rabbitmq import leave

    leave(client, name)
    try:
        network = client.networks.get(name)
        network.reload()
        if not network.attrs.get("Containers"):
            network.remove()
    except NotFound:
        return
    except APIError as error:
        raise Refused(f"the network {name} cannot be removed: {error.explanation}") from error


def remove_runs(client: Any, nodes: Iterable[str]) -> int:
    """Remove every algorithm container of these nodes, running or not; how many there were."""
    from docker.errors import NotFound

    count = 0
    for node in nodes:
        labels = ["vantage6-type=algorithm", f"node={node}"]
        for container in client.containers.list(
            all=True, filters={"label": labels}, ignore_removed=True
        ):
            count += 1
            try:
                container.remove(force=True, v=True)
            except NotFound:
                # The node was quicker.
                continue
    return count


def temporary_volumes(client: Any, node: str | None) -> list[Any]:
    """Volumes for the temporary files of tasks, of one node or of all; only 3.x makes them."""
    whose = r".+" if node is None else re.escape(node)
    form = re.compile(rf"vantage6-{whose}-(system|user)-\d+-tmpvol")
    return [volume for volume in client.volumes.list() if form.fullmatch(volume.name)]


def remove_volume(volume: Any) -> None:
    """Remove a volume.

    Raises
    ------
    Refused
        When a container uses it.
    """
    from docker.errors import APIError

    try:
        volume.remove()
    except APIError as error:
        raise Refused(
            f"the volume {volume.name} cannot be removed: {error.explanation}; stop the node first"
        ) from error
