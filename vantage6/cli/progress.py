"""Waiting that a person can watch: a bar at a terminal, nothing anywhere else."""

import time
from collections.abc import Callable

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
