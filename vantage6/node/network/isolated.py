"""The network of an algorithm: nothing but the proxy of its node, and what its owner opened.

A container gets a network namespace of its own with only a loopback interface. Right after its
start the node steps into that namespace, makes a listening socket on the loopback address there,
and steps out. A socket belongs for ever to the namespace that it was made in, so the node serves
the proxy on it, while inside nothing else answers: no address of the host, no other container, no
internet, no name server. There is no bridge, no firewall rule and no helper container that could
be forgotten.

Notes
-----
Docker's own internal networks leak: the gateway address of the bridge is the host, and engines
before 25.0.5 forward name lookups to the outside (CVE-2024-29018).

Between making a container and starting its command the engine writes down the number of its first
process. That is when the node steps in, so that as a rule the proxy is there before the first
instruction (measured on engine 20.10: 14 to 50 ms before it). Where the file cannot be found, or
the host is very busy, the node is a few milliseconds late: 5 to 7 were measured, and a Python
interpreter takes longer than that to start. A program that asks sooner should ask twice.
"""

import ctypes
import os
import platform
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from vantage6.common import contract
from vantage6.common.errors import RuntimeUnavailable
from vantage6.node.network.exits import Exit

Listeners = tuple[socket.socket, ...]
_Made = TypeVar("_Made")

_CLONE_NEWNET = 0x40000000  # <sched.h>
_BACKLOG = 128
_LOOPBACK = "127.0.0.1"
_HOSTNAME = "algorithm"
_LOOK_S = 0.001
# Where containerd keeps the tasks of Docker: as a service of its own, and started by Docker.
_BUNDLES = tuple(
    Path(root) / "io.containerd.runtime.v2.task" / "moby"
    for root in ("/run/containerd", "/run/docker/containerd/daemon")
)


class LoopbackGate:
    """Lets the proxy into the otherwise empty network namespace of a container.

    Needs to be root on the engine's own host (capability CAP_SYS_ADMIN) and to see its processes.

    Parameters
    ----------
    port
        Port of the proxy inside the namespace; there it is always free.
    exits
        What else answers inside.
    """

    def __init__(self, port: int = 8080, exits: Sequence[Exit] = ()) -> None:
        self.host = f"http://{contract.PROXY_HOST}"
        self.port = port
        self.exits = tuple(exits)

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """Addresses and ports on which something answers inside, that of the proxy first."""
        return (_LOOPBACK, self.port), *((exit_.address, exit_.port) for exit_ in self.exits)

    def describe(self) -> str:
        """One line for the log of the node."""
        names = [f"{exit_.host}:{exit_.port}" for exit_ in self.exits]
        answers = ", ".join(["the proxy", *names])
        return f"algorithms have no network; what answers is {answers} and nothing else"

    def check(self, engine: Mapping[str, Any]) -> None:
        """Refuse where namespaces cannot be entered.

        Parameters
        ----------
        engine
            What the engine says about itself (``docker info``).

        Raises
        ------
        RuntimeUnavailable
            With what is missing.
        """
        same_kernel(engine)
        if not self.may_step_in():
            raise RuntimeUnavailable(
                "the node must run as root (with the capability CAP_SYS_ADMIN) to isolate the"
                " network of algorithms, or be given an image for a helper"
            )

    def may_step_in(self) -> bool:
        """Whether this process has the right to enter namespaces."""
        try:
            with Path("/proc/self/ns/net").open("rb") as own:
                _in_namespace(own.fileno(), socket.socket).close()
        except OSError:
            return False
        return True

    @contextmanager
    def entrance(self) -> Iterator["OwnEntrance"]:
        """Network for a new container."""
        yield OwnEntrance(self)

    def listen(self, container_id: str, pid: int) -> Listeners:
        """Sockets that listen on the `places` inside the namespace of a running container.

        Raises
        ------
        ProcessLookupError
            When the process is not there, or is not one of this container.
        OSError
            When a socket cannot be made.
        """
        process = Path("/proc") / str(pid)
        try:
            # First the handle, then the question whose it is: asked in this order, the process
            # cannot have been replaced by another with the same number.
            with (process / "ns" / "net").open("rb") as namespace:
                if container_id not in (process / "cgroup").read_text():
                    raise ProcessLookupError(f"process {pid} is not of container {container_id}")
                return _in_namespace(namespace.fileno(), self._listening_sockets)
        except FileNotFoundError as error:
            raise ProcessLookupError(f"there is no process {pid}") from error

    def _listening_sockets(self) -> Listeners:
        made: list[socket.socket] = []
        try:
            for place in self.places:
                made.append(socket.create_server(place, backlog=_BACKLOG))
        except OSError:
            close(made)
            raise
        return tuple(made)


