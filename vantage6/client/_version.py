"""The version, where scripts of 3.x look for it."""

from vantage6 import __version__

version_info = tuple(int(part) for part in __version__.split(".")[:3])

__all__ = ["__version__", "version_info"]
