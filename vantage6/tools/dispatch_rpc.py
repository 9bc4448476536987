"""The call of an algorithm's function as 3.x offers it to wrappers that others wrote."""

import os
from typing import Any

from vantage6.tools.dispatch import import_algorithm
from vantage6.tools.entry import RunOfContainer, Style, call, failure_ends_the_process


def dispatch_rpc(
    data: Any,
    input_data: Any,
    module: str,
    token: str,
    use_new_client: bool = False,
    log_traceback: bool = False,
) -> Any:
    """What the function that the input names returns.

    Parameters
    ----------
    data
        What the function gets as its data.
    input_data
        The input of the task.
    module
        Name of the algorithm's package.
    token
        The token of the run, for the client of a central function.
    use_new_client, log_traceback
        See `vantage6.tools.wrapper.WrapperBase.wrap_algorithm`.

    Raises
    ------
    SystemExit
        When it fails; what failed is said in the log of the run.
    """
    with failure_ends_the_process(log_traceback):
        run = RunOfContainer(os.environ, token)
        style = Style(use_new_client, False, log_traceback)
        return call(import_algorithm(module), input_data, data, style, run)
    raise AssertionError("a failure ends the process")  # pragma: no cover
