"""What the node does with its runs, as lists of commands."""

import random

import pytest
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
from vantage6.node.state import NodeState


def run(result_id: int = 1, parent_id: int | None = None, *, is_pending: bool = True) -> OpenRun:
    facts = RunFacts(result_id, task_id=result_id + 100, run_id=7, parent_id=parent_id)
    return OpenRun(facts, "image", initiator_id=1, is_pending=is_pending)


RUN = run()
FACTS = RUN.facts


def state_after(*events: StateEvent, concurrent: int = 4) -> NodeState:
    state = NodeState(concurrent)
    for event in events:
        state.handle(event)
    return state


ARRIVED = RunArrived(RUN)
RUNNING = (ARRIVED, Started(1))
KILLING = (*RUNNING, KillAsked(1))
COLLECTING = (*RUNNING, Ended(1))
UPLOADING = (*COLLECTING, Collected(1))
DONE = (*UPLOADING, Uploaded(1), Cleared(1))


def test_a_run_goes_from_arrival_to_acknowledgement() -> None:
    state = NodeState(4)

    steps = [state.handle(event) for event in DONE]

    assert steps == [[Start(RUN)], [], [Collect(FACTS)], [Upload(FACTS), Clear(FACTS)], [], []]
    assert state.stage(1) is None


@pytest.mark.parametrize("before", [(ARRIVED,), COLLECTING, UPLOADING, DONE])
def test_a_run_is_started_once_when_announced_again(before: tuple[StateEvent, ...]) -> None:
    assert state_after(*before).handle(ARRIVED) == []


def test_the_server_is_told_again_when_it_has_not_heard_that_a_run_is_active() -> None:
    state = state_after(*RUNNING)

    assert state.handle(ARRIVED) == [Tell(FACTS)]
    assert state.handle(RunArrived(run(is_pending=False))) == []


# --- places -----------------------------------------------------------------------------------


def test_runs_wait_for_a_place_in_the_order_of_their_ids() -> None:
    state = NodeState(1)

    assert state.handle(Listed((run(3), run(2), run(1)))) == [Start(run(1))]
    state.handle(Started(1))
    state.handle(Ended(1))
    assert state.handle(Collected(1)) == [Upload(FACTS), Clear(FACTS), Start(run(2))]
    assert state.stage(3) is Stage.QUEUED


def test_a_sub_task_does_not_wait_for_the_place_of_its_central_run() -> None:
    state = state_after(*RUNNING, concurrent=1)

    assert state.handle(RunArrived(run(2, parent_id=101))) == [Start(run(2, parent_id=101))]
    assert state.handle(RunArrived(run(3, parent_id=101))) == []


# --- kill -------------------------------------------------------------------------------------


def test_a_kill_while_queued_ends_the_run_without_a_start() -> None:
    state = state_after(ARRIVED, RunArrived(run(2)), concurrent=1)

    assert state.handle(KillAsked(2)) == [Collect(run(2).facts, KILLED)]


def test_a_kill_while_starting_stops_the_container_as_soon_as_it_is_there() -> None:
    assert state_after(ARRIVED, KillAsked(1)).handle(Started(1)) == [Kill(FACTS)]


def test_a_kill_while_starting_is_not_lost_when_the_start_is_postponed_or_fails() -> None:
    postponed, failed = state_after(ARRIVED, KillAsked(1)), state_after(ARRIVED, KillAsked(1))

    assert postponed.handle(Postponed(1)) == [Collect(FACTS, KILLED)]
    assert failed.handle(Failed(Start(RUN), "no image")) == [Collect(FACTS, KILLED)]


def test_a_kill_while_running_stops_the_container_and_collects_it_as_killed() -> None:
    state = state_after(*RUNNING)

    assert state.handle(KillAsked(1)) == [Kill(FACTS)]
    assert state.handle(KillAsked(1)) == []
    assert state.handle(Killed(1)) == [Collect(FACTS, KILLED)]


@pytest.mark.parametrize("end", [Ended(1), Vanished(1)])
def test_an_end_during_a_kill_is_a_kill_and_collected_once(end: StateEvent) -> None:
    state = state_after(*KILLING)

    assert state.handle(end) == [Collect(FACTS, KILLED)]
    assert state.handle(Killed(1)) == []


@pytest.mark.parametrize("before", [(), COLLECTING, UPLOADING, DONE])
def test_a_kill_that_comes_too_late_changes_nothing(before: tuple[StateEvent, ...]) -> None:
    assert state_after(*before).handle(KillAsked(1)) == []


