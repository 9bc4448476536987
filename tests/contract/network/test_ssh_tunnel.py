"""SSH tunnels to a real sshd."""

import base64
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.contract.network.hosts import PATIENTS, SSHHost, new_key
from tests.fakes.waiting import eventually
from vantage6.common.errors import ConfigurationError
from vantage6.node.network.exits import exits_of
from vantage6.node.network.settings import SSHTunnelSettings, Whitelist
from vantage6.node.network.ssh_tunnel import SSHTunnel
from vantage6.node.network.unix_socket import short_address

pytestmark = pytest.mark.docker
LIMIT_S = 20.0

HOLD = """
import sys, time
from pathlib import Path
from vantage6.node.network.exits import Exit
from vantage6.node.network.settings import SSHTunnelSettings
from vantage6.node.network.ssh_tunnel import SSHTunnel
settings = SSHTunnelSettings.model_validate_json(sys.argv[1])
tunnel = SSHTunnel(settings, Exit("records", 8000, Path(sys.argv[2]) / "socket"))
tunnel.start()
assert tunnel.wait_until_up(20)
print(tunnel._process.pid, flush=True)
time.sleep(60)
"""


class Held:
    """A tunnel and the exit that it serves."""

    def __init__(self, settings: SSHTunnelSettings, folder: Path) -> None:
        (self.exit,) = exits_of(Whitelist(), [settings], folder)
        self.tunnel = SSHTunnel(settings, self.exit, first_pause_s=0.05)
        self.tunnel.start()

    def ask(self, path: str = "/patients.csv") -> str:
        """What the service behind the tunnel answers."""
        with socket.socket(socket.AF_UNIX) as visitor, short_address(self.exit.socket) as address:
            visitor.settimeout(LIMIT_S)
            visitor.connect(address)
            visitor.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            return visitor.makefile().read()


Hold = Callable[[SSHTunnelSettings], Held]


@pytest.fixture
def hold(folder: Path) -> Iterator[Hold]:
    made: list[Held] = []

    def make(settings: SSHTunnelSettings) -> Held:
        made.append(Held(settings, folder))
        return made[-1]

    yield make
    for held in made:
        held.tunnel.stop()


def said(caplog: pytest.LogCaptureFixture, words: str) -> None:
    eventually(lambda: words in caplog.text, f"the log to say: {words}")


def test_a_service_that_only_the_ssh_host_can_reach_is_reached(
    ssh_host: SSHHost, hold: Hold, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    held = hold(ssh_host.settings())

    assert held.tunnel.wait_until_up(LIMIT_S)
    assert held.ask().endswith(PATIENTS)
    assert "SSH tunnel 'records' is up" in caplog.text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((ssh_host.address, 8000), LIMIT_S)


def test_only_the_node_can_enter_the_folder_of_the_socket(ssh_host: SSHHost, hold: Hold) -> None:
    held = hold(ssh_host.settings())
    assert held.tunnel.wait_until_up(LIMIT_S)

    mode = held.exit.socket.parent.stat().st_mode & 0o777, held.exit.socket.stat().st_mode & 0o777
    held.tunnel.stop()

    assert mode == (0o700, 0o600)
    assert not held.exit.socket.parent.exists()


def test_a_fingerprint_does_as_well_as_a_key(ssh_host: SSHHost, hold: Hold) -> None:
    blob = base64.b64decode(ssh_host.host_key.split()[1])
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode()

    held = hold(ssh_host.settings(fingerprint=f"SHA256:{digest}"))

    assert held.tunnel.wait_until_up(LIMIT_S)
    assert held.ask().endswith(PATIENTS)


@pytest.mark.parametrize("form", ["key", "fingerprint"])
def test_a_host_with_another_key_is_refused_with_the_reason(
    form: str, ssh_host: SSHHost, hold: Hold, caplog: pytest.LogCaptureFixture
) -> None:
    other = new_key()[1] if form == "key" else "SHA256:" + "A" * 43
    seen = ssh_host.log().count(b"Accepted publickey")

    held = hold(ssh_host.settings(fingerprint=other))

    said(caplog, "is not the one in `fingerprint`; nothing was sent to it")
    assert not held.tunnel.is_up
    assert not held.exit.socket.exists()
    assert ssh_host.log().count(b"Accepted publickey") == seen


def test_a_key_that_the_host_does_not_know_is_told(
    ssh_host: SSHHost, hold: Hold, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = tmp_path / "stranger.pem"
    stranger.write_text(new_key()[0])
    stranger.chmod(0o600)

    hold(ssh_host.settings(identity={"username": "tunnel", "key": str(stranger)}))

    said(caplog, f"does not accept the key {stranger} for tunnel")


def test_a_key_that_others_can_read_is_not_used(
    ssh_host: SSHHost, hold: Hold, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    public = tmp_path / "public.pem"
    public.write_text(ssh_host.key_file.read_text())
    public.chmod(0o644)

    hold(ssh_host.settings(identity={"username": "tunnel", "key": str(public)}))

    said(caplog, f"other users can read the key {public}; run: chmod 600")


def test_a_key_that_is_not_there_is_told_at_once(ssh_host: SSHHost, hold: Hold) -> None:
    with pytest.raises(ConfigurationError, match=r"private key /nowhere.pem of 'records'"):
        hold(ssh_host.settings(identity={"username": "tunnel", "key": "/nowhere.pem"}))


def test_a_connection_that_drops_comes_back(
    ssh_host: SSHHost, hold: Hold, caplog: pytest.LogCaptureFixture
) -> None:
    held = hold(ssh_host.settings())
    assert held.tunnel.wait_until_up(LIMIT_S)

    ssh_host.drop_connections()
    said(caplog, "SSH tunnel 'records' is down")

    assert held.tunnel.wait_until_up(LIMIT_S)
    assert held.ask().endswith(PATIENTS)


def test_a_service_that_is_down_behind_the_tunnel_is_told(
    ssh_host: SSHHost, hold: Hold, caplog: pytest.LogCaptureFixture
) -> None:
    held = hold(ssh_host.settings(port=8001))
    assert held.tunnel.wait_until_up(LIMIT_S)

    with pytest.raises(ConnectionResetError):
        held.ask()

    said(caplog, "127.0.0.1:8001 does not answer behind it: connect failed: Connection refused")


def test_the_tunnel_of_a_node_that_was_killed_ends_with_it(
    ssh_host: SSHHost, tmp_path: Path
) -> None:
    settings = ssh_host.settings().model_dump_json()
    command = [sys.executable, "-c", HOLD, settings, str(tmp_path / "tunnel")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as node:
        assert node.stdout is not None
        ssh = Path("/proc") / node.stdout.readline().strip()
        assert b"records" in (ssh / "cmdline").read_bytes()

        os.kill(node.pid, signal.SIGKILL)

    eventually(lambda: not ssh.exists(), "ssh to end")
