"""The few ways that lead out of an algorithm's network, each to exactly one thing.

An *exit* is a name and a port inside the network of every run. Behind it, on this host, is a unix
socket of the allow-list proxy or of an SSH tunnel, or a container of the owner. The gate makes a
listening socket for each exit inside the network of a run, `vantage6.node.network.relay` carries
the bytes between the two. So an algorithm finds what 3.x promises (``squid:3128``, the host name
of a tunnel), and there is still no route, no bridge and no name server.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vantage6.common import contract
from vantage6.node.network.settings import SSHTunnelSettings, Whitelist

SQUID, SQUID_PORT = "squid", 3128
"""Where algorithms find the allow-list proxy; 3.x names."""


@dataclass(frozen=True, slots=True)
class Exit:
    """A name and a port inside, and the unix socket on this host that is behind them.

    Where there is a `find` instead, it says at which address the same port is, each time anew; it
    may take its time, and raises OSError when there is none.
    """

    host: str
    port: int
    socket: Path = Path()
    find: Callable[[], str] | None = field(default=None, compare=False)

    @property
    def address(self) -> str:
        """Loopback address that the name stands for.

        Each name has one of its own, so that two exits may have the same port. It follows from the
        name alone: a run that a node adopts after a change of its configuration finds under a name
        what it found there before, or nothing.
        """
        first, second, third = hashlib.sha256(self.host.lower().encode()).digest()[:3]
        # Neither 127.0.x.x, where the proxy listens, nor the last network with its broadcast.
        return f"127.{first % 254 + 1}.{second}.{third}"


def exits_of(
    whitelist: Whitelist, tunnels: Iterable[SSHTunnelSettings], folder: Path
) -> tuple[Exit, ...]:
    """The exits that a configuration asks for: the allow-list proxy, then the tunnels.

    Parameters
    ----------
    whitelist, tunnels
        See there.
    folder
        Where the sockets are, each in a folder of its own.
    """
    squid = [Exit(SQUID, SQUID_PORT, folder / SQUID / "door" / SQUID)] if whitelist.is_open else []
    ssh = [
        Exit(entry.hostname, entry.tunnel.bind.port, folder / f"ssh-{entry.hostname}" / "socket")
        for entry in tunnels
    ]
    return *squid, *ssh


def proxy_variables(exits: Sequence[Exit], further: Iterable[str] = ()) -> dict[str, str]:
    """Environment of algorithms: how programs that know proxies find the allow-list proxy.

    Parameters
    ----------
    exits
        Those that algorithms have; without the allow-list proxy there is nothing to say.
    further
        Hosts and networks beside the exits that are to be reached without it.
    """
    if all(exit_.host != SQUID for exit_ in exits):
        return {}
    proxy = f"http://{SQUID}:{SQUID_PORT}"
    near = ["localhost", "127.0.0.1", contract.PROXY_HOST]
    without = ",".join([*near, *(exit_.host for exit_ in exits if exit_.host != SQUID), *further])
    variables = {"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, "NO_PROXY": without}
    # Programs differ in the case that they read.
    return variables | {name.lower(): text for name, text in variables.items()}
