"""How often an address may knock at the doors that are open to everybody.

Accounts are blocked after some wrong passwords each; this is against those who try one password at
many accounts, guess keys, or have mails sent. What went well is not counted, so that fifty nodes
which share one address log in at once.
"""

import ipaddress
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from itertools import islice

from vantage6.common.errors import InvalidInput, NotAuthenticated, TooManyRequests

_NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that its owner cannot choose."""


class Door(Enum):
    """What is counted together."""

    USER_LOG_IN = "log-in of users"
    NODE_LOG_IN = "log-in of nodes"
    RECOVERY = "recovery"

    @property
    def is_log_in(self) -> bool:
        """Whether only refusals count; elsewhere every mail does."""
        return self is not Door.RECOVERY


class Throttle:
    """Counts by address, within this process.

    Parameters
    ----------
    limits
        How many knocks that count are let through in a window, by door; none for no limit.
    window_s
        Length of the window.
    clock
        Seconds that only grow.
    most
        So many addresses are remembered at most; the default takes some MB.

    Notes
    -----
    The generic cell rate algorithm (ITU-T I.371): one number per address, the time at which its
    knocks so far would have come if they were spread evenly. It may lie one window ahead.
    """

    def __init__(
        self,
        limits: Mapping[Door, int],
        window_s: float,
        clock: Callable[[], float] = time.monotonic,
        most: int = 100_000,
    ) -> None:
        self._intervals = {door: window_s / limit for door, limit in limits.items()}
        self._window_s = window_s
        self._clock = clock
        self._most = most
        self._spread: dict[tuple[Door, str], float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def passing(self, door: Door, address: str | None) -> Iterator[None]:
        """Let a request through; it counts as long as it lasts, and then perhaps.

        Raises
        ------
        TooManyRequests
            When there were too many from this address; it says when to come again.
        """
        key = door, _owner_of(address)
        self._knock(key)
        counts = not door.is_log_in
        try:
            yield
        except NotAuthenticated:
            counts = True
            raise
        except InvalidInput:
            counts = False
            raise
        finally:
            if not counts:
                self._take_back(key)

    def _knock(self, key: tuple[Door, str]) -> None:
        interval = self._intervals.get(key[0])
        if interval is None:
            return
        with self._lock:
            present = self._clock()
            spread = max(self._spread.get(key, present), present) + interval
            early_s = spread - present - self._window_s
            if early_s > 0:
                raise TooManyRequests(
                    "too many requests from your address; wait a moment and try again",
                    retry_after_s=math.ceil(early_s),
                )
            self._spread[key] = spread
            self._forget(present)

    def _take_back(self, key: tuple[Door, str]) -> None:
        with self._lock:
            if key in self._spread:
                self._spread[key] -= self._intervals[key[0]]

    def _forget(self, present: float) -> None:
        if len(self._spread) <= self._most:
            return
        self._spread = {key: time for key, time in self._spread.items() if time > present}
        if len(self._spread) > self._most:
            for key in list(islice(self._spread, self._most // 10)):
                del self._spread[key]


def _owner_of(address: str | None) -> str:
    """What one client has one of: an IPv4 address, or an IPv6 network."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _NETWORK_OF_ONE), strict=False))
