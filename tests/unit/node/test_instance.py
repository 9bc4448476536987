"""One instance per data folder, and the file that says how it is doing."""

import os
from pathlib import Path

import pytest
from vantage6.node.instance import (
    READY_FILE,
    AlreadyRunning,
    State,
    clear_state,
    locked,
    read_state,
    write_state,
)


def test_a_second_instance_is_refused_and_told_which_is_the_first(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"),
        locked(tmp_path),
    ):
        pass


def test_the_lock_is_free_after_the_first_has_ended(tmp_path: Path) -> None:
    with locked(tmp_path):
        pass

    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_new_instance_is_not_taken_for_the_ready_one_before_it(tmp_path: Path) -> None:
    write_state(tmp_path, State.READY)

    with locked(tmp_path):
        assert read_state(tmp_path) == (None, "")


def test_the_state_is_the_first_line_and_the_reason_follows(tmp_path: Path) -> None:
    assert read_state(tmp_path) == (None, "")

    write_state(tmp_path, State.READY)
    assert (tmp_path / READY_FILE).read_text() == "ready\n"
    write_state(tmp_path, State.FAILED, "no engine\nstart it")

    assert read_state(tmp_path) == (State.FAILED, "no engine\nstart it")
    clear_state(tmp_path)
    clear_state(tmp_path)
    assert read_state(tmp_path) == (None, "")