class OwnEntrance:
    """An empty network for one container, entered as soon as it is there."""

    def __init__(self, gate: LoopbackGate) -> None:
        self._gate = gate

    @property
    def host_options(self) -> dict[str, Any]:
        """Options in the words of Docker's API.

        A resolver on the loopback address refuses at once, where a silent one would make every
        lookup wait.
        """
        return {
            "network_mode": "none",
            "dns": [_LOOPBACK],
            "dns_search": ["."],
            "dns_opt": ["timeout:1", "attempts:1"],
            "extra_hosts": {
                contract.PROXY_HOST: _LOOPBACK,
                _HOSTNAME: _LOOPBACK,
                **{exit_.host: exit_.address for exit_ in self._gate.exits},
            },
        }

    @property
    def container_options(self) -> dict[str, Any]:
        """A name under which programs can look themselves up."""
        return {"hostname": _HOSTNAME}

    def start(self, container_id: str, start: Callable[[], None]) -> Listeners:
        """Start the container; sockets that listened before its first instruction, or none."""
        listeners: list[socket.socket] = []
        started = threading.Event()

        def look_out() -> None:
            while not listeners and not started.wait(_LOOK_S):
                pid = _first_process(container_id)
                if pid is not None:
                    with suppress(OSError):
                        listeners.extend(self._gate.listen(container_id, pid))

        scout = threading.Thread(target=look_out, name="scout")
        scout.start()
        try:
            start()
        except BaseException:
            started.set()
            scout.join()
            close(listeners)
            raise
        started.set()
        scout.join()
        return tuple(listeners)


def close(listeners: Sequence[socket.socket]) -> None:
    """Close sockets that are not handed over."""
    for listener in listeners:
        listener.close()


def _first_process(container_id: str) -> int | None:
    """Number of the process that will become the container's command; None while unknown."""
    for folder in _BUNDLES:
        with suppress(OSError, ValueError):
            return int((folder / container_id / "init.pid").read_text())
    return None


def same_kernel(engine: Mapping[str, Any]) -> None:
    """Refuse an engine on another machine: its containers are out of reach.

    Raises
    ------
    RuntimeUnavailable
        Also for engines in a virtual machine, such as Docker Desktop's.
    """
    kernel = str(engine.get("KernelVersion"))
    if platform.system() != "Linux" or kernel != platform.release():
        raise RuntimeUnavailable(
            "the container engine runs on another machine or in a virtual one; algorithms can"
            " be isolated only where node and engine run on the same Linux host",
            debug=f"engine's kernel {kernel}, ours {platform.release()}",
        )


def _in_namespace(namespace: int, call: Callable[[], _Made]) -> _Made:
    """Result of `call`, made in a network namespace by a thread that ends right after it."""
    outcome: list[_Made | OSError] = []

    def step_in() -> None:
        try:
            _enter(namespace)
            outcome.append(call())
        except OSError as error:
            outcome.append(error)

    # A thread of its own, since a namespace belongs to a thread and there may be no way back.
    thread = threading.Thread(target=step_in, name="namespace")
    thread.start()
    thread.join()
    (made,) = outcome
    if isinstance(made, OSError):
        raise made
    return made


def _enter(namespace: int) -> None:
    # os.setns is there from Python 3.12 on.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
