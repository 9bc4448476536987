"""Coloured one-line messages for people at a terminal, in the form ``[info ] - text``."""

_TAGS = {
    "error": ("error", "red"),
    "warn": ("warn ", "yellow"),
    "info": ("info ", "green"),
    "debug": ("debug", "cyan"),
}


def echo(message: str, level: str = "info") -> None:
    """Print one tagged line to standard output.

    Parameters
    ----------
    message
        What to say; colour codes in it are kept.
    level
        ``error``, ``warn``, ``info`` or ``debug``.
    """
    # Algorithms import this package too, and pay for each import with their first result.
    import click

    tag, colour = _TAGS[level]
    click.echo(f"[{click.style(tag, fg=colour)}] - {message}")


def info(message: str) -> None:
    """Say what happened."""
    echo(message, "info")


def warning(message: str) -> None:
    """Say what the reader should look at."""
    echo(message, "warn")


def error(message: str) -> None:
    """Say what went wrong and what to do about it."""
    echo(message, "error")


def debug(message: str) -> None:
    """Say what only a developer needs."""
    echo(message, "debug")