def test_a_kill_without_an_id_stops_every_run() -> None:
    state = state_after(*RUNNING, RunArrived(run(2)), Started(2), RunArrived(run(3)), concurrent=2)

    commands = state.handle(KillAsked())

    assert commands == [Kill(FACTS), Kill(run(2).facts), Collect(run(3).facts, KILLED)]


def test_a_kill_while_starting_gives_up_what_the_start_waits_for() -> None:
    state = state_after(ARRIVED)

    assert state.handle(KillAsked(1)) == [Kill(FACTS)]
    assert state.handle(Killed(1)) == []
    stopped = Failed(Start(RUN), "stopped", TaskStatus.KILLED)
    assert state.handle(stopped) == [Collect(FACTS, KILLED)]


def test_an_end_that_a_kill_brought_about_while_starting_is_a_kill() -> None:
    state = state_after(ARRIVED, KillAsked(1), Ended(1))

    assert state.handle(Started(1)) == [Kill(FACTS)]


# --- ends -------------------------------------------------------------------------------------


def test_an_end_that_is_told_before_the_start_is_not_lost() -> None:
    state = state_after(ARRIVED, Ended(1))

    assert state.stage(1) is Stage.STARTING
    assert state.handle(Started(1)) == [Collect(FACTS)]


def test_an_end_that_came_before_the_kill_keeps_its_result() -> None:
    assert state_after(ARRIVED, Ended(1), KillAsked(1)).handle(Started(1)) == [Collect(FACTS)]


def test_a_container_that_vanishes_ends_the_run() -> None:
    assert state_after(*RUNNING).handle(Vanished(1)) == [Collect(FACTS, VANISHED)]


def test_wrong_news_of_an_end_puts_the_run_back() -> None:
    state = state_after(*COLLECTING)

    assert state.handle(StillRunning(1)) == []
    assert state.running() == {1}


def test_a_kill_during_wrong_news_of_an_end_is_not_lost() -> None:
    assert state_after(*COLLECTING, KillAsked(1)).handle(StillRunning(1)) == [Kill(FACTS)]


@pytest.mark.parametrize(
    "event",
    [
        Started(1),
        Postponed(1),
        Ended(1),
        StillRunning(1),
        Vanished(1),
        Killed(1),
        Collected(1),
        Uploaded(1),
        Cleared(1),
        Failed(Start(RUN), "late"),
    ],
)
def test_news_of_an_unknown_run_are_ignored(event: StateEvent) -> None:
    assert NodeState(4).handle(event) == []


# --- failures ---------------------------------------------------------------------------------


def test_a_failed_start_ends_the_run_with_its_reason() -> None:
    failed = Failed(Start(RUN), "not allowed here", TaskStatus.NOT_ALLOWED)

    commands = state_after(ARRIVED).handle(failed)

    assert commands == [Collect(FACTS, Fate(TaskStatus.NOT_ALLOWED, "not allowed here"))]


def test_an_unexpected_failure_of_a_start_is_a_failed_start() -> None:
    commands = state_after(ARRIVED).handle(Failed(Start(RUN), "bug"))

    assert commands == [Collect(FACTS, Fate(TaskStatus.START_FAILED, "bug"))]


def test_a_postponed_run_is_taken_again_with_the_next_list() -> None:
    state = state_after(ARRIVED, RunArrived(run(2)), concurrent=1)

    assert state.handle(Postponed(1)) == [Start(run(2))]
    assert state.handle(Failed(Start(run(2)), "x")) == [
        Collect(run(2).facts, Fate(TaskStatus.START_FAILED, "x"))
    ]
    assert state.handle(Collected(2)) == [Upload(run(2).facts), Clear(run(2).facts)]
    assert state.handle(ARRIVED) == [Start(RUN)]


@pytest.mark.parametrize(
    ("before", "command"),
    [
        (RUNNING, Adopt(FACTS, 2)),
        (KILLING, Kill(FACTS, 2)),
        (COLLECTING, Collect(FACTS, None, 2)),
        (UPLOADING, Upload(FACTS, 2)),
        (UPLOADING, Clear(FACTS, 2)),
        ((*UPLOADING, Uploaded(1)), Clear(FACTS, 2)),
    ],
)
def test_a_failed_command_is_tried_again(before: tuple[StateEvent, ...], command: Command) -> None:
    (again,) = state_after(*before).handle(Failed(command, "engine away"))

    assert type(again) is type(command)
    assert not isinstance(again, Start | Tell | Verify)
    assert again.attempt == 3


