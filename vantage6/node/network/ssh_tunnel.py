"""An SSH tunnel from this node to a service that only the SSH server can reach.

The tunnel ends in a unix socket in a folder that nobody else can enter: there is no port on this
host that another user or another container could find. `vantage6.node.network.relay` leads
algorithms to it. One thread holds the tunnel: it starts ssh, listens to what ssh says, and starts
it again after a pause that grows.
"""

import logging
import os
import secrets
import shutil
import subprocess
import threading
import time
from collections import deque

from vantage6.common.errors import ConfigurationError
from vantage6.node.network import ssh_command as command
from vantage6.node.network.exits import Exit
from vantage6.node.network.settings import SSHTunnelSettings

log = logging.getLogger(__name__)

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0
_SCAN_LIMIT_S = 30.0
_STOP_LIMIT_S = 1.0
_LAST_LINES = 10


class SSHTunnel:
    """One tunnel, from `start` to `stop`.

    Parameters
    ----------
    settings
        See `SSHTunnelSettings`.
    exit_
        What algorithms find; the tunnel makes its socket, and the folder of that.
    first_pause_s
        Pause before the first new try after the connection was lost.
    """

    def __init__(
        self, settings: SSHTunnelSettings, exit_: Exit, *, first_pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        self._settings = settings
        self._socket = exit_.socket
        self._first_pause_s = first_pause_s
        self._stopping = threading.Event()
        self._up = threading.Event()
        self._lock = threading.Lock()  # around the process
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, name="ssh-tunnel", daemon=True)

    @property
    def is_up(self) -> bool:
        """Whether algorithms can use the tunnel now."""
        return self._up.is_set()

    def wait_until_up(self, limit_s: float) -> bool:
        """Wait for the tunnel; False when it is not there in time."""
        return self._up.wait(limit_s)

    def describe(self) -> str:
        """One line for the log of the node."""
        ssh, ends = self._settings.ssh, self._settings.tunnel
        return (
            f"SSH tunnel '{self._settings.hostname}': algorithms find {ends.dest.ip}:"
            f"{ends.dest.port} behind {ssh.host}:{ssh.port} as"
            f" {self._settings.hostname}:{ends.bind.port}"
        )

    def start(self) -> None:
        """Begin to hold the tunnel open; does not wait for it.

        Raises
        ------
        ConfigurationError
            When the private key cannot be read.
        RuntimeUnavailable
            When this host has no ssh.
        """
        command.check_programs()
        key = command.key_file(self._settings)
        if not os.access(key, os.R_OK) or not key.is_file():
            raise ConfigurationError(
                f"ssh-tunnels: the private key {key} of '{self._settings.hostname}' is not there,"
                " or this user may not read it"
            )
        self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._socket.parent.chmod(0o700)
        self._thread.start()

    def stop(self) -> None:
        """Close the tunnel; returns within a second or so."""
        self._stopping.set()
        with self._lock:
            if self._process is not None:
                self._process.terminate()
        if self._thread.is_alive():
            self._thread.join(_STOP_LIMIT_S)

    # --- in the thread of the tunnel --------------------------------------------------------

    def _run(self) -> None:
        pause, told = self._first_pause_s, ""
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                reason = self._hold()
            except command.TunnelDown as error:
                reason = error.message
            except (OSError, subprocess.SubprocessError) as error:
                reason = f"ssh cannot be run: {error}"
            was_up = self._up.is_set()
            self._up.clear()
            if self._stopping.is_set():
                break
            if was_up and time.monotonic() - begun > _LONGEST_PAUSE_S:
                pause = self._first_pause_s
            if was_up or reason != told:  # The same words each minute would hide all others.
                log.error("SSH tunnel '%s' is down: %s", self._settings.hostname, reason)
                told = reason
            log.debug("SSH tunnel '%s': next try in %.1f s", self._settings.hostname, pause)
            # Nodes that lost a server together must not come back together.
            self._stopping.wait(pause * (0.5 + secrets.randbelow(501) / 1000))
            pause = min(pause * 2, _LONGEST_PAUSE_S)
        shutil.rmtree(self._socket.parent, ignore_errors=True)

    def _hold(self) -> str:
        """Hold the tunnel open as long as it lasts; why it ended."""
        settings, folder = self._settings, self._socket.parent
        known = command.known_hosts(settings, self._scan())
        (folder / command.KNOWN_HOSTS).write_text(known, "ascii")
        with self._begin(command.ssh_command(settings, self._socket.name)) as process:
            return command.reason(settings, self._listen(process))

    def _scan(self) -> str:
        """The host keys of the server, where they are needed."""
        if not command.is_fingerprint(self._settings.ssh.fingerprint):
            return ""
        with self._begin(command.keyscan_command(self._settings)) as process:
            return process.communicate(timeout=_SCAN_LIMIT_S)[0]

    def _begin(self, arguments: list[str]) -> "subprocess.Popen[str]":
        with self._lock:
            if self._stopping.is_set():
                raise command.TunnelDown("stopped")
            self._process = subprocess.Popen(  # noqa: S603  # validated parts, and no shell
                arguments,
                cwd=self._socket.parent,
                env=command.ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
            return self._process

    def _listen(self, process: "subprocess.Popen[str]") -> list[str]:
        """Last words of ssh; reads them until it ends."""
        lines: deque[str] = deque(maxlen=_LAST_LINES)
        told = ""
        assert process.stdout is not None
        for line in map(str.strip, process.stdout):
            if line == command.UP:
                self._up.set()
                log.info("SSH tunnel '%s' is up", self._settings.hostname)
                continue
            lines.append(line)
            refused = command.REFUSED_BEHIND.match(line)
            if refused and refused[1] != told:
                told = refused[1]
                log.warning(
                    "SSH tunnel '%s': %s:%s does not answer behind it: %s",
                    self._settings.hostname,
                    *(self._settings.tunnel.dest.ip, self._settings.tunnel.dest.port, told),
                )
        return list(lines)
