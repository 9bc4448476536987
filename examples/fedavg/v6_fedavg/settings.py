"""How long and how fast to learn: what may be set, and within which limits."""

from vantage6.tools.exceptions import InputError

DEFAULTS = {"rounds": 4, "epochs": 25, "units": 4, "learning_rate": 1.0, "seed": 1}
LARGEST = {
    "rounds": 1000,
    "epochs": 10_000,
    "units": 1000,
    "learning_rate": 1000,
    "seed": 2**32 - 1,
}


def checked(settings):
    """All settings, those that are not given by default.

    Raises
    ------
    InputError
        When one does not exist or cannot be meant.
    """
    if not (isinstance(settings, dict) and set(settings) <= set(DEFAULTS)):
        raise InputError(f"settings can be: {', '.join(DEFAULTS)}")
    for name, value in settings.items():
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        is_number = is_whole or (name == "learning_rate" and isinstance(value, float))
        if not (is_number and is_within(name, value)):
            kind = "a number above 0" if name == "learning_rate" else "a whole number"
            raise InputError(f"{name} must be {kind}, up to {LARGEST[name]}")
    return {**DEFAULTS, **settings}


def is_within(name, value):
    """Whether a number is within the limits of a setting."""
    is_enough = value >= 0 if name == "seed" else value > 0
    return is_enough and value <= LARGEST[name]
