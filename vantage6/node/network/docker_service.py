"""Containers of the owner that algorithms may use, such as a database server beside the node.

Configured as in 3.x: a name for algorithms, and the name of a container that runs on the same
engine. Algorithms find it under that name on each TCP port that its image exposes, and nothing
else of the network that it is in: every connection goes through `vantage6.node.network.relay`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from docker.errors import DockerException, NotFound
from requests.exceptions import RequestException

from vantage6.common.errors import ConfigurationError, RuntimeUnavailable
from vantage6.node.network.exits import Exit


def service_exits(engine: Any, services: Mapping[str, str]) -> tuple[Exit, ...]:
    """The exits to containers of the owner.

    Parameters
    ----------
    engine
        Docker's API client.
    services
        Name of a container by the name that algorithms know.

    Raises
    ------
    ConfigurationError
        When a container is not there, or exposes no port.
    RuntimeUnavailable
        When the engine does not answer.
    """
    return tuple(
        Exit(alias, port, find=_finder(engine, container))
        for alias, container in services.items()
        for port in _exposed(engine, alias, container)
    )


def _exposed(engine: Any, alias: str, container: str) -> list[int]:
    try:
        found = engine.inspect_container(container)
    except NotFound as error:
        raise ConfigurationError(
            f"docker_services.{alias}: there is no container {container!r}; start it first"
        ) from error
    except (DockerException, RequestException) as error:
        raise RuntimeUnavailable(
            "the Docker engine does not answer as it should; see the log of the node",
            debug=str(error),
        ) from error
    ports = [entry.split("/") for entry in found["Config"].get("ExposedPorts") or {}]
    numbers = sorted(int(number) for number, protocol in ports if protocol == "tcp")
    if not numbers:
        raise ConfigurationError(
            f"docker_services.{alias}: the container {container!r} exposes no TCP port; start it"
            " with --expose"
        )
    return numbers


def _finder(engine: Any, container: str) -> Callable[[], str]:
    def find() -> str:
        try:
            networks = engine.inspect_container(container)["NetworkSettings"]["Networks"]
        except (DockerException, RequestException) as error:
            raise ConnectionError(f"container {container!r}: {error}") from error
        addresses = [str(network["IPAddress"]) for network in networks.values()]
        if not any(addresses):
            raise ConnectionError(f"container {container!r} has no address; does it run?")
        return next(filter(None, addresses))

    return find
