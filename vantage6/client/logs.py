"""The log of the client: its own, quiet unless asked, and never that of the whole script."""

import logging
import sys
from enum import Enum

from vantage6.common.errors import InvalidInput

log = logging.getLogger("vantage6.client")


class LogLevel(Enum):
    """The levels, by the names of 3.x."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


_ALSO = {"WARNING": "WARN", "FATAL": "CRITICAL"}
_NUMBERS = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARN: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
    LogLevel.CRITICAL: logging.CRITICAL,
}


def show_log(level: str | int | LogLevel) -> None:
    """Show our own log at the terminal; the root logger belongs to the script.

    Parameters
    ----------
    level
        A name in any case (``warn`` and ``warning`` are the same), a `LogLevel`, or a number of
        `logging`.

    Raises
    ------
    InvalidInput
        When there is no such level.
    """
    log.setLevel(level_number(level))
    if not any(isinstance(handler, logging.StreamHandler) for handler in log.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)


def level_number(level: str | int | LogLevel) -> int:
    """The number of a level; see `show_log`."""
    if isinstance(level, int):
        return level
    name = level.value if isinstance(level, LogLevel) else level.strip().upper()
    try:
        return _NUMBERS[LogLevel(_ALSO.get(name, name))]
    except ValueError as error:
        names = ", ".join(known.value.lower() for known in LogLevel)
        raise InvalidInput(f"log_level: '{level}' is not one of {names}") from error
