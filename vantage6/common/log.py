"""A logger with a file of its own, as scripts of 3.x ask for it; daemons use `logs`."""

import logging
import logging.handlers
from pathlib import Path

from vantage6.common.colors import ColorStreamHandler

_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
_LARGEST_BYTES, _KEPT = 1024 * 1024, 5


def get_file_logger(
    logger_name: str,
    file_path: str | Path,
    log_level_file: int = logging.DEBUG,
    log_level_console: int = logging.WARNING,
) -> logging.Logger:
    """Logger that writes to a rotating file, and what matters to the terminal as well.

    Asked for the same name again, it writes to the new file instead.
    """
    logger = logging.getLogger(logger_name)
    for old in list(logger.handlers):
        logger.removeHandler(old)
        old.close()
    file = logging.handlers.RotatingFileHandler(
        file_path, maxBytes=_LARGEST_BYTES, backupCount=_KEPT, encoding="utf-8", delay=True
    )
    file.setLevel(log_level_file)
    console = ColorStreamHandler()
    console.setLevel(log_level_console)
    for handler in (file, console):
        handler.setFormatter(logging.Formatter(_FORMAT))
        logger.addHandler(handler)
    logger.setLevel(min(log_level_file, log_level_console))
    return logger
