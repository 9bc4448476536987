"""Runs the scripts of `programs/manual.md`."""

import ast
import doctest
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

FILE = Path(__file__).parent / "programs" / "manual.md"
_SCRIPT = re.compile(r"^## (.+?)\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)


def scripts_of(file: Path) -> dict[str, str]:
    """The scripts in a file, by their headings."""
    return dict(_SCRIPT.findall(file.read_text("utf-8")))


SCRIPTS = scripts_of(FILE)


class Terminal(Protocol):
    """Where scripts are run: a console of a published client, or this process."""

    def run(self, script: str, during_pause: Callable[[], object] | None = None) -> None:
        """Execute statements; `during_pause` is called each time that they call ``pause()``."""
        ...

    def value(self, expression: str) -> Any:
        """The value of an expression."""
        ...


def filled_in(name: str, blanks: dict[str, str]) -> str:
    """A script with what its reader is told to fill in."""
    script = SCRIPTS[name]
    for blank, text in blanks.items():
        assert blank in script, f"the script '{name}' has no '{blank}'"
        script = script.replace(blank, text)
    return script


def run(console: Terminal, *names: str, during_pause: Callable[[], object] | None = None) -> None:
    """Run scripts as they are."""
    for name in names:
        console.run(SCRIPTS[name], during_pause)


def shown(console: Terminal, name: str) -> list[tuple[object, object]]:
    """What a terminal answers to each line of a script, and what the manual shows there."""
    examples = doctest.DocTestParser().get_examples(SCRIPTS[name])
    assert examples, f"the script '{name}' has no lines with >>>"
    return [
        (console.value(example.source.strip()), ast.literal_eval(example.want.strip()))
        for example in examples
    ]
