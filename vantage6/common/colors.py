"""Colours of a terminal, by the names that scripts of 3.x import."""

import logging

_RESET = "\x1b[0m"


class Fore:
    """Codes that colour the text after them."""

    BLACK, RED, GREEN, YELLOW = "\x1b[30m", "\x1b[31m", "\x1b[32m", "\x1b[33m"
    BLUE, MAGENTA, CYAN, WHITE = "\x1b[34m", "\x1b[35m", "\x1b[36m", "\x1b[37m"
    RESET = "\x1b[39m"


class Style:
    """Codes that make the text after them bright, dim, or what it was before."""

    BRIGHT, DIM, NORMAL, RESET_ALL = "\x1b[1m", "\x1b[2m", "\x1b[22m", _RESET


_BY_LEVEL = {
    logging.DEBUG: Fore.CYAN,
    logging.INFO: Fore.GREEN,
    logging.WARNING: Fore.YELLOW,
    logging.ERROR: Fore.RED,
    logging.CRITICAL: Style.BRIGHT + Fore.RED,
}


class ColorStreamHandler(logging.StreamHandler):  # type: ignore[type-arg]  # 3.10 has no argument
    """Writes log lines to a stream, coloured by level where the stream is a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the colour of its level."""
        line = super().format(record)
        is_terminal = getattr(self.stream, "isatty", lambda: False)()
        colour = _BY_LEVEL.get(record.levelno, "") if is_terminal else ""
        return f"{colour}{line}{_RESET}" if colour else line
