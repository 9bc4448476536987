"""What says how sure coefficients are."""

from collections.abc import Iterable, Sequence
from math import erfc, sqrt

from vantage6.tools.models.rows import Floats


def estimates(
    names: Sequence[str], coefficients: Floats, errors: Floats
) -> dict[str, dict[str, float]]:
    """``coefficients``, ``standard_errors``, ``z_values`` and two-sided ``p_values`` by name.

    Parameters
    ----------
    names
        Of the coefficients.
    coefficients, errors
        Estimates, and their standard errors.
    """
    z_values = coefficients / errors
    columns: dict[str, Iterable[float]] = {
        "coefficients": coefficients,
        "standard_errors": errors,
        "z_values": z_values,
        "p_values": [erfc(abs(z) / sqrt(2)) for z in z_values],
    }
    return {
        column: {name: float(value) for name, value in zip(names, values, strict=True)}
        for column, values in columns.items()
    }
