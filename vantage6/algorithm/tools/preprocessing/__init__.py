"""Steps that change a data frame before an algorithm sees it, under the names of 4.x."""

from collections.abc import Mapping, Sequence
from typing import Any

from vantage6.algorithm.tools.preprocessing import functions
from vantage6.tools.exceptions import InputError, UserInputError

__all__ = ["functions", "preprocess_data"]


def preprocess_data(data: Any, preproc_input: Sequence[Mapping[str, Any]]) -> Any:
    """The data frame after all steps, in their order.

    Parameters
    ----------
    data
        A data frame; it is not changed itself.
    preproc_input
        ``{"function": name, "parameters": {…}}`` per step, with a function of `functions`.

    Raises
    ------
    InputError
        When a step cannot be carried out; the message holds neither names nor values of it.
    """
    for number, step in enumerate(preproc_input, start=1):
        function = _FUNCTIONS.get(str(step.get("function")))
        if function is None:
            known = ", ".join(_FUNCTIONS)
            raise UserInputError(
                f"preprocessing step {number} names no function; use one of {known}"
            )
        try:
            data = function(data, **step.get("parameters", {}))
        except InputError:
            raise
        except (TypeError, ValueError) as error:
            raise UserInputError(
                f"the parameters of preprocessing step {number} do not fit: {type(error).__name__}"
            ) from error
    return data


_FUNCTIONS = {"filter_range": functions.filter_range}
