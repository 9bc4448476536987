"""Somebody who types commands at a terminal, reads what is printed, and answers questions."""

import io
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import pexpect

CLEAR = "\x15"  # Ctrl-U
INTERRUPT = "\x03"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_BIN = Path(sys.executable).parent


class Terminal:
    """A terminal; a command that still runs at the end is ended.

    Parameters
    ----------
    environment
        All variables.
    folder
        Where the commands are typed.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = dict(environment)
        self._folder = folder
        self._command: pexpect.spawn[str] | None = None

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._command is not None:
            self._command.close(force=True)

    def types(self, program: str, *arguments: str) -> "Terminal":
        """Start a command."""
        self._command = pexpect.spawn(
            str(_BIN / program),
            list(arguments),
            env=self._environment,
            cwd=str(self._folder),
            encoding="utf-8",
            timeout=90,
            dimensions=(50, 180),
            # As at a terminal: what runs in the background of a shell ignores Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self._command.logfile_read = io.StringIO()
        return self

    def answers(self, question: str, keys: str = "\r") -> "Terminal":
        """Wait for some words, and press keys."""
        assert self._command is not None
        self._command.expect_exact(question)
        self._command.send(keys)
        return self

    def reads(self, status: int = 0) -> str:
        """Wait until the command ends with a status; all that it printed."""
        command = self._command
        assert command is not None
        command.expect(pexpect.EOF)
        command.close()
        assert command.logfile_read is not None
        printed = _CONTROL.sub("", command.logfile_read.getvalue())
        assert command.exitstatus == status, printed
        return printed

    def does(self, program: str, *arguments: str, status: int = 0) -> str:
        """Type a command that asks nothing; all that it printed."""
        return self.types(program, *arguments).reads(status)
