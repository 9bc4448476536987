"""The published node 3.11.1, started with its own `vnode start`: the daemon in a container.

On the host itself the daemon fails wherever ``/.dockerenv`` exists, and needs to be told by hand
where containers find its proxy; in a container, as in the field, it finds out itself.

What has to be helped, being defects of the published node (node.md, section 10):

- it imports Flask without asking for it, so the image has it;
- it looks for three helper images at every start, also without VPN: all are the base image;
- it needs the old key ``alpine`` for the image of its helper containers, the new one is ignored;
- it does not end within the 10 s that ``vnode stop`` gives it, and leaves volumes: the container
  is removed by force, and the volumes by name.
"""

import os
import subprocess
from pathlib import Path

from tests.compat.federation import Federation
from tests.compat.processes import (
    ALGORITHM_ENV,
    ENVIRONMENT,
    LOGGING,
    containers,
    docker,
    published_environment,
    write_config,
)
from tests.e2e.asking import until
from tests.environments import peer
from vantage6.cli.vdev.child import Child

VNODE = "vantage6-node==3.11.1"
JOINED = "(Re)Connected to the /tasks namespace"
READY = "Waiting for new tasks"
START_LIMIT_S = 120


class PublishedNode:
    """A published node of an organization in one of the collaborations."""

    def __init__(self, federation: Federation, kind: str, organization: str, image: str) -> None:
        # Its name is part of the names of containers: two test runs must not meet.
        self.name = f"published-{os.getpid()}-{federation.port}-{kind}-{organization}"
        self._container = f"vantage6-{self.name}-user"
        self._home = federation.folder / self.name
        folder = self._home / "config" / "vantage6" / "node"
        folder.mkdir(parents=True)
        write_config(folder / f"{self.name}.yaml", self._settings(federation, kind, organization))
        command = [str(Path(peer(VNODE)).with_name("vnode")), "start", "--keep", "--user"]
        command += ["-n", self.name, "-e", ENVIRONMENT, "--image", image]
        output = federation.folder / f"{self.name}.out"
        self._starting = Child("vnode", command, output, published_environment(self._home))

    def _settings(self, federation: Federation, kind: str, organization: str) -> dict[str, object]:
        database = {"label": "default", "uri": str(federation.databases[organization])}
        helper = federation.base_image
        return {
            "api_key": federation.api_keys[kind, organization],
            "server_url": f"http://{federation.host}",
            "port": federation.port,
            "api_path": "/api",
            "task_dir": str(self._home),
            "databases": [database | {"type": "csv"}],
            "encryption": federation.encryption(kind, organization),
            "algorithm_env": ALGORITHM_ENV,
            "logging": LOGGING,
            "images": dict.fromkeys(("alpine", "vpn_client", "network_config"), helper),
            "alpine": helper,
        }

    def start(self) -> None:
        """Begin to start it; see `wait`."""
        self._starting.start()

    def wait(self) -> None:
        """Wait until it takes tasks."""
        self._starting.finish(START_LIMIT_S)
        self.wait_for(READY)

    def wait_for(self, text: str, times: int = 1) -> None:
        """Wait until its log says something, that often since its start."""
        until(lambda: self._is_running() and self.log().count(text) >= times, START_LIMIT_S)

    def log(self) -> str:
        """Everything that it logged."""
        done = subprocess.run(
            ["docker", "logs", self._container],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        return done.stdout

    def _is_running(self) -> bool:
        state = docker("container", "inspect", "-f", "{{.State.Running}}", self._container)
        assert state == "true", self.log()[-2000:]
        return True

    def remove(self) -> None:
        """Remove everything that it made."""
        own = docker("ps", "-aq", "--filter", f"name=^{self._container}$").split()
        for container in [*own, *containers(self.name)]:
            docker("rm", "--force", "--volumes", container)
        for kind in ("network", "volume"):
            for name in docker(kind, "ls", "-q", "--filter", f"name={self._container}-").split():
                docker(kind, "rm", name)
