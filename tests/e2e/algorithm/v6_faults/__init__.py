"""An algorithm for tests: it can be slow, fail in several ways, and look around."""

import os
import socket
import time
from pathlib import Path

from vantage6.tools.util import info


def RPC_echo(data, value):
    """Give back what came in, and say it in the log too."""
    info(f"the value is {value}")
    return {"value": value, "rows": len(data)}


def RPC_slow(data, seconds):
    """Work for a while."""
    time.sleep(seconds)
    return {"rows": len(data)}


def RPC_crash(data):
    """Fail as algorithms do."""
    raise RuntimeError(f"there are {len(data)} rows and no idea")


def RPC_look_around(data, targets, names):
    """Which addresses and names answer, and what is in the folder of the runs."""
    folder = Path(os.environ["INPUT_FILE"]).parent
    return {
        "open": [target for target in targets if _answers(*target)],
        "resolved": [name for name in names if _resolves(name)],
        "proxy": _answers(os.environ["HOST"].split("//")[1], int(os.environ["PORT"])),
        "runs": sorted(path.name for path in folder.parent.glob("task-*")),
        "interfaces": [name for _, name in socket.if_nameindex()],
    }


def _answers(host, port):
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def _resolves(name):
    try:
        return bool(socket.getaddrinfo(name, 80))
    except OSError:
        return False
