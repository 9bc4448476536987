"""Builds and starts what is behind the exits that the configuration names: squid, SSH tunnels.

They are started in the order of the exits, before the first run, and stopped after the last one
was cut off. A node that cannot start one of them as its owner wants it does not start.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from vantage6.common.config.loader import Loaded
from vantage6.node.config import NodeConfig
from vantage6.node.network.exits import SQUID, Exit
from vantage6.node.network.relay import Relay
from vantage6.node.network.ssh_tunnel import SSHTunnel

log = logging.getLogger(__name__)


class Part(Protocol):
    """Something behind an exit."""

    def describe(self) -> str:
        """One line for the log of the node."""
        ...

    def start(self) -> None:
        """Make it work; raises where it cannot as configured."""
        ...

    def stop(self) -> None:
        """Leave nothing behind."""
        ...


def start_exits(stack: ExitStack, loaded: Loaded[NodeConfig], data: Path) -> Relay:
    """Start everything behind the exits of a node; what leads runs there.

    Parameters
    ----------
    stack
        Stops everything again.
    loaded
        Configuration of the node.
    data
        Its data folder.

    Raises
    ------
    ConfigurationError, RuntimeUnavailable
        With what is missing and how to get it.
    """
    exits = loaded.settings.exits(data)
    for part in _parts(loaded, exits):
        stack.callback(part.stop)
        part.start()
        log.info("%s", part.describe())
    relay = Relay((*exits, *_services(stack, loaded.settings)))
    relay.start()
    stack.callback(relay.stop)
    return relay


def _services(stack: ExitStack, settings: NodeConfig) -> tuple[Exit, ...]:
    if not settings.services:
        return ()
    from vantage6.node.network.docker_service import service_exits
    from vantage6.node.runtime.docker_engine import connect

    engine = connect()
    stack.callback(engine.close)
    exits = service_exits(engine, settings.services)
    for exit_ in exits:
        log.info("algorithms find a container of the owner as %s:%s", exit_.host, exit_.port)
    return exits


def _parts(loaded: Loaded[NodeConfig], exits: Sequence[Exit]) -> Iterator[Part]:
    tunnels = {entry.hostname: entry for entry in loaded.settings.ssh_tunnels}
    for exit_ in exits:
        if exit_.host == SQUID:
            yield _squid(loaded, exit_)
        else:
            yield SSHTunnel(tunnels[exit_.host], exit_)


def _squid(loaded: Loaded[NodeConfig], exit_: Exit) -> Part:
    # Imported only where it is wanted: a node without it starts faster.
    from vantage6.node.network.squid import Squid
    from vantage6.node.network.squid_conf import squid_conf
    from vantage6.node.runtime.docker_engine import connect
    from vantage6.node.runtime.docker_options import own_name
    from vantage6.node.runtime.host_paths import HostPaths, own_container

    settings, engine = loaded.settings, connect()
    paths = HostPaths(own_container(engine))
    name = own_name(loaded.name, "squid")
    conf = squid_conf(settings.whitelist, settings.outbound)
    return Squid(engine, name, settings.images.squid, conf, exit_, outside=paths.outside)
