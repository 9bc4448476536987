"""The 4.x name of the client that ``@algorithm_client`` gives."""

from vantage6.tools.decorated_client import DecoratedClient as AlgorithmClient

__all__ = ["AlgorithmClient"]
