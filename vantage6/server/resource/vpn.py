"""/vpn: direct connections between algorithms.

Nodes report their addresses, and get what they need to connect from a portal of eduVPN. On a
server without one they hear so, and go on without, as published ones do.
"""

from typing import Any

from vantage6.common.errors import NotConfigured
from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import SIGNED_IN, operation
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import AddressesView, VpnView
from vantage6.server.schema.port import AddressFilter
from vantage6.server.schema.vpn import VpnUpdateBody
from vantage6.server.service import port as ports
from vantage6.server.service import vpn
from vantage6.server.service.port import AddressQuery
from vantage6.server.service.vpn import VpnBody

_NODE = frozenset({Kind.NODE})


class AlgorithmAddresses(ApiResource):
    """Addresses of algorithms."""

    @operation(
        ("port", Op.VIEW),
        callers=frozenset({Kind.CONTAINER}),
        query=AddressFilter,
        out=AddressesView,
    )
    def get(self, actor: Principal, query: AddressQuery) -> dict[str, Any]:
        """List the addresses of the runs of your task, its children or its parent."""
        return {"addresses": ports.addresses(actor, query)}


class VpnConfiguration(ApiResource):
    """Configuration of a node's VPN client."""

    @operation(SIGNED_IN, callers=_NODE, out=VpnView, failures=(NotConfigured,))
    def get(self, actor: Principal) -> dict[str, Any]:
        """Get a configuration with keys of its own."""
        del actor
        return {"ovpn_config": vpn.configuration(self.context.vpn)}


class VpnUpdate(ApiResource):
    """Renewal of the keys in a configuration."""

    @operation(
        SIGNED_IN, callers=_NODE, body=VpnUpdateBody, out=VpnView, failures=(NotConfigured,)
    )
    def post(self, actor: Principal, body: VpnBody) -> dict[str, Any]:
        """Renew the keys of a configuration."""
        del actor
        return {"ovpn_config": vpn.renewed(self.context.vpn, body)}
