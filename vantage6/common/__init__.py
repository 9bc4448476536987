"""What every part of vantage6 shares; the public names that scripts import from here."""

from vantage6.common.echo import debug, error, info, warning
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s

__all__ = ["base64s_to_bytes", "bytes_to_base64s", "debug", "error", "info", "warning"]
