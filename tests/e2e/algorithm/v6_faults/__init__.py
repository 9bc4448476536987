"""An algorithm for tests: it can be slow, and fail in several ways."""

import time

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
