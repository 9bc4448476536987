"""The command line of OpenSSH for a tunnel, and what its last words mean.

OpenSSH is what hospitals have, know and keep up to date. Everything that a user's own
configuration could change is set here: only the configured key, only the configured host key, no
password, no agent, no prompt.
"""

import base64
import hashlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from vantage6.common.errors import RuntimeUnavailable, V6Error
from vantage6.node.network.settings import SSHTunnelSettings, host_key

UP = "v6-tunnel-is-up"
"""Line that ssh prints, by a local command, as soon as the tunnel can be used."""
KNOWN_HOSTS = "known_hosts"
ENVIRONMENT = {"SHELL": "/bin/sh", "LC_ALL": "C", "PATH": os.defpath}
"""Of ssh: no agent, no display, a known shell and language."""
REFUSED_BEHIND = re.compile(r"^channel \d+: open failed: (.+)")

_CONNECT_LIMIT_S = 15
_ALIVE_S, _ALIVE_COUNT = 10, 3  # as 3.x
_FINGERPRINT = "SHA256:"
_PASSING = (
    (r"Could not resolve hostname", "its name cannot be resolved"),
    (r"Connection refused", "it refuses connections"),
    (r"timed out|Timeout, server .* not responding", "it does not answer in time"),
    (r"No route to host|Network is unreachable", "there is no way to it"),
    (r"cannot listen to port|Could not request local forwarding", "no socket can be made here"),
    (r"Connection (closed|reset) by|closed by remote host|Broken pipe", "the connection broke"),
)


class TunnelDown(V6Error):
    """An SSH tunnel cannot be used now."""

    code = "tunnel_down"


def check_programs() -> None:
    """Refuse a host without the programs that are needed.

    Raises
    ------
    RuntimeUnavailable
        With the names of their packages.
    """
    packages = {"ssh": "openssh-client", "ssh-keyscan": "openssh-client", "setpriv": "util-linux"}
    missing = {
        name: package
        for name, package in packages.items()
        if shutil.which(name, path=os.defpath) is None
    }
    if missing:
        raise RuntimeUnavailable(
            f"ssh-tunnels need {', '.join(missing)}, which this host does not have; install"
            f" {' and '.join(sorted(set(missing.values())))}"
        )


def ssh_command(settings: SSHTunnelSettings, socket_name: str) -> list[str]:
    """Command that holds a tunnel open; to be run in the folder of the tunnel.

    Parameters
    ----------
    settings
        The tunnel.
    socket_name
        Name of the unix socket in the folder; a relative one, because such an address is short.
    """
    ssh, dest = settings.ssh, settings.tunnel.dest
    host = f"[{dest.ip}]" if ":" in dest.ip else dest.ip
    options = {
        "BatchMode": "yes",
        "CheckHostIP": "no",
        "ConnectTimeout": _CONNECT_LIMIT_S,
        "ControlMaster": "no",
        "ExitOnForwardFailure": "yes",
        "ForwardAgent": "no",
        "GlobalKnownHostsFile": "/dev/null",
        "HostKeyAlias": alias(settings),
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "LocalCommand": f"echo {UP}",
        "PermitLocalCommand": "yes",
        "PreferredAuthentications": "publickey",
        "ServerAliveCountMax": _ALIVE_COUNT,
        "ServerAliveInterval": _ALIVE_S,
        "StreamLocalBindMask": "0177",
        "StreamLocalBindUnlink": "yes",
        "StrictHostKeyChecking": "yes",
        "UpdateHostKeys": "no",
        "User": ssh.identity.username,
        "UserKnownHostsFile": KNOWN_HOSTS,
    }
    return [
        # The tunnel ends with the node, also when the node is killed.
        *("setpriv", "--pdeathsig", "TERM", "ssh", "-F", "none", "-N", "-T"),
        *(f"-o{name}={value}" for name, value in options.items()),
        # ssh replaces %d and its like in the name of a file.
        *("-i", str(key_file(settings)).replace("%", "%%")),
        *("-p", str(ssh.port)),
        *("-L", f"./{socket_name}:{host}:{dest.port}"),
        *("--", ssh.host),
    ]


def keyscan_command(settings: SSHTunnelSettings) -> list[str]:
    """Command that shows the host keys of the server."""
    limit = str(_CONNECT_LIMIT_S)
    return ["ssh-keyscan", "-T", limit, "-p", str(settings.ssh.port), "--", settings.ssh.host]


def key_file(settings: SSHTunnelSettings) -> Path:
    """The private key."""
    return Path(settings.ssh.identity.key).expanduser().absolute()


def alias(settings: SSHTunnelSettings) -> str:
    """Name under which the server is known, whatever its name and port; ssh wants it small."""
    return settings.hostname.lower()


def known_hosts(settings: SSHTunnelSettings, scanned: str = "") -> str:
    """The only line of the file of known hosts.

    Parameters
    ----------
    settings
        The tunnel.
    scanned
        Output of `keyscan_command`; needed where the configuration has a fingerprint, not a key.

    Raises
    ------
    TunnelDown
        When the server has no key with the fingerprint.
    """
    wanted = settings.ssh.fingerprint
    if not is_fingerprint(wanted):
        return f"{alias(settings)} {wanted}\n"
    keys = [key for line in scanned.splitlines() if (key := _key_in(line))]
    if not keys:
        raise TunnelDown(reason(settings, scanned.splitlines()))
    for key in keys:
        if fingerprint(key.split()[1]) == wanted:
            return f"{alias(settings)} {key}\n"
    raise TunnelDown(wrong_host_key(settings))


def _key_in(line: str) -> str | None:
    try:
        return host_key(line)
    except ValueError:  # A comment, or what went wrong.
        return None


def is_fingerprint(text: str) -> bool:
    """Whether the configuration has a fingerprint instead of a key."""
    return text.startswith(_FINGERPRINT)


def fingerprint(key: str) -> str:
    """Fingerprint of a key in base64, as OpenSSH shows it."""
    digest = hashlib.sha256(base64.b64decode(key)).digest()
    return _FINGERPRINT + base64.b64encode(digest).decode().rstrip("=")


def wrong_host_key(settings: SSHTunnelSettings) -> str:
    """Why a server with another host key is refused."""
    return (
        f"the host key of {settings.ssh.host}:{settings.ssh.port} is not the one in `fingerprint`;"
        " nothing was sent to it. Ask its administrator whether it was set up anew, and for the"
        " new key; if not, somebody is in between"
    )


def reason(settings: SSHTunnelSettings, lines: Iterable[str]) -> str:
    """Why ssh ended, for the log of the node."""
    text = "\n".join(lines)
    ssh = settings.ssh
    if "Host key verification failed" in text:
        return wrong_host_key(settings)
    if "UNPROTECTED PRIVATE KEY FILE" in text:
        return f"other users can read the key {ssh.identity.key}; run: chmod 600 on it"
    if "Permission denied" in text:
        return (
            f"{ssh.host} does not accept the key {ssh.identity.key} for {ssh.identity.username}"
            " (a key with a passphrase cannot be used)"
        )
    for pattern, meaning in _PASSING:
        if re.search(pattern, text):
            return f"{ssh.host}:{ssh.port}: {meaning}"
    return text.rpartition("\n")[2] or "ssh ended without a word"
