"""The same package and run as the tools are tested with."""

from tests.unit.tools.conftest import algorithm, proxy, run

__all__ = ["algorithm", "proxy", "run"]
