"""The files of a run."""

from pathlib import Path

from vantage6.common import payload
from vantage6.tools.run_files import load_input, write_output


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "file"

    write_output(None, {"a": 1}, file)

    assert file.read_bytes() == payload.dump({"a": 1})
    assert load_input(file) == {"a": 1}
