"""The Python client: ``from vantage6.client import Client``."""

from vantage6.client.client import Client, UserClient
from vantage6.client.connection import WhoAmI
from vantage6.client.encryption import DummyCryptor, RSACryptor

__all__ = ["Client", "DummyCryptor", "RSACryptor", "UserClient", "WhoAmI"]
