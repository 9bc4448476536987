"""/vpn: direct connections between algorithms.

The server knows the addresses that nodes report. It has no portal that hands out configurations:
nodes that ask for one hear that it is not configured, and go on without, as published ones do.
"""

from typing import Any, NoReturn

from vantage6.common.errors import NotConfigured
from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import SIGNED_IN, operation
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.port import AddressFilter
from vantage6.server.service import port as ports
from vantage6.server.service.port import AddressQuery

_NODE = frozenset({Kind.NODE})


class AlgorithmAddresses(ApiResource):
    """Addresses of algorithms."""

    @operation(("port", Op.VIEW), callers=frozenset({Kind.CONTAINER}), query=AddressFilter)
    def get(self, actor: Principal, query: AddressQuery) -> dict[str, Any]:
        """List the addresses of the runs of your task, its children or its parent."""
        return {"addresses": ports.addresses(actor, query)}


class VpnConfiguration(ApiResource):
    """Configuration of a node's VPN client."""

    @operation(SIGNED_IN, callers=_NODE)
    def get(self, actor: Principal) -> NoReturn:
        """Get a configuration; this server has none to give."""
        del actor
        raise _not_configured()


class VpnUpdate(ApiResource):
    """Renewal of the keys in a configuration."""

    @operation(SIGNED_IN, callers=_NODE)
    def post(self, actor: Principal) -> NoReturn:
        """Renew the keys of a configuration; this server has none to give."""
        del actor
        raise _not_configured()


def _not_configured() -> NotConfigured:
    return NotConfigured("this server has no VPN; algorithms cannot connect directly")
