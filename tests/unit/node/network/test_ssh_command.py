"""The command line of ssh, and what its last words mean; tests/contract runs a real one."""

import base64
import hashlib
from typing import Any

import pytest
from tests.unit.node.network.test_network_settings import KEY, LINE, tunnel
from vantage6.node.network.settings import SSHTunnelSettings
from vantage6.node.network.ssh_command import TunnelDown, known_hosts, reason, ssh_command

SHA256 = base64.b64encode(hashlib.sha256(base64.b64decode(KEY)).digest()).decode()


def settings(**ssh: Any) -> SSHTunnelSettings:
    return SSHTunnelSettings(**tunnel(**ssh))


def test_nothing_of_the_users_own_configuration_counts() -> None:
    command = ssh_command(settings(), "socket")

    assert command[command.index("-F") + 1] == "none"
    for option in ("StrictHostKeyChecking=yes", "BatchMode=yes", "IdentityAgent=none"):
        assert f"-o{option}" in command
    assert "-oGlobalKnownHostsFile=/dev/null" in command
    assert command[-2:] == ["--", "gateway.hospital.nl"]


def test_the_name_of_a_key_means_itself() -> None:
    identity = {"username": "node", "key": "/keys/100%d node.pem"}

    command = ssh_command(settings(identity=identity), "socket")

    assert command[command.index("-i") + 1] == "/keys/100%%d node.pem"


def test_the_far_end_may_be_an_address_of_version_6() -> None:
    entry = tunnel()
    entry["tunnel"]["dest"] = {"ip": "::1", "port": 5432}

    command = ssh_command(SSHTunnelSettings(**entry), "socket")

    assert command[command.index("-L") + 1] == "./socket:[::1]:5432"


def test_a_key_of_the_configuration_is_the_only_known_host() -> None:
    assert known_hosts(settings()) == f"records {LINE}\n"


def test_with_a_fingerprint_only_the_key_that_has_it_is_known() -> None:
    other = base64.b64encode(base64.b64decode(KEY)[:-1] + b"x").decode()
    scanned = f"# gateway:22 SSH-2.0\ngateway ssh-rsa {other}\ngateway ssh-ed25519 {KEY}\n"

    assert known_hosts(settings(fingerprint=f"SHA256:{SHA256}"), scanned) == f"records {LINE}\n"


def test_a_server_without_the_fingerprint_is_refused() -> None:
    wanted = settings(fingerprint="SHA256:" + "A" * 43)

    with pytest.raises(TunnelDown, match="not the one in `fingerprint`"):
        known_hosts(wanted, f"gateway {LINE}\n")


def test_a_server_that_shows_no_key_is_not_called_an_impostor() -> None:
    wanted = settings(fingerprint="SHA256:" + "A" * 43)

    with pytest.raises(TunnelDown, match="it refuses connections"):
        known_hosts(wanted, "gateway.hospital.nl: Connection refused\n")


@pytest.mark.parametrize(
    ("last_words", "meaning"),
    [
        ("Host key verification failed.", "the host key of gateway.hospital.nl:22 is not the one"),
        ("@ WARNING: UNPROTECTED PRIVATE KEY FILE! @\nPermission denied", "chmod 600"),
        ("node@gateway: Permission denied (publickey).", "does not accept the key"),
        ("ssh: Could not resolve hostname g: Name unknown", "its name cannot be resolved"),
        ("connect to host g port 22: Connection timed out", "does not answer in time"),
        ("Timeout, server g not responding.", "does not answer in time"),
        ("ssh: connect to host g port 22: No route to host", "no way to it"),
        ("Connection to g closed by remote host.", "the connection broke"),
        ("something new", "something new"),
        ("", "without a word"),
    ],
)
def test_last_words_are_explained(last_words: str, meaning: str) -> None:
    assert meaning in reason(settings(), last_words.splitlines())
