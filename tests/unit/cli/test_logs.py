"""The log of a node, as `attach` shows it."""

import pytest
from vantage6.cli.logs import lines


def test_log_is_shown_to_its_end(tmp_path):
    (tmp_path / "node.log").write_text("one\ntwo\n")

    assert "".join(lines(tmp_path / "node.log", wait=None)) == "one\ntwo\n"


def test_new_lines_and_the_file_after_a_rotation_are_shown(tmp_path):
    file = tmp_path / "node.log"
    file.write_text("one\n")

    class Done(Exception):
        pass

    def append(text="two\n"):
        with file.open("a") as log:
            log.write(text)

    def rotate():
        append("three\n")
        file.rename(tmp_path / "node.log.1")
        file.write_text("four\n")

    def end():
        raise Done

    steps = iter([append, rotate, end])
    seen = []
    with pytest.raises(Done):
        for text in lines(file, wait=lambda: next(steps)()):
            seen.append(text)

    assert "".join(seen) == "one\ntwo\nthree\nfour\n"
