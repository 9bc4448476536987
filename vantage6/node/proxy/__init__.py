"""The one way from an algorithm to the server: it encrypts, decrypts and otherwise passes on."""

from vantage6.node.proxy.bell import Bell
from vantage6.node.proxy.doors import Proxy
from vantage6.node.proxy.upstream import Upstream

__all__ = ["Bell", "Proxy", "Upstream"]
