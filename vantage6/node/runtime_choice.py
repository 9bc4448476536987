"""Builds the runtime that the configuration names; the only module that knows them all."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vantage6.common.config.loader import Loaded
from vantage6.common.errors import ConfigurationError
from vantage6.node.config import NodeConfig
from vantage6.node.runtime.base import ContainerRuntime, ProxyDoor

if TYPE_CHECKING:
    from vantage6.node.runtime.docker_limits import Limits
    from vantage6.node.runtime.images import ImageStore

DEVELOPMENT = "dev"


def check_choice(loaded: Loaded[NodeConfig]) -> None:
    """Refuse a runtime that does not fit the environment.

    Raises
    ------
    ConfigurationError
        When algorithms would run without isolation outside development, or without the
        signatures that are demanded.
    """
    if loaded.settings.runtime == "process" and loaded.environment != DEVELOPMENT:
        raise ConfigurationError(
            f"{loaded.file}: 'runtime: process' has no isolation and is refused outside the "
            f"environment '{DEVELOPMENT}'; this is '{loaded.environment}'"
        )
    is_trust_demanded = loaded.settings.content_trust.demanded(os.environ) is not None
    if loaded.settings.runtime == "process" and is_trust_demanded:
        raise ConfigurationError(
            f"{loaded.file}: content trust is on, and 'runtime: process' has no images that "
            "could be signed"
        )


def build_runtime(loaded: Loaded[NodeConfig], data: Path, door: ProxyDoor) -> ContainerRuntime:
    """The runtime of a node; `check` it before use.

    Parameters
    ----------
    loaded
        Configuration of the node.
    data
        Its data folder.
    door
        Gets the sockets on which the proxy is asked.

    Raises
    ------
    RuntimeUnavailable
        When there is no container engine.
    """
    if loaded.settings.runtime == "process":
        return _process(loaded, data, door)
    return _docker(loaded, data, door)


def _process(loaded: Loaded[NodeConfig], data: Path, door: ProxyDoor) -> ContainerRuntime:
    # Imported only where it is chosen, as is Docker's client: a node starts faster.
    from vantage6.node.runtime.process import ProcessRuntime

    packages = loaded.settings.process_algorithms
    allowed = loaded.environment == DEVELOPMENT
    return ProcessRuntime(data / "processes", packages, door, allowed=allowed)


def _docker(loaded: Loaded[NodeConfig], data: Path, door: ProxyDoor) -> ContainerRuntime:
    from vantage6.node.network.docker_service import service_exits
    from vantage6.node.network.helper import HelperGate
    from vantage6.node.network.isolated import LoopbackGate
    from vantage6.node.runtime.docker import DockerRuntime
    from vantage6.node.runtime.docker_engine import connect
    from vantage6.node.runtime.host_paths import HostPaths, own_container

    settings, engine = loaded.settings, connect()
    exits = (*settings.exits(data), *service_exits(engine, settings.services))
    container = own_container(engine)
    paths, helper = HostPaths(container), settings.images.helper
    gate = LoopbackGate(exits=exits)
    if container is not None:
        # From in here the processes of the host cannot be seen. The node's image has Python.
        gate = HelperGate(
            engine,
            helper or container.image_id,
            exits=exits,
            folder=data,
            outside=paths.outside,
        )
    elif helper and not gate.may_step_in():
        gate = HelperGate(engine, helper, exits=exits)
    limits = _limits(settings)
    images = _images(settings, engine, data)
    return DockerRuntime(loaded.name, engine, images, gate, door, limits, paths)


def _images(settings: NodeConfig, engine: Any, data: Path) -> "ImageStore":
    from vantage6.node.runtime.content_trust import NotaryTrust
    from vantage6.node.runtime.images import ImageStore, PullPolicy
    from vantage6.node.runtime.notary import NotaryServers
    from vantage6.node.runtime.registry_login import RegistryLogin, RegistryLogins

    logins = RegistryLogins(
        RegistryLogin(entry.registry, entry.username, entry.password.get_secret_value())
        for entry in settings.docker_registries
    )
    trust, demanded = None, settings.content_trust.demanded(os.environ)
    if demanded is not None:
        trust = NotaryTrust(
            data / "trust", NotaryServers(demanded.server, logins, settings.outbound)
        )
    return ImageStore(engine, PullPolicy(settings.pull_policy), logins, trust)


def _limits(settings: NodeConfig) -> "Limits":
    from vantage6.node.runtime.docker_limits import Limits

    chosen = settings.limits
    return Limits(
        memory_bytes=chosen.memory_mb and chosen.memory_mb * 10**6,
        cpus=chosen.cpus,
        processes=chosen.processes,
        seconds=chosen.minutes and chosen.minutes * 60,
        disk_bytes=chosen.disk_mb and chosen.disk_mb * 10**6,
        gpus=settings.algorithm_device_requests.gpu,
        user=chosen.user,
        read_only=chosen.read_only,
        capabilities=chosen.capabilities,
    )
