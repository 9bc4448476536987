"""Entry point of images that are written for 4.x.

A Dockerfile ends with::

    ENV PKG_NAME=v6_summary
    CMD python -c "from vantage6.algorithm.tools.wrap import wrap_algorithm; wrap_algorithm()"
"""

import os

from vantage6.tools.entry import Style, failure_ends_the_process, run_process
from vantage6.tools.exceptions import EnvironmentVariableNotFoundError
from vantage6.tools.loaders import requested_database
from vantage6.tools.run_files import load_input

__all__ = ["load_input", "wrap_algorithm"]

PACKAGE = "PKG_NAME"
"""Variable of the image with the name of the algorithm's package."""


def wrap_algorithm(log_traceback: bool = False, *, module: str | None = None) -> None:
    """Run an algorithm as its container's main program; databases as the types that nodes say.

    Parameters
    ----------
    log_traceback
        Show the traceback of a failure; its text may hold data, and the log is not encrypted.
    module
        Name of the algorithm's package; by default what ``PKG_NAME`` says.

    Raises
    ------
    SystemExit
        When there is no result.
    """
    with failure_ends_the_process(log_traceback):
        package = module or _package()
    style = Style(use_new_client=True, by_plain_name=True, log_traceback=log_traceback)
    run_process(package, requested_database(None), style)


def _package() -> str:
    name = os.environ.get(PACKAGE)
    if not name:
        raise EnvironmentVariableNotFoundError(f"the image does not set the variable {PACKAGE}")
    return name
