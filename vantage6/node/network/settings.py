"""Configuration of the ways out of an algorithm's network, and of the node's own way out."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from vantage6.common import contract
from vantage6.common.config.blocks import Block
from vantage6.common.outbound import check_proxy

RESERVED_NAMES = frozenset({"localhost", "algorithm", "squid", contract.PROXY_HOST})
"""Names that mean something inside a container already."""

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_USERNAME = re.compile(r"[A-Za-z0-9_][\w.@\\-]*")
_KEY_TYPE = re.compile(r"ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521)")
_SHA256 = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")
_HOW_TO_SEE = "`ssh-keyscan HOST` shows keys, `ssh-keygen -lf FILE` their SHA256 fingerprints"


def _name_or_address(text: str) -> str:
    if not _NAME.fullmatch(text):
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise ValueError(f"'{text}' is neither a host name nor an address") from None
    return text


def _proxy_address(value: SecretStr) -> SecretStr:
    check_proxy(value.get_secret_value())
    return value


def _listed(value: Any) -> Any:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


Host = Annotated[str, AfterValidator(_name_or_address)]
Port = Annotated[int, Field(ge=1, le=65535)]
ProxyAddress = Annotated[SecretStr, AfterValidator(_proxy_address)]
"""Address of a proxy, with name and password if it wants them."""
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""A list, or its entries in one text with commas in between."""


# --- SSH tunnels ----------------------------------------------------------------------------


class SSHIdentity(Block):
    """Account at the SSH server."""

    username: str = Field(description="Name of the account")
    key: str = Field(description="File with its private key, which only the node may read")

    @field_validator("username")
    @classmethod
    def _is_a_name(cls, username: str) -> str:
        if not _USERNAME.fullmatch(username):
            raise ValueError(f"'{username}' cannot be the name of an account")
        return username


class SSHServer(Block):
    """The host at the other end of a tunnel."""

    host: Host = Field(description="Name or address of the SSH server")
    port: Port = Field(22, description="Port of the SSH server")
    fingerprint: str = Field(
        description="Host key of the server, such as `ssh-ed25519 AAAA…`, or its fingerprint "
        "`SHA256:…`; a server that has another one is refused"
    )
    identity: SSHIdentity = Field(description="Account at the SSH server")

    @field_validator("fingerprint")
    @classmethod
    def _is_a_key(cls, text: str) -> str:
        return host_key(text)


class TunnelBind(Block):
    """Where algorithms find the tunnel."""

    ip: str | None = Field(None, description="3.x; algorithms use the hostname of the tunnel")
    port: Port = Field(description="Port at which algorithms find the tunnel")


class TunnelDestination(Block):
    """What the tunnel leads to."""

    ip: Host = Field(description="Name or address, as the SSH server sees it")
    port: Port = Field(description="Port there")


class TunnelEnds(Block):
    """Both ends of a tunnel."""

    bind: TunnelBind = Field(description="Where algorithms find the tunnel")
    dest: TunnelDestination = Field(description="What the tunnel leads to")


class SSHTunnelSettings(Block):
    """A service behind an SSH server, for algorithms."""

    hostname: str = Field(
        description="Name by which algorithms know the service, as in the `uri` of a database"
    )
    ssh: SSHServer = Field(description="The host at the other end of the tunnel")
    tunnel: TunnelEnds = Field(description="Both ends of the tunnel")

    @model_validator(mode="before")
    @classmethod
    def _tunnel_beside_ssh(cls, data: Any) -> Any:
        # The published sample file has it below `ssh`.
        if isinstance(data, dict) and isinstance(data.get("ssh"), dict) and "tunnel" not in data:
            ssh = dict(data["ssh"])
            return {**data, "ssh": ssh, "tunnel": ssh.pop("tunnel", None)}
        return data

    @field_validator("hostname")
    @classmethod
    def _is_a_free_name(cls, hostname: str) -> str:
        if not _NAME.fullmatch(hostname) or hostname.replace(".", "").isdigit():
            raise ValueError(f"'{hostname}' cannot be the name of a host")
        if hostname.lower() in RESERVED_NAMES:
            raise ValueError(f"'{hostname}' means something else inside a container already")
        return hostname


