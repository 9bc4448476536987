"""The published client, in an interpreter of its own, as scripts use it.

A test writes what a script would write::

    client = Remote(console, "client")
    client.task.get(3, include_results=True)["complete"]

and the console evaluates ``client.task.get(3, include_results=True)`` among the published
packages. What comes back is read as a Python literal.
"""

import ast
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parent / "programs" / "console.py"


class ScriptFailed(Exception):
    """A script of the published client raised something."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind, self.message = kind, message


class Console:
    """A Python console among published packages.

    Parameters
    ----------
    interpreter
        From `tests.environments.peer`.
    folder
        Where it works, and where its log is.
    """

    def __init__(self, interpreter: str, folder: Path) -> None:
        self.folder = folder
        self.printed = ""
        """What the last line printed."""
        self._log = folder / "console.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [interpreter, str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
                env={"PYTHONPATH": str(folder)},
            )

    def run(self, script: str, during_pause: Callable[[], object] | None = None) -> None:
        """Execute statements; `during_pause` is called each time that they call ``pause()``."""
        self._ask(during_pause, script=script)

    def value(self, expression: str) -> Any:
        """The value of an expression, which has to be of builtin types."""
        return ast.literal_eval(self._ask(None, expression=expression)["value"])

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _ask(self, during_pause: Callable[[], object] | None, **asked: str) -> dict[str, Any]:
        answer = self._exchange(asked)
        while answer.get("paused"):
            assert during_pause is not None, "the script waits for something"
            during_pause()
            answer = self._exchange({})
        self.printed = answer["printed"]
        if "error" in answer:
            raise ScriptFailed(*answer["error"])
        return answer

    def _exchange(self, message: dict[str, str]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the console has ended:\n{self._log.read_text()}"
        answer: dict[str, Any] = json.loads(line)
        return answer


class Remote:
    """A name in a console: its attributes, and calls of it."""

    def __init__(self, console: Console, name: str) -> None:
        self._console, self._name = console, name

    def __getattr__(self, attribute: str) -> "Remote":
        return Remote(self._console, f"{self._name}.{attribute}")

    def __call__(self, *positional: Any, **named: Any) -> Any:
        arguments = [repr(value) for value in positional]
        arguments += [f"{name}={value!r}" for name, value in named.items()]
        return self._console.value(f"{self._name}({', '.join(arguments)})")
