"""The package and the run that the tools are tested with, with databases on real sockets."""

from tests.unit.tools.conftest import algorithm, run

__all__ = ["algorithm", "run"]
