"""The same isolation where the node may use the engine but is not root.

A node that may not step into a network namespace asks the engine for a helper container with an
empty one. The helper makes the listening sockets and hands them over to the node through a unix
socket. The algorithm is then started in the namespace of the helper, and the helper removed: what
is left is the same as with `LoopbackGate`. This costs one more short-lived container per run.
"""

import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from docker.errors import APIError, DockerException, NotFound
from docker.types import HostConfig, Mount

from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.network.exits import Exit
from vantage6.node.network.isolated import (
    Listeners,
    LoopbackGate,
    OwnEntrance,
    close,
    same_kernel,
)

_DOOR = "/door"
_LIMIT_S = 30.0
_LOOK_S = 0.25
_MEMORY_BYTES = 64 * 1024 * 1024
_LABELS = {"vantage6-type": "algorithm-helper"}

# Runs in the helper's image, and stays until the node lets go of the unix socket.
_SCRIPT = """
import array, socket, sys
listeners = []
for place in sys.argv[2:]:
    address, port = place.split(":")
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((address, int(port)))
    listener.listen(128)
    listeners.append(listener)
door = socket.socket(socket.AF_UNIX)
door.connect(sys.argv[1])
descriptors = array.array("i", [listener.fileno() for listener in listeners])
door.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
door.recv(1)
"""


class HelperGate(LoopbackGate):
    """Lets the proxy in by means of a helper container.

    Node and engine must run on the same kernel, since a socket cannot leave it.

    Parameters
    ----------
    engine
        Docker's API client.
    image
        Image with ``python3`` for the helper; must be at the engine already.
    port, exits
        As for `LoopbackGate`.
    folder
        Where the unix sockets are made; the system's folder for temporary files when left out.
    outside
        What the engine calls a file of this process.
    """

    def __init__(
        self,
        engine: Any,
        image: str,
        port: int = 8080,
        exits: Sequence[Exit] = (),
        *,
        folder: Path | None = None,
        outside: Callable[[Path], Path] = Path.resolve,
    ) -> None:
        super().__init__(port, exits)
        self._engine = engine
        self._image = image
        self._folder = folder
        self._outside = outside

    def describe(self) -> str:
        """One line for the log of the node."""
        return f"{super().describe()}; a helper container of {self._image} lets it in"

    def check(self, engine: Mapping[str, Any]) -> None:
        """Refuse another machine, and a helper whose image is missing."""
        same_kernel(engine)
        try:
            self._engine.inspect_image(self._image)
        except NotFound as error:
            raise RuntimeUnavailable(
                "a node that does not run as root isolates algorithms by means of a helper image,"
                f" and {self._image} is not there; pull it, or run the node as root"
            ) from error

    @contextmanager
    def entrance(self) -> Iterator["HelperEntrance"]:
        """Network for a new container: that of a helper which has the sockets already."""
        own = OwnEntrance(self)
        with self._helped(own.host_options, own.container_options) as (helper_id, listeners):
            entrance = HelperEntrance(self, helper_id, listeners)
            try:
                yield entrance
            finally:
                entrance.close()

    def listen(self, container_id: str, pid: int) -> Listeners:  # noqa: ARG002
        """Sockets that listen on the `places` inside the namespace of a running container.

        Raises
        ------
        OSError
            When a socket cannot be made, or the container has ended.
        """
        with self._helped({"network_mode": f"container:{container_id}"}, {}) as (_, listeners):
            return listeners

    @contextmanager
    def _helped(
        self, host_options: Mapping[str, Any], container_options: Mapping[str, Any]
    ) -> Iterator[tuple[str, Listeners]]:
        """Id of a helper in a network, and the sockets that it made there."""
        with tempfile.TemporaryDirectory(prefix="v6-", dir=self._folder) as folder:
            door = Path(folder) / "door"
            with _door_at(door) as server, _as_os_error():
                helper_id = self._create(door, host_options, container_options)
                try:
                    self._engine.start(helper_id)
                    visitor, listeners = self._received(server, helper_id)
                    with visitor:
                        yield helper_id, listeners
                finally:
                    with suppress(APIError):
                        self._engine.remove_container(helper_id, force=True)

    def _create(
        self, door: Path, host_options: Mapping[str, Any], container_options: Mapping[str, Any]
    ) -> str:
        created = self._engine.create_container(
            self._image,
            entrypoint=["python3"],
            command=["-c", _SCRIPT, _DOOR, *(f"{host}:{port}" for host, port in self.places)],
            labels=_LABELS,
            use_config_proxy=False,
            host_config=HostConfig(
                version=self._engine.api_version,
                mounts=[Mount(_DOOR, str(self._outside(door)), type="bind")],
                cap_drop=["ALL"],
                security_opt=["no-new-privileges"],
                mem_limit=_MEMORY_BYTES,
                auto_remove=True,
                **host_options,
            ),
            **container_options,
        )
        return str(created["Id"])

    def _received(self, server: socket.socket, helper_id: str) -> tuple[socket.socket, Listeners]:
        deadline = time.monotonic() + _LIMIT_S
        while time.monotonic() < deadline:
            try:
                return _accepted(server, len(self.places))
            except TimeoutError:
                self._engine.inspect_container(helper_id)  # Not found when it has failed.
        raise TimeoutError("the helper container does not answer")


class HelperEntrance(OwnEntrance):
    """The network of a helper, in which the sockets listen already."""

    def __init__(self, gate: HelperGate, helper_id: str, listeners: Listeners) -> None:
        super().__init__(gate)
        self._helper_id = helper_id
        self._listeners = listeners

    @property
    def host_options(self) -> dict[str, Any]:
        """The names that are known there come with the network."""
        return {"network_mode": f"container:{self._helper_id}"}

    @property
    def container_options(self) -> dict[str, Any]:
        """None: the name of the container comes with the network too."""
        return {}

    def start(
        self,
        container_id: str,  # noqa: ARG002
        start: Callable[[], None],
    ) -> Listeners:
        """Start the container; the sockets are the caller's from then on."""
        start()
        listeners, self._listeners = self._listeners, ()
        return listeners

    def close(self) -> None:
        """Drop the sockets when nothing was started."""
        close(self._listeners)


@contextmanager
def _door_at(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        # Whatever user the helper's image has; nobody else can enter the folder around it.
        path.chmod(0o666)
        server.listen()
        server.settimeout(_LOOK_S)
        yield server


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except DockerException as error:
        raise OSError(str(getattr(error, "explanation", None) or error)) from error


def _accepted(server: socket.socket, count: int) -> tuple[socket.socket, Listeners]:
    """The connection of the helper, and the sockets that it sent."""
    visitor, _ = server.accept()
    visitor.settimeout(_LIMIT_S)
    descriptors = socket.recv_fds(visitor, 1, count)[1]
    listeners = tuple(socket.socket(fileno=descriptor) for descriptor in descriptors)
    if len(listeners) != count:
        close(listeners)
        visitor.close()
        raise OSError("the helper container did not send the sockets")
    for listener in listeners:
        listener.set_inheritable(False)
    return visitor, listeners
