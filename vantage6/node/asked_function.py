"""Which function of an algorithm a decrypted input asks for, read so that nothing is executed.

Only JSON is read: to know what a pickle holds it would have to be opened, which may run anything.
What the algorithm will read must be what was read here, so whatever two readers could understand
in two ways is not understood at all: a name that is there twice, a ``master`` that is not simply
true or false.
"""

import json
from typing import Any

from vantage6.common.errors import V6Error

_PREFIX = b"json."
_PARTIAL = "RPC_"


class UnknownFunction(V6Error):
    """The input does not say in a readable way which function it asks for."""

    code = "unknown_function"


def asked_function(payload: bytes) -> str:
    """Name of the function, as the algorithm has it; partial ones begin with ``RPC_``.

    Raises
    ------
    UnknownFunction
        With the reason; no part of the input is in it.
    """
    if payload[: len(_PREFIX)].lower() == _PREFIX:
        payload = payload[len(_PREFIX) :]
    elif not payload.startswith(b"{"):
        raise UnknownFunction("the input is not JSON; send it with the data format 'json'")
    try:
        # Decoded here: the parser would take other encodings of Unicode as well.
        asked = json.loads(payload.decode("utf-8"), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise UnknownFunction("the input is not valid JSON") from error
    if not isinstance(asked, dict):
        raise UnknownFunction("the input is not an object with a 'method'")
    method, master = asked.get("method"), asked.get("master")
    if not isinstance(method, str) or not method:
        raise UnknownFunction("the input has no 'method'")
    if master is not None and not isinstance(master, bool):
        raise UnknownFunction("'master' of the input is neither true nor false")
    return method if master else f"{_PARTIAL}{method}"


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise UnknownFunction("a name is there twice in the input")
    return found
