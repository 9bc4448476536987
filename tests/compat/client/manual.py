"""Runs the scripts of `programs/manual.md`."""

import ast
import doctest
import re
from collections.abc import Callable
from pathlib import Path

from tests.compat.client.published import Console

FILE = Path(__file__).parent / "programs" / "manual.md"
_SCRIPT = re.compile(r"^## (.+?)\n\n```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SCRIPTS: dict[str, str] = dict(_SCRIPT.findall(FILE.read_text("utf-8")))


def filled_in(name: str, blanks: dict[str, str]) -> str:
    """A script with what its reader is told to fill in."""
    script = SCRIPTS[name]
    for blank, text in blanks.items():
        assert blank in script, f"the script '{name}' has no '{blank}'"
        script = script.replace(blank, text)
    return script


def run(console: Console, *names: str, during_pause: Callable[[], object] | None = None) -> None:
    """Run scripts as they are."""
    for name in names:
        console.run(SCRIPTS[name], during_pause)


def shown(console: Console, name: str) -> list[tuple[object, object]]:
    """What a terminal answers to each line of a script, and what the manual shows there."""
    examples = doctest.DocTestParser().get_examples(SCRIPTS[name])
    assert examples, f"the script '{name}' has no lines with >>>"
    return [
        (console.value(example.source.strip()), ast.literal_eval(example.want.strip()))
        for example in examples
    ]
