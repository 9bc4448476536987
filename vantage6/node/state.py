"""Life of the runs at this node: an event comes in, commands go out; no I/O and no clock.

At this node a run is in one of these stages, and ends exactly once:

==============  ============================================  =================================
stage           what happens                                  ends with
==============  ============================================  =================================
``QUEUED``      waits for a place                             a place; a kill: ``COLLECTING``
``STARTING``    a worker checks it, gets its image, starts    ``Started``: ``RUNNING``, or what
                the container; kill and end are remembered    was remembered; ``Failed``:
                                                              ``COLLECTING``; ``Postponed``:
                                                              unknown, the next list brings it
``RUNNING``     its container runs                            ``Ended``, ``Vanished``:
                                                              ``COLLECTING``; a kill: ``KILLING``
``KILLING``     its container is being stopped                ``Killed``, ``Ended``, ``Vanished``:
                                                              ``COLLECTING`` as killed
``COLLECTING``  its outcome goes to disk                      ``Collected``: ``UPLOADING``;
                                                              ``StillRunning``: ``RUNNING``
``UPLOADING``   its outcome is sent until acknowledged;       ``Uploaded`` and ``Cleared``: done,
                meanwhile its container is removed            only the id is remembered
==============  ============================================  =================================

What has no place in this table is ignored: a run announced twice, a kill that comes too late, an
end that is told twice. A restart puts a run straight into ``RUNNING``, ``COLLECTING`` (its
container is gone) or ``UPLOADING``. A command that fails is tried again, except a start.

Places are counted among the runs with the same parent task (tasks of users have none), so that a
central run never waits for a sub-task that waits for its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import singledispatchmethod

from vantage6.common.status import TaskStatus
from vantage6.node.runs import (
    KILLED,
    VANISHED,
    Adopt,
    Clear,
    Cleared,
    Collect,
    Collected,
    Command,
    Ended,
    Failed,
    Fate,
    Kill,
    KillAsked,
    Killed,
    Listed,
    OpenRun,
    Postponed,
    Resumed,
    RunArrived,
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

_HOLDS_PLACE = frozenset({Stage.STARTING, Stage.RUNNING, Stage.KILLING, Stage.COLLECTING})
_UNFINISHED = frozenset({Stage.QUEUED, Stage.STARTING, Stage.RUNNING})
_COLLECT_TRIES = 5


@dataclass(slots=True)
class _Life:
    facts: RunFacts
    stage: Stage
    offer: OpenRun | None = None  # until it starts; inputs can be large
    is_doomed: bool = False
    has_ended: bool = False
    to_settle: frozenset[type] = frozenset({Uploaded, Cleared})


class NodeState:
    """All runs at this node; owned by one thread.

    Parameters
    ----------
    concurrent
        Number of places, see the module.
    """

    def __init__(self, concurrent: int) -> None:
        self._concurrent = concurrent
        self._lives: dict[int, _Life] = {}
        # A list of open runs may have been asked for before a run was acknowledged and be read
        # after it: without this memory the run would start again.
        self._done: set[int] = set()

    def stage(self, result_id: int) -> Stage | None:
        """Stage of a run; None when it is unknown or done."""
        life = self._lives.get(result_id)
        return life.stage if life else None

    def running(self) -> frozenset[int]:
        """Runs in stage RUNNING."""
        return frozenset(i for i, life in self._lives.items() if life.stage is Stage.RUNNING)

    def trees(self) -> frozenset[int]:
        """Every `run_id` of which a run is here."""
        return frozenset(life.facts.run_id for life in self._lives.values())

    @singledispatchmethod
    def handle(self, event: StateEvent) -> list[Command]:
        """Commands that follow from an event, in order; see the module for each."""
        raise TypeError(f"no such event: {event!r}")

    @handle.register
    def _arrived(self, event: RunArrived) -> list[Command]:
        facts = event.run.facts
        life = self._lives.get(facts.result_id)
        if life is not None:
            is_unheard = life.stage is Stage.RUNNING and event.run.is_pending
            return [Tell(facts)] if is_unheard else []
        if facts.result_id in self._done:
            return []
        self._lives[facts.result_id] = _Life(facts, Stage.QUEUED, event.run)
        return self._fill(facts.parent_id)

    @handle.register
    def _listed(self, event: Listed) -> list[Command]:
        commands: list[Command] = []
        for run in sorted(event.runs, key=lambda run: run.facts.result_id):
            commands += self._arrived(RunArrived(run))
        listed = {run.facts.result_id for run in event.runs}
        # Not listed may mean killed or deleted while nobody listened. It may also be an old list,
        # so the server is asked about each one before anything is stopped.
        unlisted = [life for i, life in self._lives.items() if i not in listed]
        return commands + [Verify(life.facts) for life in unlisted if life.stage in _UNFINISHED]

    @handle.register
    def _resumed(self, event: Resumed) -> list[Command]:
        self._lives[event.facts.result_id] = _Life(event.facts, event.stage)
        if event.stage is Stage.RUNNING:
            return [Adopt(event.facts)]
        if event.stage is Stage.UPLOADING:
            return [Upload(event.facts), Clear(event.facts)]
        return [Collect(event.facts, VANISHED)]

    @handle.register
    def _started(self, event: Started) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.STARTING)
        if life is None:
            return []
        if life.has_ended:
            return self._collect(life)
        if life.is_doomed:
            return self._kill(life)
        life.stage = Stage.RUNNING
        return []

    @handle.register
    def _postponed(self, event: Postponed) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.STARTING)
        if life is None:
            return []
        if life.is_doomed:
            return self._collect(life, KILLED)
        del self._lives[event.result_id]
        return self._fill(life.facts.parent_id)

    @handle.register
    def _ended(self, event: Ended) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.STARTING, Stage.RUNNING, Stage.KILLING)
        if life is None:
            return []
        if life.stage is Stage.STARTING:
            life.has_ended = life.has_ended or not life.is_doomed
            return []
        return self._collect(life, KILLED if life.stage is Stage.KILLING else None)

    @handle.register
    def _still_running(self, event: StillRunning) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.COLLECTING)
        if life is None:
            return []
        life.stage, life.has_ended = Stage.RUNNING, False
        return self._kill(life) if life.is_doomed else []

    @handle.register
    def _vanished(self, event: Vanished) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.RUNNING, Stage.KILLING)
        if life is None:
            return []
        return self._collect(life, KILLED if life.stage is Stage.KILLING else VANISHED)

    @handle.register
    def _kill_asked(self, event: KillAsked) -> list[Command]:
        wanted = [event.result_id] if event.result_id is not None else list(self._lives)
        commands: list[Command] = []
        for life in self._known(wanted):
            life.is_doomed = True
            if life.stage is Stage.QUEUED:
                commands += self._collect(life, KILLED)
            elif life.stage is Stage.RUNNING:
                commands += self._kill(life)
            elif life.stage is Stage.STARTING:
                # An image may take minutes; whatever comes of the start, the run is doomed.
                commands.append(Kill(life.facts))
        return commands

    @handle.register
    def _killed(self, event: Killed) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.KILLING)
        return self._collect(life, KILLED) if life else []

    @handle.register
    def _collected(self, event: Collected) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.COLLECTING)
        if life is None:
            return []
        life.stage = Stage.UPLOADING
        return [Upload(life.facts), Clear(life.facts), *self._fill(life.facts.parent_id)]

    @handle.register(Uploaded)
    @handle.register(Cleared)
    def _settled(self, event: Uploaded | Cleared) -> list[Command]:
        life = self._in_stage(event.result_id, Stage.UPLOADING)
        if life is not None:
            life.to_settle -= {type(event)}
            if not life.to_settle:
                del self._lives[event.result_id]
                self._done.add(event.result_id)
        return []

    @handle.register
    def _failed(self, event: Failed) -> list[Command]:
        command = event.command
        life = self._in_stage(command.facts.result_id, *_WORKS_IN[type(command)])
        if life is None:
            return []
        if isinstance(command, Start):
            fate = Fate(event.status or TaskStatus.START_FAILED, event.reason)
            return self._collect(life, KILLED if life.is_doomed else fate)
        if isinstance(command, Tell | Verify):
            return []  # the next list brings it again
        again = replace(command, attempt=command.attempt + 1)
        is_hopeless = again.attempt >= _COLLECT_TRIES and not event.is_passing
        if isinstance(again, Collect) and is_hopeless:
            again = replace(again, fate=again.fate or Fate(TaskStatus.UNKNOWN_ERROR, event.reason))
        return [again]

    def _in_stage(self, result_id: int, *stages: Stage) -> _Life | None:
        life = self._lives.get(result_id)
        return life if life is not None and life.stage in stages else None

    def _known(self, result_ids: Iterable[int]) -> list[_Life]:
        return [self._lives[i] for i in result_ids if i in self._lives]

    def _kill(self, life: _Life) -> list[Command]:
        life.stage = Stage.KILLING
        return [Kill(life.facts)]

    def _collect(self, life: _Life, fate: Fate | None = None) -> list[Command]:
        life.stage, life.offer = Stage.COLLECTING, None
        return [Collect(life.facts, fate)]

    def _fill(self, parent_id: int | None) -> list[Command]:
        """Start as many waiting runs with this parent as there are places."""
        group = [life for life in self._lives.values() if life.facts.parent_id == parent_id]
        taken = sum(life.stage in _HOLDS_PLACE for life in group)
        commands: list[Command] = []
        for life in group:
            if life.stage is Stage.QUEUED and life.offer and taken < self._concurrent:
                commands.append(Start(life.offer))
                life.stage, life.offer = Stage.STARTING, None
                taken += 1
        return commands


_WORKS_IN: dict[type, tuple[Stage, ...]] = {
    Start: (Stage.STARTING,),
    Tell: (Stage.RUNNING,),
    Verify: tuple(_UNFINISHED),
    Adopt: (Stage.RUNNING,),
    Kill: (Stage.KILLING,),
    Collect: (Stage.COLLECTING,),
    Clear: (Stage.UPLOADING,),
    Upload: (Stage.UPLOADING,),
}
