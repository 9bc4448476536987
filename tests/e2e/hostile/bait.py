"""What a hostile algorithm is looking for on this host: services, a process, memory, a secret."""

import json
import os
import socket
import subprocess
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

CANARY = f"canary-{uuid.uuid4().hex}"
SECRET = f"secret-{uuid.uuid4().hex}"
_END = b"the end of the test"
_ANSWER = f"HTTP/1.0 200 OK\r\n\r\n{CANARY}".encode()


def addresses() -> dict[str, list[str]]:
    """Addresses of this host as the probes want them."""
    listed = json.loads(subprocess.check_output(["ip", "-j", "addr"], text=True))
    found: dict[str, list[str]] = {"hosts": [], "hosts_ipv6": [], "link_local": []}
    for entry in (entry for interface in listed for entry in interface["addr_info"]):
        is_ipv4, is_link = entry["family"] == "inet", entry["scope"] == "link"
        kind = "hosts" if is_ipv4 else "link_local" if is_link else "hosts_ipv6"
        found[kind].append(entry["local"])
    return found


@contextmanager
def bait() -> Iterator[dict[str, Any]]:
    """Lay everything out; what the probes are told of it."""
    abstract, memory = f"v6-{uuid.uuid4().hex}", Path(f"/dev/shm/v6-{uuid.uuid4().hex}")  # noqa: S108
    with ExitStack() as stack:
        tcp = stack.enter_context(_serve(socket.SOCK_STREAM))
        udp = stack.enter_context(_serve(socket.SOCK_DGRAM))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX))
        unix.bind("\0" + abstract)
        unix.listen()
        memory.touch()
        stack.callback(memory.unlink)
        environment = {**os.environ, "SECRET": SECRET}
        process = subprocess.Popen(["sleep", "300"], env=environment)
        stack.enter_context(process)
        stack.callback(process.kill)
        yield {
            **addresses(),
            "tcp_port": tcp,
            "udp_port": udp,
            "engine_ports": [2375, 2376],
            "abstract": [abstract],
            "shared_memory": [str(memory)],
            "host_process": process.pid,
            "secret_digests": [sha256(SECRET.encode()).hexdigest()],
            "secret": SECRET,
            "canary": CANARY,
            "name": "example.org",
        }


@contextmanager
def _serve(kind: socket.SocketKind) -> Iterator[int]:
    """Port of a service on all addresses of this host, which answers everybody."""
    with socket.socket(socket.AF_INET6, kind) as server:
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind(("::", 0))
        if kind == socket.SOCK_STREAM:
            server.listen()
        answer = _answer_visitors if kind == socket.SOCK_STREAM else _answer_packets
        thread = threading.Thread(target=answer, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        _wake_up(kind, server.getsockname()[1])
        thread.join(5)


def _wake_up(kind: socket.SocketKind, port: int) -> None:
    """Tell a service to end."""
    with socket.socket(socket.AF_INET, kind) as visitor:
        visitor.connect(("127.0.0.1", port))
        visitor.send(_END)


def _answer_visitors(server: socket.socket) -> None:
    while True:
        with server.accept()[0] as visitor:
            visitor.settimeout(0.05)
            with suppress(TimeoutError, ConnectionError):
                if visitor.recv(64) == _END:
                    return
            with suppress(ConnectionError):
                visitor.sendall(_ANSWER)


def _answer_packets(server: socket.socket) -> None:
    while True:
        text, sender = server.recvfrom(64)
        if text == _END:
            return
        server.sendto(text, sender)
