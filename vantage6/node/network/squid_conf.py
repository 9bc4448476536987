"""The configuration of squid: an allow-list proxy that refuses whatever is not on the list.

Notes
-----
What is on the list is compared as it is written in a request, without looking up a name (``-n``).
Else the owner of an address could give it an allowed name in the reverse zone of the name service,
and any name in a request would be a message to the name server of whoever owns it.
"""

import ipaddress
from urllib.parse import urlsplit

from vantage6.common.outbound import Outbound
from vantage6.node.network.exits import SQUID_PORT
from vantage6.node.network.settings import Whitelist

_BASE = """\
http_port 127.0.0.1:{port}
visible_hostname squid
httpd_suppress_version_string on
pid_filename none
cache deny all
cache_mem 8 MB
digest_generation off
cache_store_log none
access_log stdio:/dev/stdout
cache_log /dev/stderr
netdb_filename none
coredump_dir /tmp
pinger_enable off
max_filedescriptors 4096
connect_timeout 15 seconds
dns_timeout 5 seconds
shutdown_lifetime 1 seconds
via off
forwarded_for delete
"""
_REFUSALS = """\
acl web proto HTTP
acl this_host dst 0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 ::/128 ::1/128 fe80::/10
http_access deny manager
http_access deny !open_ports
http_access deny !listed
http_access deny !CONNECT !web
http_access deny this_host
http_access allow listed
http_access deny all
"""


def squid_conf(whitelist: Whitelist, outbound: Outbound) -> str:
    """Text of the file.

    Parameters
    ----------
    whitelist
        What is allowed; not empty.
    outbound
        Proxies that squid itself has to use.
    """
    return "".join(
        [_BASE.format(port=SQUID_PORT), *_lists(whitelist), _REFUSALS, *_parents(outbound)]
    )


def _lists(whitelist: Whitelist) -> list[str]:
    lines = [f"acl open_ports port {' '.join(map(str, sorted(set(whitelist.ports))))}\n"]
    lists = []
    if whitelist.domains:
        lists.append("domains")
        lines.append(f"acl domains dstdomain -n {' '.join(_without_doubles(whitelist.domains))}\n")
    if whitelist.ips:
        lists.append("addresses")
        lines.append(f"acl addresses dst -n {' '.join(sorted(set(whitelist.ips)))}\n")
    return [*lines, f"acl listed any-of {' '.join(lists)}\n"]


def _without_doubles(domains: tuple[str, ...]) -> list[str]:
    """Domains without those that another one covers; squid does not start with both."""
    whole = {domain for domain in domains if domain.startswith(".")}
    return sorted(
        domain
        for domain in set(domains)
        if not any(f".{domain.lstrip('.')}".endswith(other) for other in whole - {domain})
    )


def _parents(outbound: Outbound) -> list[str]:
    """The corporate proxy in front of squid: one for CONNECT, that is https, and one for http."""
    lines = []
    for name, proxy, does, does_not in (
        ("secure", outbound.https_proxy, "CONNECT", "!CONNECT"),
        ("plain", outbound.http_proxy, "!CONNECT", "CONNECT"),
    ):
        if not proxy:
            continue
        parts = urlsplit(proxy)
        login = f" login={parts.netloc.rpartition('@')[0]}" if parts.username else ""
        lines += [
            f"cache_peer {parts.hostname} parent {parts.port or 80} 0 name={name}"
            f" no-query no-digest no-netdb-exchange default{login}\n",
            f"cache_peer_access {name} deny {does_not}\n",
            f"cache_peer_access {name} allow all\n",
            f"never_direct allow {does}\n",
        ]
    return [*_direct(outbound), *lines] if lines else []


def _direct(outbound: Outbound) -> list[str]:
    names = {f".{entry.lstrip('*.')}" for entry in outbound.no_proxy if not _is_network(entry)}
    networks = {entry for entry in outbound.no_proxy if _is_network(entry)}
    lines = []
    if names:
        lines.append(f"acl direct_names dstdomain -n {' '.join(_without_doubles(tuple(names)))}\n")
        lines.append("always_direct allow direct_names\n")
    if networks:
        lines.append(f"acl direct_networks dst -n {' '.join(sorted(networks))}\n")
        lines.append("always_direct allow direct_networks\n")
    return lines


def _is_network(entry: str) -> bool:
    try:
        ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
    return True
