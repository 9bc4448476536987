"""Kills reach every open run, and a run is killed only when its node says so."""

import pytest
from tests.factories import make_study, make_task, make_user
from vantage6.common.errors import Forbidden, InvalidInput, NotFound
from vantage6.common.events import KillContainers, KillEntry, StatusUpdate
from vantage6.common.status import TaskStatus
from vantage6.server.model import Result
from vantage6.server.model.base import now
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service.killing import kill_node_tasks, kill_task
from vantage6.server.session import current_session

ACTIVE = {"status": TaskStatus.ACTIVE}


def events(kind):
    effects = current_session().info.get("effects", [])
    return [effect.event for effect in effects if isinstance(effect.event, kind)]


@pytest.fixture
def study(unit):
    return make_study()


@pytest.fixture
def killer(study, as_user):
    return as_user(make_user(study.first, rules=[("event", Op.CREATE, Scope.ORGANIZATION)]))


def test_every_run_of_the_tree_is_in_the_list(study, killer):
    task = make_task(study.collaboration, run=ACTIVE)
    child = make_task(study.collaboration, parent_id=task.id, run=ACTIVE)
    grandchild = make_task(study.collaboration, parent_id=child.id, run=ACTIVE)
    make_task(study.collaboration, run=ACTIVE)
    kill_task(killer, task.id)
    (event,) = events(KillContainers)
    runs = [*task.results, *child.results, *grandchild.results]
    assert event.kill_list == tuple(
        KillEntry(run.task_id, run.id, run.organization_id) for run in runs
    )
    assert event.collaboration_id == study.collaboration.id


def test_ended_runs_are_neither_stopped_nor_changed(study, killer):
    task = make_task(study.collaboration, run=ACTIVE)
    done = task.results[0]
    done.status, done.finished_at, done.result = TaskStatus.COMPLETED, now(), "cmVz"
    before = done.finished_at
    kill_task(killer, task.id)
    stored = Result.held(done.id)
    assert (stored.status, stored.finished_at) == (TaskStatus.COMPLETED, before)
    assert stored.kill_requested_at is None
    assert done.id not in {entry.result_id for entry in events(KillContainers)[0].kill_list}


def test_running_run_is_killed_only_when_its_node_says_so(study, killer):
    task = make_task(study.collaboration, run=ACTIVE)
    kill_task(killer, task.id)
    assert {run.status for run in task.results} == {TaskStatus.ACTIVE}
    assert all(run.kill_requested_at for run in task.results)
    assert events(StatusUpdate) == []


def test_run_that_no_node_has_taken_is_killed_at_once_and_announced_all_the_same(study, killer):
    task = make_task(study.collaboration)
    task.results[1].started_at = now()
    kill_task(killer, task.id)
    states = [run.status for run in task.results]
    assert states == [TaskStatus.KILLED, TaskStatus.PENDING, TaskStatus.KILLED]
    assert task.results[0].finished_at is not None
    assert len(events(KillContainers)[0].kill_list) == 3
    killed = [task.results[0].id, task.results[2].id]
    assert [event.result_id for event in events(StatusUpdate)] == killed


def test_second_kill_is_announced_again_and_keeps_the_first_time(study, killer):
    task = make_task(study.collaboration, run=ACTIVE)
    kill_task(killer, task.id)
    first = task.results[0].kill_requested_at
    kill_task(killer, task.id)
    assert task.results[0].kill_requested_at == first
    assert len(events(KillContainers)) == 2


def test_nothing_is_sent_for_a_task_that_has_ended(study, killer):
    task = make_task(study.collaboration, run={"status": TaskStatus.COMPLETED})
    with pytest.raises(InvalidInput, match="has ended already"):
        kill_task(killer, task.id)
    assert events(KillContainers) == []


def test_open_child_of_an_ended_task_can_be_killed(study, killer):
    task = make_task(study.collaboration, run={"status": TaskStatus.CRASHED})
    child = make_task(study.collaboration, parent_id=task.id, run=ACTIVE)
    kill_task(killer, task.id)
    assert all(run.kill_requested_at for run in child.results)


def test_whether_a_task_has_ended_is_not_told_to_those_who_may_not_kill(study, as_user):
    task = make_task(study.collaboration, run={"status": TaskStatus.COMPLETED})
    for user in (make_user(study.first, role="Viewer"), make_user(role="Organization Admin")):
        with pytest.raises(Forbidden):
            kill_task(as_user(user), task.id)


def test_unknown_task_is_not_found(killer):
    with pytest.raises(NotFound):
        kill_task(killer, 4711)


def test_everything_at_a_node_is_killed(study, killer):
    node = study.nodes[0]
    node.socket_session, node.last_heartbeat = "s1", now()
    task = make_task(study.collaboration, run=ACTIVE)
    waiting = make_task(study.collaboration)
    kill_node_tasks(killer, node.id)
    (event,) = events(KillContainers)
    assert (event.node_id, event.kill_list) == (node.id, ())
    assert [bool(run.kill_requested_at) for run in task.results] == [True, False, False]
    assert waiting.results[0].status is TaskStatus.KILLED


def test_node_that_is_not_online_cannot_be_told(study, killer):
    with pytest.raises(InvalidInput, match="not online"):
        kill_node_tasks(killer, study.nodes[0].id)
    study.nodes[0].collaboration_id = None
    with pytest.raises(InvalidInput, match="not online"):
        kill_node_tasks(killer, study.nodes[0].id)


def test_node_of_another_organization_needs_a_wider_rule(study, killer):
    with pytest.raises(Forbidden):
        kill_node_tasks(killer, study.nodes[1].id)
