"""Results: only the node of a run reports on it, and what is final stays."""

from datetime import datetime, timedelta, timezone

import pytest
from tests.factories import (
    ENVELOPE,
    make_collaboration,
    make_node,
    make_study,
    make_task,
    make_user,
)
from vantage6.common import rooms
from vantage6.common.errors import Forbidden, InvalidInput, InvalidTransition, NotFound
from vantage6.common.events import AlgorithmStatusChange, NodeStatusChange, StatusUpdate
from vantage6.common.status import FINAL, TaskStatus
from vantage6.server.model import Result
from vantage6.server.model.base import now
from vantage6.server.service import principals
from vantage6.server.service import result as service
from vantage6.server.service.result import ResultBody, ResultQuery
from vantage6.server.session import current_session

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def rows(statement):
    return list(current_session().scalars(statement))


@pytest.fixture
def study(unit):
    return make_study()


@pytest.fixture
def run(study):
    return make_task(study.collaboration).results[0]


@pytest.fixture
def actor(study, as_node):
    return as_node(study.nodes[0])


def end(actor, run, status=TaskStatus.COMPLETED, **values):
    return service.update(actor, run.id, ResultBody(status, **values))


class TestUpdate:
    def test_a_run_goes_its_way(self, actor, run):
        service.update(actor, run.id, ResultBody(started_at=NOON))
        assert (run.status, run.started_at) == (TaskStatus.PENDING, NOON)
        service.update(actor, run.id, ResultBody(TaskStatus.ACTIVE))
        end(actor, run, result="cmVz", log="done", finished_at=NOON + timedelta(minutes=1))
        assert (run.status, run.result, run.log) == (TaskStatus.COMPLETED, "cmVz", "done")
        assert run.finished_at == NOON + timedelta(minutes=1)
        assert run.started_at == NOON

    def test_what_is_not_given_stays(self, actor, run):
        service.update(actor, run.id, ResultBody(log="so far", result="cGFydA=="))
        service.update(actor, run.id, ResultBody(TaskStatus.ACTIVE))
        assert (run.log, run.result) == ("so far", "cGFydA==")

    def test_final_state_without_a_time_ends_now(self, actor, run):
        end(actor, run, TaskStatus.CRASHED)
        assert now() - run.finished_at < timedelta(seconds=30)

    def test_time_without_a_state_means_completed(self, actor, run):
        service.update(actor, run.id, ResultBody(finished_at=NOON, result="cmVz"))
        assert (run.status, run.finished_at) == (TaskStatus.COMPLETED, NOON)

    def test_time_of_ending_does_not_go_with_an_open_state(self, actor, run):
        with pytest.raises(InvalidInput, match="no time of ending"):
            service.update(actor, run.id, ResultBody(TaskStatus.ACTIVE, finished_at=NOON))

    def test_times_are_stored_in_utc(self, database, actor, run):
        east = timezone(timedelta(hours=5))
        service.update(
            actor, run.id, ResultBody(started_at=datetime(2026, 1, 31, 17, tzinfo=east))
        )
        naive = datetime(2026, 1, 31, 13)  # noqa: DTZ001  # as published nodes send it
        end(actor, run, finished_at=naive)
        stored = Result.held(run.id)
        assert (stored.started_at, stored.finished_at) == (NOON, NOON + timedelta(hours=1))

    @pytest.mark.parametrize("status", sorted(FINAL, key=lambda status: status.value))
    def test_ended_run_never_changes_again(self, actor, run, status):
        end(actor, run, status, result="Zmlyc3Q=", finished_at=NOON)
        for body in (
            ResultBody(status, finished_at=NOON, result="c2Vjb25k"),
            ResultBody(TaskStatus.KILLED),
            ResultBody(TaskStatus.ACTIVE),
            ResultBody(log="later"),
        ):
            with pytest.raises(InvalidTransition, match="already finished"):
                service.update(actor, run.id, body)
        stored = Result.held(run.id)
        assert (stored.status, stored.result, stored.log) == (status, "Zmlyc3Q=", None)

    def test_a_run_does_not_go_backwards(self, actor, run):
        service.update(actor, run.id, ResultBody(TaskStatus.ACTIVE))
        with pytest.raises(InvalidTransition, match="cannot become 'initializing'"):
            service.update(actor, run.id, ResultBody(TaskStatus.INITIALIZING))

    def test_node_of_another_organization_is_refused(self, study, run, as_node):
        with pytest.raises(Forbidden):
            end(as_node(study.nodes[1]), run)
        assert run.status is TaskStatus.PENDING

    def test_node_of_the_organization_in_another_collaboration_is_refused(
        self, study, run, as_node
    ):
        elsewhere = make_node(study.first, make_collaboration([study.first]))
        with pytest.raises(Forbidden):
            end(as_node(elsewhere), run)

    def test_users_and_containers_are_refused(self, study, run, as_user, as_container):
        for actor in (as_user(make_user(study.first, role="Root")), as_container(run)):
            with pytest.raises(Forbidden):
                end(actor, run)

    def test_unknown_run_is_not_found(self, actor):
        with pytest.raises(NotFound):
            service.update(actor, 4711, ResultBody(TaskStatus.ACTIVE))

    def test_readable_result_is_refused_in_an_encrypted_collaboration(self, unit, as_node):
        study = make_study(encrypted=True)
        run, actor = make_task(study.collaboration).results[0], as_node(study.nodes[0])
        with pytest.raises(InvalidInput, match="the result is not"):
            end(actor, run, result="cmVz")
        assert run.status is TaskStatus.PENDING
        end(actor, run, result=ENVELOPE)
        assert run.result == ENVELOPE

    def test_failure_without_a_result_is_accepted_in_an_encrypted_collaboration(
        self, unit, as_node
    ):
        study = make_study(encrypted=True)
        run = make_task(study.collaboration).results[0]
        end(as_node(study.nodes[0]), run, TaskStatus.CRASHED, result="", log="exit code 1")
        assert run.complete

    def test_confirmed_kill_ends_the_run(self, actor, run):
        service.update(actor, run.id, ResultBody(TaskStatus.ACTIVE))
        run.kill_requested_at = now()
        end(actor, run, TaskStatus.KILLED)
        assert run.status is TaskStatus.KILLED

    def test_run_that_completed_before_it_could_be_killed_is_completed(self, actor, run):
        run.kill_requested_at = now()
        end(actor, run, result="cmVz")
        assert run.status is TaskStatus.COMPLETED

    def test_collaboration_hears_of_it_after_the_commit(self, database, published):
        with database.begin():
            study = make_study()
            run = make_task(study.collaboration).results[0]
        with database.begin():
            end(principals.node(study.nodes[0].id), run)
            assert published.effects == []
        (announcement,) = published.announcements
        assert announcement.event == StatusUpdate(run.id)
        heard = rooms.of_run(study.collaboration.id, run.task.initiator_id)
        assert announcement.room == heard


