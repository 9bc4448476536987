"""What a person sees while something takes time."""

import io

from vantage6.cli.vdev.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def make(stream):
    times = iter(range(100))
    return Progress(stream, clock=lambda: float(next(times)))


def test_steps_are_lines_with_their_time():
    stream = io.StringIO()
    progress = make(stream)

    progress.step("server is ready")
    progress.live("waiting")
    progress.step("done")

    assert stream.getvalue() == "  1.0 s  server is ready\n  2.0 s  done\n"


def test_live_line_is_replaced_at_a_terminal():
    stream = Terminal()
    progress = make(stream)

    progress.live("1 of 3")
    progress.live("1 of 3")
    progress.live("2 of 3")
    progress.step("done")

    clear = "\r\x1b[K"
    assert stream.getvalue() == (
        f"{clear}  1.0 s  1 of 3{clear}  2.0 s  2 of 3{clear}  3.0 s  done\n"
    )
