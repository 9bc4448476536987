"""Exceptions by the names of 3.x; ours are in `vantage6.common.errors`."""

from vantage6.common.errors import PayloadError

DeserializationException = PayloadError
"""An input or result cannot be read."""

__all__ = ["DeserializationException"]
