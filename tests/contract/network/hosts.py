"""A host with a real sshd, in a container, and a web server on this host."""

import io
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.fakes.waiting import eventually
from vantage6.node.network.settings import SSHTunnelSettings

PATIENTS = "id,age\n1,44\n2,55\n"
WEB_PORT = 8080

# Both services are of Python: one that only this host can reach, one for everybody.
_START = f"""
mkdir -p /srv/own /srv/web && printf '{PATIENTS}' >/srv/own/patients.csv && echo web >/srv/web/page
python3 -m http.server --bind 127.0.0.1 --directory /srv/own 8000 &
python3 -m http.server --directory /srv/web {WEB_PORT} &
exec /usr/sbin/sshd -D -e -h /etc/ssh/host_key -o UsePAM=no -o PasswordAuthentication=no \
    -o AuthorizedKeysFile=/etc/ssh/authorized_keys
"""
_DROP = """
import os, pathlib, signal
for folder in pathlib.Path("/proc").glob("[0-9]*"):
    if (folder / "cmdline").read_bytes().startswith(b"sshd: tunnel"):
        os.kill(int(folder.name), signal.SIGKILL)
"""


def new_key() -> tuple[str, str]:
    """A private key, and its public half as in ``ssh-ed25519 AAAA…``."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return private.decode(), public.decode()


class SSHHost:
    """A container with sshd and two services: on its own port 8000, and for all on 8080."""

    def __init__(self, engine: Any, image: str, folder: Path) -> None:
        self._engine = engine
        host_key, self.host_key = new_key()
        private, public = new_key()
        self.key_file = folder / "node key.pem"
        self.key_file.write_text(private)
        self.key_file.chmod(0o600)
        self._container = engine.create_container(image, ["sh", "-c", _START])["Id"]
        self._put({"host_key": (host_key, 0o600), "authorized_keys": (public, 0o644)})

    def start(self) -> None:
        self._engine.start(self._container)
        eventually(lambda: b"Server listening" in self.log(), "sshd to listen")

    @property
    def address(self) -> str:
        found = self._engine.inspect_container(self._container)
        return str(found["NetworkSettings"]["IPAddress"])

    def settings(self, port: int = 8000, **ssh: Any) -> SSHTunnelSettings:
        """A tunnel to a port of this host's own."""
        server = {
            "host": self.address,
            "fingerprint": self.host_key,
            "identity": {"username": "tunnel", "key": str(self.key_file)},
        }
        ends = {"bind": {"port": 8000}, "dest": {"ip": "127.0.0.1", "port": port}}
        return SSHTunnelSettings(hostname="records", ssh=server | ssh, tunnel=ends)

    def drop_connections(self) -> None:
        """Kill the processes that hold tunnels; sshd itself goes on."""
        task = self._engine.exec_create(self._container, ["python3", "-c", _DROP])
        self._engine.exec_start(task["Id"])

    def log(self) -> bytes:
        text: bytes = self._engine.logs(self._container)
        return text

    def remove(self) -> None:
        self._engine.remove_container(self._container, force=True, v=True)

    def _put(self, files: Mapping[str, tuple[str, int]]) -> None:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, (text, mode) in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(text), mode
                tar.addfile(entry, io.BytesIO(text.encode()))
        self._engine.put_archive(self._container, "/etc/ssh", archive.getvalue())


@contextmanager
def web_server(address: str) -> Iterator[int]:
    """A web server on an address of this host; its port. It answers with the name it was asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = f"{self.headers['Host']} via={self.headers['Via']}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer((address, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()
