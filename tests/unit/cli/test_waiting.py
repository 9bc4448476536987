"""Waiting that a person can watch."""

import itertools

import pytest
from vantage6.cli.progress import PullFailed, downloaded, wait_until, watch_pull

PULL = [
    {"status": "Pulling from hospital/node", "id": "3.12"},
    {"status": "Pulling fs layer", "progressDetail": {}, "id": "a"},
    {"status": "Downloading", "progressDetail": {"current": 10, "total": 100}, "id": "a"},
    {"status": "Downloading", "progressDetail": {"current": 40, "total": 100}, "id": "a"},
    {"status": "Downloading", "progressDetail": {"current": 50, "total": 300}, "id": "b"},
    {"status": "Extracting", "progressDetail": {"current": 1, "total": 9}, "id": "a"},
]


def test_waiting_ends_with_what_is_waited_for():
    asked = itertools.count()

    assert wait_until(lambda: next(asked) == 3, 10, "Waiting")


def test_waiting_ends_when_the_time_is_over():
    assert not wait_until(lambda: False, 0.05, "Waiting")


def test_nothing_is_shown_where_nobody_looks(capsys):
    wait_until(lambda: False, 0.05, "Waiting")

    assert capsys.readouterr() == ("", "")


def test_what_has_come_of_an_image_is_summed_over_its_layers():
    assert list(downloaded(PULL)) == [(10, 100), (40, 100), (90, 400)]


def test_an_error_in_the_middle_of_a_pull_is_one():
    with pytest.raises(PullFailed, match="no space left"):
        watch_pull([*PULL, {"error": "no space left", "errorDetail": {}}], "hospital/node:3.12")
