"""How a command ends: every exit status with its meaning, and the status of each error.

This is the only table of them: the commands, their reference and the tests derive from it. Those
of a node that runs are the same numbers, see `vantage6.node.app.ExitCode`.
"""

from enum import IntEnum

from vantage6.common.errors import (
    ConfigurationError,
    EncryptionMismatch,
    NotAuthenticated,
    RuntimeUnavailable,
    ServerUnreachable,
    V6Error,
)


class ExitStatus(IntEnum):
    """Exit status of a command; `meaning` says what it stands for."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    CONFIGURATION = 3
    ALREADY_RUNNING = 4
    ENGINE = 5
    LOGIN = 6
    ENCRYPTION = 7
    UNREACHABLE = 8
    UNEXPECTED = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """What it stands for."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitStatus.DONE: "done; also when you answered a question with no",
    ExitStatus.REFUSED: "not done; the message says why, and what to do",
    ExitStatus.USAGE: "not called as `--help` says",
    ExitStatus.CONFIGURATION: "a configuration, or another file that was named, cannot be used",
    ExitStatus.ALREADY_RUNNING: "it runs already",
    ExitStatus.ENGINE: "the container engine, or an image, is not there",
    ExitStatus.LOGIN: "the server does not know the user or the API key",
    ExitStatus.ENCRYPTION: "this side and the server do not agree on encryption, or on the key",
    ExitStatus.UNREACHABLE: "the server does not answer",
    ExitStatus.UNEXPECTED: "a defect of vantage6; the log file that is named has the details",
    ExitStatus.INTERRUPTED: "interrupted with Ctrl-C, or the input ended",
}


class Refused(V6Error):
    """The command does not do that."""

    code = "refused"


class AlreadyRunning(Refused):
    """It runs already."""

    code = "already_running"


_STATUSES: tuple[tuple[type[V6Error], ExitStatus], ...] = (
    (AlreadyRunning, ExitStatus.ALREADY_RUNNING),
    (ConfigurationError, ExitStatus.CONFIGURATION),
    (RuntimeUnavailable, ExitStatus.ENGINE),
    (NotAuthenticated, ExitStatus.LOGIN),
    (EncryptionMismatch, ExitStatus.ENCRYPTION),
    (ServerUnreachable, ExitStatus.UNREACHABLE),
)


def status_of(error: V6Error) -> ExitStatus:
    """The status that a command ends with after an error."""
    return next(
        (status for kind, status in _STATUSES if isinstance(error, kind)), ExitStatus.REFUSED
    )


def kind_of(code: int) -> type[V6Error]:
    """The error that another command, or a node, ended with this exit status after."""
    return next((kind for kind, status in _STATUSES if status == code), Refused)
