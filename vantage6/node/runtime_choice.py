"""Builds the runtime that the configuration names; the only module that knows them all."""

from pathlib import Path

from vantage6.common.config.loader import Loaded
from vantage6.common.errors import ConfigurationError
from vantage6.node.config import NodeConfig
from vantage6.node.runtime.base import ContainerRuntime, ProxyDoor

DEVELOPMENT = "dev"


def check_choice(loaded: Loaded[NodeConfig]) -> None:
    """Refuse a runtime that does not fit the environment.

    Raises
    ------
    ConfigurationError
        When algorithms would run without isolation outside development.
    """
    if loaded.settings.runtime == "process" and loaded.environment != DEVELOPMENT:
        raise ConfigurationError(
            f"{loaded.file}: 'runtime: process' has no isolation and is refused outside the "
            f"environment '{DEVELOPMENT}'; this is '{loaded.environment}'"
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
    return _docker(loaded.settings, loaded.name, door)


def _process(loaded: Loaded[NodeConfig], data: Path, door: ProxyDoor) -> ContainerRuntime:
    # Imported only where it is chosen, as is Docker's client: a node starts faster.
    from vantage6.node.runtime.process import ProcessRuntime

    packages = loaded.settings.process_algorithms
    allowed = loaded.environment == DEVELOPMENT
    return ProcessRuntime(data / "processes", packages, door, allowed=allowed)


def _docker(settings: NodeConfig, name: str, door: ProxyDoor) -> ContainerRuntime:
    from vantage6.node.network.helper import HelperGate
    from vantage6.node.network.isolated import LoopbackGate
    from vantage6.node.runtime.docker import DockerRuntime
    from vantage6.node.runtime.docker_engine import connect
    from vantage6.node.runtime.docker_options import Limits
    from vantage6.node.runtime.images import ImageStore, PullPolicy, RegistryLogin

    engine = connect()
    logins = [
        RegistryLogin(entry.registry, entry.username, entry.password.get_secret_value())
        for entry in settings.docker_registries
    ]
    gate = LoopbackGate()
    if settings.images.helper and not gate.may_step_in():
        gate = HelperGate(engine, settings.images.helper)
    limits = Limits(
        memory_bytes=settings.limits.memory_mb and settings.limits.memory_mb * 10**6,
        cpus=settings.limits.cpus,
        processes=settings.limits.processes,
        gpus=settings.algorithm_device_requests.gpu,
        capabilities=settings.limits.capabilities,
    )
    images = ImageStore(engine, PullPolicy(settings.pull_policy), logins)
    return DockerRuntime(name, engine, images, gate, door, limits)
