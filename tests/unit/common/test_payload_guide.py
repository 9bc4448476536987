"""The page about payloads: its examples run."""

import re
from typing import Any

from tests.environments import ROOT

PAGE = (ROOT / "docs" / "guide" / "payloads.md").read_text("utf-8")


def test_examples_of_the_page_run() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {"__name__": "page"}

    for block in blocks:
        exec(compile(block, "payloads.md", "exec"), names)  # noqa: S102  # our own page

    assert len(blocks) == 3
