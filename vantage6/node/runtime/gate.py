"""The seam between a container runtime and the network that its containers live in."""

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol


class Entrance(Protocol):
    """The network of one container that is about to be made, and the way in for the proxy."""

    @property
    def host_options(self) -> dict[str, Any]:
        """Options for the host configuration of the container."""
        ...

    @property
    def container_options(self) -> dict[str, Any]:
        """Options for the container itself."""
        ...

    def start(self, container_id: str, start: Callable[[], None]) -> tuple[socket.socket, ...]:
        """Call `start`; sockets that listened before the container's first instruction.

        None at all when that could not be done; then `Gate.listen` does it a moment later.
        """
        ...


class Gate(Protocol):
    """Kind of network for algorithms: the proxy answers in it, and the exits of the node."""

    host: str
    """Address of the proxy for the algorithm, with scheme and without port."""

    port: int

    def describe(self) -> str:
        """One line for the log of the node."""
        ...

    def check(self, engine: Mapping[str, Any]) -> None:
        """Raise RuntimeUnavailable where this cannot work with this engine."""
        ...

    def entrance(self) -> AbstractContextManager[Entrance]:
        """Network for a new container, which must be started inside the block."""
        ...

    def listen(self, container_id: str, pid: int) -> tuple[socket.socket, ...]:
        """Sockets that only this running container can connect to; OSError when there are none.

        The first is for the proxy, the others are for the exits of the node, in their order.
        """
        ...
