"""Ways through the network."""

import select
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hostile.asking import TIMEOUT_S, Told, answers, foreign_processes, libc, probe

_AT_ONCE = 32
_NEW_NETWORK = 0x40000000


@probe
def host_by_tcp(told: Told) -> object:
    """Reach a service of the host by TCP on each of its IPv4 addresses."""
    return [host for host in told["hosts"] if answers(host, told["tcp_port"])]


@probe
def host_by_udp(told: Told) -> object:
    """Reach a service of the host by UDP on each of its addresses."""
    found = []
    for host in told["hosts"] + told["hosts_ipv6"]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            try:
                sock.sendto(b"?", (host, told["udp_port"]))
                found += [host] if select.select([sock], [], [], 0.1)[0] and sock.recv(9) else []
            except OSError:
                continue
    return found


@probe
def host_by_ipv6(told: Told) -> object:
    """Reach a service of the host by IPv6, the loopback address among them."""
    return [host for host in told["hosts_ipv6"] if answers(host, told["tcp_port"])]


@probe
def host_by_link_local_address(told: Told) -> object:
    """Reach the host through the link-local address of the interface that connects both."""
    interfaces = [name for _, name in socket.if_nameindex()]
    places = [f"{host}%{name}" for host in told["link_local"] for name in interfaces]
    # At once: a host with many containers has hundreds of places, and most never answer.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = pool.map(lambda place: answers(place, told["tcp_port"]), places)
        return [place for place, has_answered in zip(places, found, strict=True) if has_answered]


@probe
def default_gateway(told: Told) -> object:
    """Find a route out, and ask the gateway at its end."""
    routes = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
    gateways = [route[2] for route in routes if route[1] == "00000000"]
    hosts = [socket.inet_ntoa(struct.pack("<I", int(gateway, 16))) for gateway in gateways]
    return [host for host in hosts if answers(host, told["tcp_port"])]


@probe
def metadata_address(told: Told) -> object:
    """Ask the metadata service of a cloud, which hands out keys of the machine."""
    places = [("169.254.169.254", 80), ("fd00:ec2::254", 80), ("100.100.100.200", 80)]
    return [host for host, port in places if answers(host, port)]


@probe
def internet(told: Told) -> object:
    """Reach hosts of the internet by number."""
    places = [("1.1.1.1", 443), ("8.8.8.8", 53), ("2606:4700:4700::1111", 443)]
    return [host for host, port in places if answers(host, port)]


@probe
def name_servers(told: Told) -> object:
    """Get an answer from a name server, and so a way to send data out in names."""
    lines = [line.split() for line in Path("/etc/resolv.conf").read_text().splitlines()]
    servers = [words[1] for words in lines if words[:1] == ["nameserver"]]
    name = b"".join(bytes([len(part)]) + part.encode() for part in told["name"].split("."))
    question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + name + b"\0\0\1\0\1"
    found = []
    for server in {*servers, "127.0.0.11", "8.8.8.8"}:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT_S)
            try:
                sock.connect((server, 53))
                sock.send(question)
                found += [server] if sock.recv(512) else []
            except OSError:
                continue
    return found


@probe
def names_of_the_host(told: Told) -> object:
    """Look up the names by which container engines call their host."""
    found = []
    for name in ("host.docker.internal", "gateway.docker.internal", told["name"]):
        try:
            found.append(socket.getaddrinfo(name, 80)[0][4][0])
        except OSError:
            continue
    return found


@probe
def another_run_by_network(told: Told) -> object:
    """Reach the service of another run by its name, its address and every nearby address."""
    near = [f"{net}.{last}" for net in told["networks"] for last in range(1, told["near"])]
    hosts = [told["name"], "algorithm", "127.0.0.1", *near]
    return [host for host in hosts if answers(host, told["victim_port"])]


@probe
def abstract_unix_socket(told: Told) -> object:
    """Reach an abstract unix socket of the host or of another run, which no file mode guards."""
    found = []
    for name in told["abstract"]:
        with socket.socket(socket.AF_UNIX) as sock:
            try:
                sock.connect("\0" + name)
                found.append(name)
            except OSError:
                continue
    return found


@probe
def raw_socket(told: Told) -> object:
    """Open a raw socket, to forge packets."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP):
        return True


@probe
def packet_socket(told: Told) -> object:
    """Open a packet socket, to read the traffic of others."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)):
        return True


@probe
def other_network_namespace(told: Told) -> object:
    """Leave the own network by stepping into that of another process."""
    for pid in foreign_processes():
        try:
            with Path(f"/proc/{pid}/ns/net").open("rb") as file:
                libc("setns", file.fileno(), _NEW_NETWORK)
                return pid
        except OSError:
            continue
    return None