def test_a_result_that_can_never_be_collected_becomes_an_unknown_error() -> None:
    failed = Failed(Collect(FACTS, None, 4), "disk full")

    (again,) = state_after(*COLLECTING).handle(failed)

    assert again == Collect(FACTS, Fate(TaskStatus.UNKNOWN_ERROR, "disk full"), 5)


def test_an_engine_that_stays_away_loses_no_result() -> None:
    failed = Failed(Collect(FACTS, None, 40), "no engine", is_passing=True)

    assert state_after(*COLLECTING).handle(failed) == [Collect(FACTS, None, 41)]


def test_a_fate_is_kept_however_often_collecting_fails() -> None:
    (again,) = state_after(*COLLECTING).handle(Failed(Collect(FACTS, KILLED, 8), "disk full"))

    assert again == Collect(FACTS, KILLED, 9)


@pytest.mark.parametrize("command", [Tell(FACTS), Verify(FACTS)])
def test_a_question_that_fails_waits_for_the_next_list(command: Command) -> None:
    assert state_after(*RUNNING).handle(Failed(command, "server away")) == []


# --- lists and restarts -------------------------------------------------------------------------


@pytest.mark.parametrize("before", [(ARRIVED,), RUNNING])
def test_the_server_is_asked_about_a_run_it_no_longer_lists(
    before: tuple[StateEvent, ...],
) -> None:
    assert state_after(*before).handle(Listed(())) == [Verify(FACTS)]


@pytest.mark.parametrize("before", [KILLING, COLLECTING, UPLOADING, DONE])
def test_an_empty_list_means_nothing_for_a_run_that_ends(before: tuple[StateEvent, ...]) -> None:
    assert state_after(*before).handle(Listed(())) == []


def test_a_list_from_before_the_acknowledgement_starts_nothing_again() -> None:
    assert state_after(*DONE).handle(Listed((RUN,))) == []


@pytest.mark.parametrize(
    ("stage", "commands"),
    [
        (Stage.RUNNING, [Adopt(FACTS)]),
        (Stage.COLLECTING, [Collect(FACTS, VANISHED)]),
        (Stage.UPLOADING, [Upload(FACTS), Clear(FACTS)]),
    ],
)
def test_a_restart_goes_on_where_the_journal_stopped(
    stage: Stage, commands: list[Command]
) -> None:
    state = NodeState(4)

    assert state.handle(Resumed(FACTS, stage)) == commands
    assert state.handle(Listed((run(is_pending=False),))) == []


def test_the_trees_of_all_runs_are_known() -> None:
    assert state_after(ARRIVED).trees() == {7}


def test_something_else_than_an_event_is_refused() -> None:
    with pytest.raises(TypeError):
        NodeState(1).handle("event")  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(50))
def test_each_run_is_started_and_acknowledged_at_most_once_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a repeatable order, no secret
    state, pending = NodeState(2), [Listed((run(1), run(2), run(3, parent_id=101)))]
    seen: list[Command] = []

    for _ in range(300):
        index = chance.randrange(len(pending)) if pending else None
        event = pending.pop(index) if index is not None else _disturbance(chance)
        commands = state.handle(event)
        seen += commands
        pending += [_answer(command, chance) for command in commands]
        pending += [_disturbance(chance)] if chance.random() < 0.2 else []

    starts = [command.facts.result_id for command in seen if isinstance(command, Start)]
    assert len(starts) == len(set(starts))


def _disturbance(chance: random.Random) -> StateEvent:
    i = chance.randrange(1, 4)
    runs = (run(1), run(2), run(3, parent_id=101))
    return chance.choice([Listed(runs), Listed(()), KillAsked(i), KillAsked(), Ended(i)])


def _answer(command: Command, chance: random.Random) -> StateEvent:
    i = command.facts.result_id
    if chance.random() < 0.3:
        return Failed(command, "bad luck")
    answers: dict[type, StateEvent] = {
        Start: Started(i),
        Tell: Ended(i),
        Verify: KillAsked(i),
        Adopt: Ended(i),
        Kill: Killed(i),
        Collect: Collected(i),
        Clear: Cleared(i),
        Upload: Uploaded(i),
    }
    return answers[type(command)]
