"""Log format, rotation, and the filter that keeps secrets out of every log."""

import logging
import re
import sys
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

from vantage6.common.config.blocks import Logging

_MASK = "********"
_SECRETS = (
    # JSON web tokens. Only at the beginning of a word, or after an escaped `=` or space: a search
    # at every place inside a long one takes time in proportion to its square.
    re.compile(r"(?:(?<![\w-])|(?<=%3D)|(?<=%20))eyJ[\w-]+\.[\w-]+\.[\w-]*"),
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL
    ),
    re.compile(r"(?<=://)[^\s:/@]*:[^\s/@]+(?=@)"),  # user and password in an address
    re.compile(r"(?i)(?<=bearer )\S+|(?<=basic )[A-Za-z0-9+/]{8,}=*"),
)
_NAMED = re.compile(
    r"""(?ix)
    ( (?:password|api_?key|secret|token|private_key) ["']? \s? )  # the end of a name, and
    ( = \s? ["']? | : \s? ["'] )                                 # `=`, or `:` and a quote
    [^\s"',;&)]+
    """
)
"""A value that is named as a secret: ``password=x``, ``'api_key': 'x'``, ``"token": "x"``."""


class RedactionFilter(logging.Filter):
    """Masks tokens, keys, passwords and the secrets of this process in every record.

    Parameters
    ----------
    secrets
        Values that must never be written, such as the API key in the configuration.

    Notes
    -----
    A safety net: code does not log secrets in the first place.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._known = tuple(secret for secret in secrets if len(secret) >= 4)

    def redact(self, text: str) -> str:
        """The text with everything secret masked."""
        for secret in self._known:
            text = text.replace(secret, _MASK)
        for pattern in _SECRETS:
            text = pattern.sub(_MASK, text)
        return _NAMED.sub(rf"\1\2{_MASK}", text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record in place; every record passes."""
        record.msg, record.args = self.redact(_message(record)), None
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_info, record.exc_text = None, text
        if record.exc_text:
            record.exc_text = self.redact(record.exc_text)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        # A filter runs outside the net that `logging` spans for wrong arguments of a log call.
        return f"{record.msg} {record.args!r}"


def configure_logging(settings: Logging, file: Path | None, secrets: Iterable[str] = ()) -> None:
    """Send the root logger to a rotating file and, if asked for, to the console.

    Called once by each `app`, before anything else is built.

    Parameters
    ----------
    settings
        Level, format, sizes.
    file
        Log file; its folder is made. None means console only.
    secrets
        See `RedactionFilter`.
    """
    handlers: list[logging.Handler] = []
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        size = settings.max_size * 1024
        handlers.append(
            RotatingFileHandler(
                file, maxBytes=size, backupCount=settings.backup_count, encoding="utf-8"
            )
        )
    if settings.use_console or not handlers:
        handlers.append(logging.StreamHandler(sys.stderr))
    formatter = logging.Formatter(settings.format, settings.datefmt)
    redaction = RedactionFilter(secrets)
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(redaction)
        root.addHandler(handler)
    root.setLevel(settings.level)
    for logger in settings.loggers:
        logging.getLogger(logger.name).setLevel(logger.level)
