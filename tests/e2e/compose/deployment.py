"""One `docker compose up`, and what a test wants to know of it."""

import os
import re
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.fakes.waiting import eventually
from vantage6.client import Client

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
PASSWORD = re.compile(r"Its password is shown this once: (\S+)")


class Deployment:
    """Parts of docker-compose.yml under a name of their own, at ports that are free."""

    def __init__(
        self, engine: Any, program: list[str], file: Path, project: str, images: Mapping[str, str]
    ) -> None:
        self.engine = engine
        self.project = project
        self.https_port, http_port = free_ports(2)
        self.http = f"http://localhost:{http_port}"
        self.authority = ""
        self._file = file
        self._command = [*program, "--file", str(file)]
        self._environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("V6_")},
            **images,
            "COMPOSE_PROJECT_NAME": project,
            "V6_HTTPS_PORT": f"127.0.0.1:{self.https_port}",
            "V6_HTTP_PORT": f"127.0.0.1:{http_port}",
        }

    def start(self) -> None:
        """Everything, as `make up` does it."""
        self._call([str(self._file.parent / "examples" / "compose" / "up")])
        self.wait_until_healthy()

    def run(self, *arguments: str, given: str | None = None) -> str:
        """What a command of compose prints when it reads `given`; it must succeed."""
        return self._call([*self._command, *arguments], given)

    def _call(self, command: list[str], given: str | None = None) -> str:
        done = subprocess.run(
            command,
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def containers(self, part: str | None = None) -> list[Any]:
        labels = [f"{PROJECT_LABEL}={self.project}"]
        labels += [f"{SERVICE_LABEL}={part}"] if part else []
        return list(self.engine.containers.list(all=True, filters={"label": labels}))

    def wait_until_healthy(self) -> None:
        """Every part that goes on running says so itself."""
        eventually(lambda: set(self._states()) == {"healthy"}, f"{self.project} to be healthy")

    def _states(self) -> set[str]:
        running = [c for c in self.containers() if c.labels[SERVICE_LABEL] != "init"]
        return {c.attrs["State"]["Health"]["Status"] for c in running}

    def keep_authority(self, folder: Path) -> None:
        """Take the certificate of its authority out, as the guide says."""
        file = folder / "authority.pem"
        file.write_text(self.run("exec", "-T", "nginx", "cat", "/certificates/authority.pem"))
        self.authority = str(file)

    def wait_until_nginx_knows_its_servers(self) -> None:
        """Those that are there now, and no others."""
        (nginx,) = self.containers("nginx")
        line = f"proxy: servers at {' '.join(sorted(self._server_addresses()))}"
        eventually(lambda: self._last_line(nginx, "proxy:") == line, line)

    def _last_line(self, container: Any, beginning: str) -> str:
        lines = container.logs().decode().splitlines()
        return next(line for line in reversed(lines) if line.startswith(beginning))

    def _server_addresses(self) -> list[str]:
        network = f"{self.project}_outside"
        settings = [c.attrs["NetworkSettings"]["Networks"] for c in self.containers("server")]
        return [networks[network]["IPAddress"] for networks in settings]

    def server_that_was_asked(self, path: str) -> Any:
        """The container that nginx chose for a path, which nobody asked for before."""
        (nginx,) = self.containers("nginx")
        entry = re.compile(rf'"GET {re.escape(path)}" .* (\S+):5000$', re.MULTILINE)
        eventually(lambda: entry.search(nginx.logs().decode()), f"an entry for {path}")
        (chosen,) = entry.findall(nginx.logs().decode())
        by_address = zip(self._server_addresses(), self.containers("server"), strict=True)
        return dict(by_address)[chosen]

    def addresses(self) -> list[str]:
        """URL of each server, past nginx."""
        return [f"http://{address}:5000" for address in self._server_addresses()]

    def secrets(self) -> dict[str, str]:
        """What was made at the first start, by its name."""
        script = "cd /secrets && grep '' *-password token-key"
        lines = self.run("run", "--rm", "-T", "init", "sh", "-c", script).splitlines()
        return dict(line.split(":", 1) for line in lines)

    def root(self) -> Client:
        """A client that the first user is logged in with."""
        found = PASSWORD.search(self.run("logs", "--no-color", "server"))
        assert found
        client = Client("https://localhost", self.https_port, ca_bundle=self.authority)
        client.authenticate("root", found[1])
        return client


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens to."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports
