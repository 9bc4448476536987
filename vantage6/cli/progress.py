"""Waiting that a person can watch: a bar at a terminal, nothing anywhere else."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

_POLL_S = 0.02
_SHOWN_AFTER_S = 1
_FORM = "{desc} |{bar:30}| {n:.0f} of at most {total:.0f} s"


def wait_until(is_done: Callable[[], bool], within_s: float, text: str) -> bool:
    """Wait for something that tells nobody when it happens.

    Parameters
    ----------
    is_done
        Asked again and again.
    within_s
        Longest time to wait.
    text
        What is waited for, beside the bar.

    Returns
    -------
    bool
        False when it has not happened in time.
    """
    from tqdm import tqdm

    # `disable=None`: there is no bar where standard error is not a terminal.
    with tqdm(
        total=within_s,
        desc=text,
        bar_format=_FORM,
        disable=None,
        delay=_SHOWN_AFTER_S,
        leave=False,
    ) as bar:
        start = time.monotonic()
        while not is_done():
            elapsed = time.monotonic() - start
            if elapsed > within_s:
                return False
            bar.update(elapsed - bar.n)
            time.sleep(_POLL_S)
    return True


class PullFailed(Exception):
    """An engine could not pull an image; its message is what it says."""


def watch_pull(messages: Iterable[dict[str, Any]], image: str) -> None:
    """Show how much of an image has come, until it is here.

    Parameters
    ----------
    messages
        What the engine says meanwhile, one object per line of its answer.
    image
        Name of the image, beside the bar.

    Raises
    ------
    PullFailed
        When the engine says an error; it does so in the middle of a good answer.
    """
    from tqdm import tqdm

    with tqdm(
        desc=image, unit="B", unit_scale=True, disable=None, delay=_SHOWN_AFTER_S, leave=False
    ) as bar:
        for come, total in downloaded(messages):
            bar.total = total
            bar.update(come - bar.n)


def downloaded(messages: Iterable[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Bytes of all layers that have come, and that are known to come, at each change.

    Raises
    ------
    PullFailed
        See `watch_pull`.
    """
    layers: dict[str, tuple[int, int]] = {}
    for message in messages:
        if "error" in message:
            raise PullFailed(message["error"])
        detail = message.get("progressDetail") or {}
        if message.get("status") == "Downloading" and "total" in detail:
            layers[message["id"]] = (detail["current"], detail["total"])
            come, total = zip(*layers.values(), strict=True)
            yield sum(come), sum(total)
