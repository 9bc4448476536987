"""Exceptions by their 3.x names; ours are in `vantage6.common.errors`."""

from vantage6.common.errors import NotAuthenticated

AuthenticationException = NotAuthenticated

__all__ = ["AuthenticationException"]
