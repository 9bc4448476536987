"""What is said about runs inside the node: values, events and commands, all of them plain data.

A *run* is one organization's execution of a task, known by its `result_id`. A run with a *fate*
has ended without a result; the fate says how. `vantage6.node.state` says what follows from what.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from vantage6.common.status import TaskStatus


class Stage(Enum):
    """Where a run stands at this node; see the module."""

    QUEUED = auto()
    STARTING = auto()
    RUNNING = auto()
    KILLING = auto()
    COLLECTING = auto()
    UPLOADING = auto()


# --- values -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What identifies a run; `run_id` numbers the tree of tasks, `parent_id` is a task."""

    result_id: int
    task_id: int
    run_id: int
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run as the server offers it; `input` is as it travels, encrypted or base64."""

    facts: RunFacts
    image: str
    initiator_id: int
    user_id: int | None = None
    database: str | None = None
    input: str | None = field(default=None, repr=False)
    is_pending: bool = True


@dataclass(frozen=True, slots=True)
class Fate:
    """How a run ends that has no result; `reason` is safe to show."""

    status: TaskStatus
    reason: str


KILLED = Fate(TaskStatus.KILLED, "the run was stopped on request")
VANISHED = Fate(
    TaskStatus.UNKNOWN_ERROR,
    "the container vanished, or the node stopped before it was there; no run is started twice",
)


# --- events -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RunArrived:
    """The server has an open run for this node."""

    run: OpenRun


@dataclass(frozen=True, slots=True)
class Listed:
    """All open runs of this node, as the server says."""

    runs: tuple[OpenRun, ...]


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run of an earlier process; `stage` is RUNNING, COLLECTING (it is gone) or UPLOADING."""

    facts: RunFacts
    stage: Stage


@dataclass(frozen=True, slots=True)
class Started:
    """The container of a run runs."""

    result_id: int


@dataclass(frozen=True, slots=True)
class Postponed:
    """A run was not begun because the server could not be asked for what it needs."""

    result_id: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The container of a run has ended by itself."""

    result_id: int


@dataclass(frozen=True, slots=True)
class StillRunning:
    """The container of a run that was said to have ended runs."""

    result_id: int


@dataclass(frozen=True, slots=True)
class Vanished:
    """The runtime does not know the run any more."""

    result_id: int


@dataclass(frozen=True, slots=True)
class KillAsked:
    """A run must stop; without an id every run must."""

    result_id: int | None = None


@dataclass(frozen=True, slots=True)
class Killed:
    """The container of a run was stopped."""

    result_id: int


@dataclass(frozen=True, slots=True)
class Collected:
    """The outcome of a run is on disk, and its container runs no more."""

    result_id: int


@dataclass(frozen=True, slots=True)
class Cleared:
    """Nothing of a run is left at this node but its outcome."""

    result_id: int


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The server has acknowledged the outcome of a run."""

    result_id: int


# --- commands ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Start:
    """Check a run, get its image, start its container."""

    run: OpenRun

    @property
    def facts(self) -> RunFacts:
        """Which run."""
        return self.run.facts


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the server once more that a run is active."""

    facts: RunFacts


@dataclass(frozen=True, slots=True)
class Verify:
    """Ask the server whether a run is still wanted."""

    facts: RunFacts


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take over the container of an earlier process."""

    facts: RunFacts
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Kill:
    """Stop a container."""

    facts: RunFacts
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Collect:
    """Store the outcome of a run on disk; with a fate there is no result."""

    facts: RunFacts
    fate: Fate | None = None
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove the container and the files of a run."""

    facts: RunFacts
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """Send the outcome of a run to the server."""

    facts: RunFacts
    attempt: int = 0


Command = Start | Tell | Verify | Adopt | Kill | Collect | Clear | Upload


@dataclass(frozen=True, slots=True)
class Failed:
    """A command could not be carried out.

    `status` is set when the failure says how the run ends; `is_passing` when it says nothing about
    the run, such as an engine that does not answer.
    """

    command: Command
    reason: str
    status: TaskStatus | None = None
    is_passing: bool = False


StateEvent = (
    RunArrived
    | Listed
    | Resumed
    | Started
    | Postponed
    | Ended
    | StillRunning
    | Vanished
    | KillAsked
    | Killed
    | Collected
    | Cleared
    | Uploaded
    | Failed
)
