"""The Python client: ``from vantage6.client import Client``.

The other names are those that scripts and tests written for 3.x import from here. `requests` and
`jwt` are among them because such tests replace them with mocks; this client does not look them up
here, so a mock has to take the place of the server's answers instead
(``client.session``, or an adapter of requests). `ContainerClient` is for algorithms and is loaded
only when it is asked for.
"""

import json as json_lib
import pickle  # only a name here: nothing is opened with it
from typing import TYPE_CHECKING, Any

import jwt
import requests

from vantage6.client import deserialization, exceptions, filter, serialization, utils
from vantage6.client._version import __version__
from vantage6.client.base import ClientBase, ServerInfo
from vantage6.client.client import Client, UserClient
from vantage6.client.connection import WhoAmI
from vantage6.client.constants import APPNAME
from vantage6.client.encryption import DummyCryptor, RSACryptor
from vantage6.client.filter import post_filtering
from vantage6.client.utils import LogLevel, print_qr_code
from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.errors import NotAuthenticated as AuthenticationException
from vantage6.common.payload import LEGACY

if TYPE_CHECKING:
    from vantage6.client.algorithm_client import ContainerClient

__all__ = [
    "APPNAME",
    "LEGACY",
    "AuthenticationException",
    "Client",
    "ClientBase",
    "ContainerClient",
    "DummyCryptor",
    "LogLevel",
    "RSACryptor",
    "ServerInfo",
    "UserClient",
    "WhoAmI",
    "__version__",
    "base64s_to_bytes",
    "bytes_to_base64s",
    "deserialization",
    "exceptions",
    "filter",
    "json_lib",
    "jwt",
    "pickle",
    "post_filtering",
    "print_qr_code",
    "requests",
    "serialization",
    "utils",
]


def __getattr__(name: str) -> Any:
    # The tools that algorithms are made of are none of a researcher's script: see
    # vantage6.client.algorithm_client.
    if name == "ContainerClient":
        from vantage6.client.algorithm_client import ContainerClient

        return ContainerClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
