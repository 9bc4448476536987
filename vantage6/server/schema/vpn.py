"""VPN configurations on the wire."""

from marshmallow import validate

from vantage6.server.schema.base import Body
from vantage6.server.schema.fields import Text
from vantage6.server.service.vpn import VpnBody


class ConfigurationText(Text):
    """An OpenVPN configuration with its certificates."""

    longest = 131_072


class VpnUpdateBody(Body):
    target = VpnBody

    vpn_config = ConfigurationText(required=True, validate=validate.Length(min=1))
