"""Lines in the log of a run."""

import pytest
from vantage6.tools.util import error, info, warn


def test_lines_have_the_form_of_3_x(capsys: pytest.CaptureFixture[str]) -> None:
    info("a")
    warn("b")
    error(3)

    assert capsys.readouterr().out == "info > a\nwarn > b\nerror > 3\n"
