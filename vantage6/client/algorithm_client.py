"""The clients of algorithms, where images of 3.x import them from.

They are tools, and live in `vantage6.tools.algorithm_client`. This is the one module of the client
that knows the tools (docs/adr/0024); nothing in the client imports it before it is asked for.
"""

from vantage6.tools.algorithm_client import AlgorithmClient, ContainerClient

__all__ = ["AlgorithmClient", "ContainerClient"]
