"""VPN configurations of nodes, from a portal that the administrator may have set up."""

from dataclasses import dataclass
from typing import Protocol

from vantage6.common.errors import NotConfigured
from vantage6.server.session import let_go


class VpnPortal(Protocol):
    """Who hands out configurations.

    Both methods raise Unavailable when it does not answer, and InternalError when it does not
    give what it should.
    """

    def configuration(self) -> str:
        """A new OpenVPN configuration."""

    def renewed(self, configuration: str) -> str:
        """The same configuration with new keys, or a new one."""


@dataclass(frozen=True, slots=True)
class VpnBody:
    """The configuration that a node has."""

    vpn_config: str


def configuration(portal: VpnPortal | None) -> str:
    """A new configuration.

    Raises
    ------
    NotConfigured
        When this server has no portal.
    """
    return _reached(portal).configuration()


def renewed(portal: VpnPortal | None, body: VpnBody) -> str:
    """The configuration of a node with new keys.

    Raises
    ------
    NotConfigured
        When this server has no portal.
    """
    return _reached(portal).renewed(body.vpn_config)


def _reached(portal: VpnPortal | None) -> VpnPortal:
    if portal is None:
        raise NotConfigured("this server has no VPN; algorithms cannot connect directly")
    # The portal takes its time.
    let_go()
    return portal
