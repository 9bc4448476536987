"""A real Notary server and its command line client, which signs as the owner of an image does."""

import base64
import datetime
import ipaddress
import json
import os
import ssl
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.contract.registries import PASSWORD, USERNAME, free_port, running

SIZE = "523"  # of a manifest; Docker does not compare it
PASSPHRASES = {
    f"NOTARY_{role}_PASSPHRASE": f"{role.lower()}-passphrase"
    for role in ("ROOT", "TARGETS", "SNAPSHOT", "DELEGATION")
}


@dataclass(frozen=True)
class Notary:
    """A server, and the certificate by which it is known."""

    url: str
    ca: Path


@dataclass(frozen=True)
class Owner:
    """Somebody with keys of their own, in a folder of their own."""

    notary: Notary
    folder: Path

    def run(self, *arguments: str) -> str:
        command = ["notary", "-s", self.notary.url, "--tlscacert", str(self.notary.ca)]
        done = subprocess.run(
            [*command, "-d", str(self.folder), *arguments],
            env={**os.environ, **PASSPHRASES, "NOTARY_AUTH": _login()},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def claim(self, repository: str) -> None:
        """Become the owner of a repository."""
        self.run("init", repository, "--publish")

    def sign(self, repository: str, tag: str, digest: str, *roles: str) -> None:
        """Say what a tag is."""
        chosen = [option for role in roles for option in ("-r", role)]
        number = digest.removeprefix("sha256:")
        self.run("addhash", repository, tag, SIZE, "--sha256", number, *chosen, "--publish")


def _login() -> str:
    return base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate of this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    host = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / f"{name}.crt", folder / f"{name}.key"
    files[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


class Gatekeeper(BaseHTTPRequestHandler):
    """Gives tokens to who brings the right password, as the log-in of a registry does."""

    realm: str
    names: tuple[Path, Path]
    given: list[str]

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != f"Basic {_login()}":
            self.send_error(401)
            return
        asked = parse_qs(urlsplit(self.path).query)
        (scope,) = asked["scope"]
        self.given.append(scope)
        answer = json.dumps({"token": self._token(asked["service"][0], scope)}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _token(self, service: str, scope: str) -> str:
        rest, _, actions = scope.rpartition(":")
        kind, _, name = rest.partition(":")
        granted = {"type": kind, "name": name, "actions": actions.split(",")}
        public, private = self.names
        certificate = x509.load_pem_x509_certificate(public.read_bytes())
        der = certificate.public_bytes(serialization.Encoding.DER)
        now = int(time.time())
        claims = {
            "iss": "gatekeeper",
            "sub": USERNAME,
            "aud": service,
            "access": [granted],
            "nbf": now - 60,
            "iat": now,
            "exp": now + 60,
            "jti": uuid.uuid4().hex,
        }
        headers = {"x5c": [base64.b64encode(der).decode()]}
        return jwt.encode(claims, private.read_text(), "ES256", headers)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def gatekeeper(folder: Path) -> Iterator[type[Gatekeeper]]:
    """Who gives the tokens for a server; its `realm` is its address."""
    names = certificate(folder, "gatekeeper")
    made = type("Made", (Gatekeeper,), {"names": names, "given": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), made)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*names)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.realm = f"https://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_notary(
    program: str, folder: Path, guard: type[Gatekeeper] | None = None
) -> Iterator[Notary]:
    """A server whose memory ends with the block; with a guard it asks for tokens."""
    port = free_port()
    public, private = certificate(folder, "notary")
    config = {
        "server": {
            "http_addr": f"127.0.0.1:{port}",
            "tls_cert_file": str(public),
            "tls_key_file": str(private),
        },
        "trust_service": {"type": "local"},
        "storage": {"backend": "memory"},
        "logging": {"level": "error"},
    }
    ca = public
    if guard is not None:
        config["auth"] = {
            "type": "token",
            "options": {
                "realm": guard.realm,
                "service": "notary",
                "issuer": "gatekeeper",
                "rootcertbundle": str(guard.names[0]),
            },
        }
        ca = folder / "both.crt"
        ca.write_bytes(public.read_bytes() + guard.names[0].read_bytes())
    (folder / "notary.json").write_text(json.dumps(config))
    command = [program, "-config", str(folder / "notary.json")]
    with running(command, port, folder / "notary.log"):
        yield Notary(f"https://127.0.0.1:{port}", ca)
