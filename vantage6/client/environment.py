"""Where to log in and as whom, from the environment: for scripts, examples and notebooks.

=================  =============================================================================
V6_SERVER_URL      Full address with port and API path, such as ``http://localhost:5000/api``.
V6_USERNAME        Of the account.
V6_PASSWORD        Of the account.
V6_PRIVATE_KEY     File with the private key of your organization; without it, no encryption.
V6_CA_BUNDLE       File with the certificate authorities to trust instead of the system's.
=================  =============================================================================
"""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from vantage6.common.errors import ConfigurationError

SERVER_URL = "V6_SERVER_URL"
USERNAME = "V6_USERNAME"
PASSWORD = "V6_PASSWORD"  # noqa: S105  # the name of the variable
PRIVATE_KEY = "V6_PRIVATE_KEY"
CA_BUNDLE = "V6_CA_BUNDLE"


class Login(NamedTuple):
    """What it takes to log in; empty texts of the environment count as missing."""

    host: str
    port: int | None
    path: str
    username: str
    password: str
    private_key: str | None
    ca_bundle: str | None


def read_login(environ: Mapping[str, str]) -> Login:
    """What the environment says.

    Raises
    ------
    ConfigurationError
        Naming all that is missing, or an address that is none.
    """
    missing = [name for name in (SERVER_URL, USERNAME, PASSWORD) if not environ.get(name)]
    if missing:
        raise ConfigurationError(
            f"{', '.join(missing)} missing in the environment. `vdev start-demo-network` and "
            "`vdev lab` print the lines that set them for their networks"
        )
    host, port, path = split_address(environ[SERVER_URL])
    return Login(
        host=host,
        port=port,
        path=path,
        username=environ[USERNAME],
        password=environ[PASSWORD],
        private_key=environ.get(PRIVATE_KEY) or None,
        ca_bundle=environ.get(CA_BUNDLE) or None,
    )


def split_address(url: str) -> tuple[str, int | None, str]:
    """Scheme and host, port, and path of a full address.

    Raises
    ------
    ConfigurationError
        When it is none.
    """
    parts = urlsplit(url.strip() if "://" in url else f"http://{url.strip()}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in {"http", "https"} or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{SERVER_URL} is not the address of a server: write it with port and API path, such "
            "as http://localhost:5000/api"
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}", port, parts.path
