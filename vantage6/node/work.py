"""Carries out the commands of the state: one command in, the event that follows from it out.

Everything here may take long and runs in a worker's thread. What goes wrong is raised; the daemon
turns it into a `Failed` event, so that a run can hurt only itself.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import singledispatchmethod
from typing import Protocol

from vantage6.common.errors import (
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    RuntimeUnavailable,
    V6Error,
)
from vantage6.common.status import TaskStatus
from vantage6.node.job import Jobs
from vantage6.node.journal import Journal, Outcome
from vantage6.node.run_files import OutputError, RunFiles
from vantage6.node.runs import (
    VANISHED,
    Adopt,
    Clear,
    Cleared,
    Collect,
    Collected,
    Command,
    Ended,
    Fate,
    Kill,
    KillAsked,
    Killed,
    Postponed,
    Resumed,
    RunFacts,
    Stage,
    Start,
    Started,
    StateEvent,
    StillRunning,
    Tell,
    Upload,
    Uploaded,
    Vanished,
    Verify,
)
from vantage6.node.runtime.base import ContainerRuntime, Phase
from vantage6.node.server_api import PASSING

log = logging.getLogger(__name__)

Announce = Callable[[RunFacts, TaskStatus], None]


class ResultServer(Protocol):
    """Where runs are reported."""

    def report_active(self, result_id: int, started_at: str) -> None:
        """Say that a run has been started."""
        ...

    def report_end(self, result_id: int, outcome: Outcome) -> None:
        """Say how a run ended."""
        ...

    def is_open(self, result_id: int) -> bool:
        """Whether a run is there and has not ended."""
        ...


class Guests(Protocol):
    """Who may speak to the proxy."""

    def admit(self, result_id: int, token_digest: str) -> None:
        """Let a run in, with this token only."""
        ...

    def dismiss(self, result_id: int) -> None:
        """Let a run in no more; dismissing the unknown is fine."""
        ...


class Work:
    """Carries out commands.

    Parameters
    ----------
    jobs, files, journal, runtime, server, guests
        What it works with; each may be used from several threads.
    announce
        Tells the other side of the socket about a change of status, as a courtesy.
    """

    def __init__(
        self,
        jobs: Jobs,
        files: RunFiles,
        journal: Journal,
        runtime: ContainerRuntime,
        server: ResultServer,
        guests: Guests,
        announce: Announce,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._journal = journal
        self._runtime = runtime
        self._server = server
        self._guests = guests
        self._announce = announce

    def recall(self) -> list[Resumed]:
        """Runs of an earlier process, and the removal of what no journal knows."""
        known, entries = self._runtime.known(), self._journal.entries()
        begun = {entry.facts.result_id for entry in entries if not entry.has_ended}
        for result_id in known - begun:
            log.warning("removing a leftover container result=%s", result_id)
            self._runtime.remove(result_id)
        for result_id in self._files.runs() - begun:
            self._files.remove(result_id)
        for result_id in self._files.results() - {entry.facts.result_id for entry in entries}:
            self._files.remove_result(result_id)
        events = []
        for entry in entries:
            is_there = entry.facts.result_id in known
            stage = Stage.RUNNING if is_there else Stage.COLLECTING
            events.append(Resumed(entry.facts, Stage.UPLOADING if entry.has_ended else stage))
        return events

    def look(self, result_ids: frozenset[int]) -> list[StateEvent]:
        """Ends of running containers that the runtime did not tell."""
        phases = {i: self._runtime.poll(i).phase for i in result_ids}
        ended: list[StateEvent] = [Ended(i) for i, p in phases.items() if p is Phase.FINISHED]
        return ended + [Vanished(i) for i, p in phases.items() if p is Phase.GONE]

    @singledispatchmethod
    def carry_out(self, command: Command) -> StateEvent | None:
        """Do it; the event that follows, if any."""
        raise TypeError(f"no such command: {command!r}")

    @carry_out.register
    def _start(self, command: Start) -> StateEvent:
        facts = command.facts
        try:
            self._runtime.poll(facts.result_id)  # an engine that is away must not use the run up
            spec, beginning = self._jobs.prepare(command.run)
        except (RuntimeUnavailable, *PASSING) as error:
            log.warning("start postponed result=%s: %s", facts.result_id, error)
            return Postponed(facts.result_id)
        self._guests.admit(facts.result_id, beginning.token_digest)
        self._journal.begin(facts, beginning)
        self._runtime.start(spec)
        log.info("started task=%s result=%s", facts.task_id, facts.result_id)
        self._report_active(facts, beginning.started_at)
        return Started(facts.result_id)

    @carry_out.register
    def _adopt(self, command: Adopt) -> StateEvent | None:
        result_id = command.facts.result_id
        beginning = self._journal.beginning(result_id)
        if beginning is not None:
            self._guests.admit(result_id, beginning.token_digest)
        self._runtime.adopt(result_id)
        log.info("adopted task=%s result=%s", command.facts.task_id, result_id)
        events = self.look(frozenset({result_id}))
        return events[0] if events else None

    @carry_out.register
    def _kill(self, command: Kill) -> StateEvent:
        self._runtime.kill(command.facts.result_id)
        return Killed(command.facts.result_id)

    @carry_out.register
    def _collect(self, command: Collect) -> StateEvent:
        facts, result_id = command.facts, command.facts.result_id
        if self._journal.outcome(result_id) is None:  # a second try may find it stored already
            outcome = self._outcome(facts, command.fate)
            if outcome is None:
                return StillRunning(result_id)
            self._journal.end(facts, outcome)
            log.info("ended result=%s status=%s", result_id, outcome.status.value)
        self._guests.dismiss(result_id)
        return Collected(result_id)

    @carry_out.register
    def _clear(self, command: Clear) -> StateEvent:
        result_id = command.facts.result_id
        self._runtime.remove(result_id)
        self._files.remove(result_id)
        return Cleared(result_id)

    @carry_out.register
    def _upload(self, command: Upload) -> StateEvent:
        facts, result_id = command.facts, command.facts.result_id
        outcome = self._journal.outcome(result_id)
        if outcome is not None:
            self._send(facts, outcome)
            self._journal.forget(result_id)
            self._files.remove_result(result_id)
            self._announce(facts, outcome.status)
        return Uploaded(result_id)

    @carry_out.register
    def _tell(self, command: Tell) -> None:
        beginning = self._journal.beginning(command.facts.result_id)
        if beginning is not None:
            self._report_active(command.facts, beginning.started_at)

    @carry_out.register
    def _verify(self, command: Verify) -> StateEvent | None:
        result_id = command.facts.result_id
        return None if self._server.is_open(result_id) else KillAsked(result_id)

    def _report_active(self, facts: RunFacts, started_at: str) -> None:
        try:
            self._server.report_active(facts.result_id, started_at)
        except V6Error as error:
            # The container runs whatever the server thinks; the next list finds the difference.
            log.warning("cannot report result=%s as active: %s", facts.result_id, error)
        else:
            self._announce(facts, TaskStatus.ACTIVE)

    def _outcome(self, facts: RunFacts, fate: Fate | None) -> Outcome | None:
        """How the run ended; None when it did not."""
        result_id = facts.result_id
        if fate is None:
            report = self._runtime.poll(result_id)
            if report.phase is Phase.RUNNING:
                return None
            beginning = self._journal.beginning(result_id)
            if report.phase is Phase.FINISHED and beginning is not None:
                output_log = self._runtime.log(result_id)
                return self._jobs.outcome(result_id, report, output_log, beginning.public_key)
        self._runtime.kill(result_id)
        return self._jobs.outcome_of(fate or VANISHED, self._runtime.log(result_id))

    def _send(self, facts: RunFacts, outcome: Outcome) -> None:
        try:
            self._server.report_end(facts.result_id, outcome)
        except NotFound:
            log.warning("the server has no result=%s any more", facts.result_id)
        except (InvalidInput, PayloadTooLarge) as error:
            if not self._server.is_open(facts.result_id):
                log.info("result=%s had ended at the server already", facts.result_id)
                return
            # It would be refused for ever, and the user would wait for ever.
            self._give_up(facts, outcome, f"the server refuses the outcome of this run: {error}")
            raise
        except FileNotFoundError as error:
            self._give_up(facts, outcome, "the result was lost from the disk of the node")
            raise OutputError("the result is not on disk any more", debug=str(error)) from error

    def _give_up(self, facts: RunFacts, outcome: Outcome, reason: str) -> None:
        """Keep an outcome that can be sent in place of one that cannot."""
        had_result = outcome.status is TaskStatus.COMPLETED
        status = TaskStatus.CRASHED if had_result else outcome.status
        instead = self._jobs.outcome_of(Fate(status, reason))
        self._journal.end(facts, replace(instead, finished_at=outcome.finished_at))
