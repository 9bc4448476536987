"""The server: stores who works together, passes tasks to nodes and results back."""

from typing import Any

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    # Late: an entry point patches the standard library before anything is imported, and the
    # command line reads the configuration model without Flask.
    if name == "create_app":
        from vantage6.server.app import create_app

        return create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
