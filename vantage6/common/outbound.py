"""How this process gets out to a server: through which proxy, and trusting which authorities.

What is not said here is taken from the environment (``HTTPS_PROXY``, ``NO_PROXY``,
``REQUESTS_CA_BUNDLE`` and their like), as requests does; what is said here always wins over it.
"""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import unquote, urlsplit

from vantage6.common.errors import ConfigurationError


class OutboundOptions(TypedDict, total=False):
    """The fields of `Outbound`, as options of a call."""

    ca_bundle: str | None
    http_proxy: str | None
    https_proxy: str | None
    no_proxy: Sequence[str]


@dataclass(frozen=True, slots=True)
class Outbound:
    """Proxies and authorities.

    Parameters
    ----------
    ca_bundle
        File with the certificate authorities to trust instead of the system's.
    http_proxy, https_proxy
        Proxy for servers at ``http://`` and at ``https://``; itself always
        ``http://[name:password@]host[:port]``.
    no_proxy
        Hosts, domains and networks to reach without a proxy.

    Raises
    ------
    ConfigurationError
        When one of them cannot be used.
    """

    ca_bundle: str | None = None
    http_proxy: str | None = field(default=None, repr=False)
    https_proxy: str | None = field(default=None, repr=False)
    no_proxy: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, proxy in (("http_proxy", self.http_proxy), ("https_proxy", self.https_proxy)):
            try:
                _ = proxy and check_proxy(proxy)
            except ValueError as error:
                raise ConfigurationError(f"{name}: {error}") from error
        if self.ca_bundle:
            _check_bundle(self.ca_bundle)

    def proxy_for(self, url: str) -> str | None:
        """Proxy for an address; empty when it must be reached without, None when not said here."""
        proxy = self.https_proxy if urlsplit(url).scheme == "https" else self.http_proxy
        if proxy is None:
            return None
        # Imported here, because a configuration is read in places that send no request.
        from requests.utils import should_bypass_proxies

        return (
            "" if self.no_proxy and should_bypass_proxies(url, ",".join(self.no_proxy)) else proxy
        )

    def websocket_options(self, url: str) -> dict[str, Any]:
        """The proxy for an address, in the words of websocket-client."""
        proxy = self.proxy_for(url)
        if proxy is None:
            return {}
        if not proxy:
            return {"http_no_proxy": ["*"]}
        parts = urlsplit(proxy)
        login = (
            (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        )
        return {
            "proxy_type": "http",
            "http_proxy_host": parts.hostname,
            "http_proxy_port": parts.port or 80,
            "http_proxy_auth": login,
        }


def check_proxy(address: str) -> str:
    """Refuse what is not the address of a proxy.

    Raises
    ------
    ValueError
        Says what is wrong, without the address: there may be a password in it.
    """
    try:
        parts = urlsplit(address)
        is_right = parts.scheme == "http" and parts.hostname and parts.port != 0
        is_right = is_right and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError(
            "not the address of a proxy; write http://host:port or http://name:password@host:port"
            " (of the password, write @ as %40 and / as %2F)"
        )
    return address


def password_in(proxy: str) -> set[str]:
    """The password in the address of a proxy, as written and as meant; for a log to hide."""
    password = urlsplit(proxy).password
    return {password, unquote(password)} if password else set()


def _check_bundle(file: str) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"ca_bundle: there is no certificate in {file}; it must be in PEM form, with"
            " -----BEGIN CERTIFICATE----- (`openssl x509 -inform der -in FILE` turns DER into it)"
        ) from error
    except OSError as error:
        raise ConfigurationError(
            f"ca_bundle: {Path(file)} cannot be read ({error.strerror})"
        ) from error
