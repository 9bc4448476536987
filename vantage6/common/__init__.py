"""What every part of vantage6 shares; the public names that scripts import from here."""

from vantage6.common.colors import Fore, Style
from vantage6.common.echo import debug, echo, error, info, warning
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.former import (
    ClickLogger,
    Singleton,
    WhoAmI,
    check_config_writeable,
    generate_apikey,
    get_database_config,
    is_ip_address,
    logger_name,
)
from vantage6.common.globals import STRING_ENCODING

__all__ = [
    "STRING_ENCODING",
    "ClickLogger",
    "Fore",
    "Singleton",
    "Style",
    "WhoAmI",
    "base64s_to_bytes",
    "bytes_to_base64s",
    "check_config_writeable",
    "debug",
    "echo",
    "error",
    "generate_apikey",
    "get_database_config",
    "info",
    "is_ip_address",
    "logger_name",
    "warning",
]