def check_names(tunnels: Iterable[SSHTunnelSettings]) -> None:
    """Refuse tunnels with the same name.

    Raises
    ------
    ValueError
        Names the name.
    """
    seen: set[str] = set()
    for entry in tunnels:
        name = entry.hostname.lower()
        if name in seen:
            raise ValueError(f"two tunnels have the hostname '{entry.hostname}'")
        seen.add(name)


def host_key(text: str) -> str:
    """A host key in one form: ``SHA256:…``, or type and key.

    Lines of a known_hosts file and of ssh-keyscan, with a host in front, are taken as well.

    Raises
    ------
    ValueError
        When it is neither.
    """
    text = text.strip()
    if _SHA256.fullmatch(text):
        return text.rstrip("=")
    parts = text.split()
    if len(parts) > 2 and not _KEY_TYPE.fullmatch(parts[0]):
        parts = parts[1:]
    if len(parts) < 2 or not _KEY_TYPE.fullmatch(parts[0]):
        raise ValueError(f"not a host key and not a SHA256 fingerprint; {_HOW_TO_SEE}")
    kind, key = parts[:2]
    if not _is_key_of(kind, key):
        raise ValueError(f"the {kind} key is not complete; {_HOW_TO_SEE}")
    return f"{kind} {key}"


def _is_key_of(kind: str, key: str) -> bool:
    try:
        blob = base64.b64decode(key, validate=True)
    except binascii.Error:
        return False
    # RFC 4253: each part of a key is a length of four bytes and so many bytes; the type is first.
    parts = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        part, blob = blob[4 : 4 + length], blob[4 + length :]
        if len(part) < length or not length:
            return False
        parts.append(part)
    return len(parts) > 1 and parts[0] == kind.encode()


# --- allow-list -----------------------------------------------------------------------------


class Whitelist(Block):
    """What algorithms may reach through the allow-list proxy; a port is open for all of it."""

    domains: tuple[str, ...] = Field(
        (), description="Domains; with a dot in front, all names below one as well"
    )
    ips: tuple[str, ...] = Field((), description="Addresses and networks such as 10.0.5.0/24")
    ports: tuple[Port, ...] = Field((), description="Ports at these domains and addresses")

    @field_validator("domains")
    @classmethod
    def _are_domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_domain(text) for text in domains)

    @field_validator("ips")
    @classmethod
    def _are_networks(cls, ips: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_network(text) for text in ips)

    @model_validator(mode="after")
    def _has_ports(self) -> "Whitelist":
        if self.is_open and not self.ports:
            raise ValueError("ports: say which ports are open, such as [443]")
        return self

    @property
    def is_open(self) -> bool:
        """Whether there is anything that algorithms may reach."""
        return bool(self.domains or self.ips)

    def notices(self) -> list[str]:
        """What its owner may not have thought of; for the log at start."""
        plain = [str(port) for port in self.ports if port != 443]
        public = [ip for ip in self.ips if not ipaddress.ip_network(ip).is_private]
        notices = []
        if self.domains and plain:
            notices.append(
                f"whitelist: what algorithms send to port {', '.join(plain)} can be read on its"
                " way unless it is encrypted"
            )
        if public:
            notices.append(
                f"whitelist: {', '.join(public)} can be reached from all over the world"
            )
        return notices


def _domain(text: str) -> str:
    domain = text.strip().lower().rstrip(".")
    if domain.startswith("*."):
        raise ValueError(f"write '{domain[1:]}' for all names below a domain")
    if "/" in domain or ":" in domain:
        raise ValueError(f"write '{text}' without scheme, port and path")
    if domain.replace(".", "").isdigit():
        raise ValueError(f"'{text}' is an address; name it in `ips`")
    if not _NAME.fullmatch(domain.removeprefix(".")):
        raise ValueError(f"'{text}' is not a domain; one with other letters begins with xn--")
    return domain


def _network(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(f"'{text}' is not an address or network") from None
    if network.prefixlen == 0:
        raise ValueError(f"'{text}' is everything; name what algorithms need")
    if network.is_loopback or network.is_link_local or network.is_multicast:
        raise ValueError(
            f"'{text}' cannot be reached through the proxy; use an address that other machines use"
        )
    return str(network) if network.num_addresses > 1 else str(network.network_address)