class TestStatusChanged:
    def said(self, run, **values):
        ids = {"task_id": 4711, "collaboration_id": 4711, "node_id": 4711, "organization_id": 4711}
        return NodeStatusChange(**({"status": "active", "result_id": run.id} | ids | values))

    def test_ids_that_are_passed_on_are_the_servers(self, actor, run, study):
        service.status_changed(actor, self.said(run))
        (effect,) = current_session().info["effects"]
        assert effect.room == rooms.of_run(study.collaboration.id, run.task.initiator_id)
        assert effect.event == AlgorithmStatusChange(
            status="active",
            result_id=run.id,
            task_id=run.task_id,
            run_id=run.task.run_id,
            collaboration_id=study.collaboration.id,
            node_id=study.nodes[0].id,
            organization_id=study.first.id,
        )

    def test_node_speaks_only_about_its_own_runs(self, run, study, as_node):
        with pytest.raises(Forbidden):
            service.status_changed(as_node(study.nodes[1]), self.said(run))

    def test_unknown_state_is_not_passed_on(self, actor, run):
        with pytest.raises(InvalidInput):
            service.status_changed(actor, self.said(run, status="<b>owned</b>"))


class TestList:
    def test_newest_first_and_only_the_own_collaborations(self, study, run, as_user):
        make_task(make_study().collaboration)
        actor = as_user(make_user(study.first, role="Viewer"))
        assert rows(service.list_(actor, ResultQuery())) == run.task.results[::-1]

    def test_open_runs_of_a_node(self, study, run, actor):
        end(actor, make_task(study.collaboration).results[0])
        found = rows(service.list_(actor, ResultQuery(state="open", node_id=actor.id)))
        assert found == [run]
        assert len(rows(service.list_(actor, ResultQuery(state="else", node_id=actor.id)))) == 2

    def test_runs_of_a_node_are_those_of_its_collaboration(self, study, run, as_user):
        elsewhere = make_collaboration([study.first])
        node = make_node(study.first, elsewhere)
        other = make_task(elsewhere).results[0]
        root = as_user(make_user(study.first, role="Root"))
        assert rows(service.list_(root, ResultQuery(node_id=node.id))) == [other]
        assert rows(service.list_(root, ResultQuery(node_id=study.nodes[0].id))) == [run]

    def test_filters_by_task_and_organization(self, study, run, actor):
        make_task(study.collaboration)
        second = study.organizations[1].id
        query = ResultQuery(task_id=run.task_id, organization_id=second)
        assert rows(service.list_(actor, query)) == [run.task.results[1]]

    @pytest.mark.parametrize("time", ["assigned", "started", "finished"])
    def test_each_time_is_filtered_by_its_own_column(self, study, run, actor, time):
        early, late = run.task.results[:2]
        setattr(early, f"{time}_at", NOON)
        setattr(late, f"{time}_at", NOON + timedelta(hours=2))
        early.save()
        hour = NOON + timedelta(hours=1)
        since = ResultQuery(**{f"{time}_from": hour, f"{time}_till": hour + timedelta(hours=2)})
        assert rows(service.list_(actor, since)) == [late]
        until = ResultQuery(**{f"{time}_till": hour})
        assert rows(service.list_(actor, until)) == [early]

    def test_results_of_organizations_without_a_node_are_not_left_out(self, study, run, as_user):
        study.nodes[0].delete()
        actor = as_user(make_user(study.first, role="Viewer"))
        found = rows(service.list_(actor, ResultQuery()))
        assert run in found
        assert run.node is None

    def test_get_checks_the_permission(self, study, run, as_user):
        actor = as_user(make_user(study.first, role="Viewer"))
        assert service.get(actor, run.id, include_task=True) is run
        with pytest.raises(Forbidden):
            service.get(actor, make_task(make_study().collaboration).results[0].id)
        with pytest.raises(NotFound):
            service.get(actor, 4711)
