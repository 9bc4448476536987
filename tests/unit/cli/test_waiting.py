"""Waiting that a person can watch."""

import itertools

from vantage6.cli.progress import wait_until


def test_waiting_ends_with_what_is_waited_for():
    asked = itertools.count()

    assert wait_until(lambda: next(asked) == 3, 10, "Waiting")


def test_waiting_ends_when_the_time_is_over():
    assert not wait_until(lambda: False, 0.05, "Waiting")


def test_nothing_is_shown_where_nobody_looks(capsys):
    wait_until(lambda: False, 0.05, "Waiting")

    assert capsys.readouterr() == ("", "")
