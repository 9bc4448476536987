"""The address of a server, as people write it: what can only mean one thing is put right."""

from typing import NamedTuple
from urllib.parse import urlsplit

_HTTPS_PORT = 443


class Address(NamedTuple):
    """Scheme and host, port (None when it is in the host, or the usual one) and path."""

    host: str
    port: int | None
    path: str


def normal(host: str, port: int | str | None, path: str) -> Address:
    """The same address in the one form that it is used in.

    Spaces and slashes at an end are left out; so is a path or port in `host` that is said again
    with the others. Without a scheme it is ``https://`` at port 443, else ``http://``. What could
    mean two things, such as two ports, stays as it is written, and so fails.
    """
    number = int(port) if port else None
    below = "/" + path.strip().strip("/") if path.strip().strip("/") else ""
    address = host.strip().rstrip("/")
    if "://" not in address:
        address = f"{'https' if number == _HTTPS_PORT else 'http'}://{address.lstrip('/')}"
    if below and _path_of(address) == below:
        address = address.removesuffix(below)
    if number is not None and address.endswith(f":{number}") and not _path_of(address):
        address = address.removesuffix(f":{number}")
    return Address(address, number, below)


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:  # a bracket too few around an IPv6 address
        return ""
