"""What tables compute, convert and refuse."""

from datetime import datetime, timedelta, timezone

import pytest
from tests.factories import (
    PASSWORD,
    make_collaboration,
    make_node,
    make_organization,
    make_role,
    make_study,
    make_task,
    make_user,
)
from vantage6.common.errors import Conflict
from vantage6.common.status import TaskStatus
from vantage6.server.model import Node, Result, Task, User
from vantage6.server.model.base import now
from vantage6.server.model.user import hash_password
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.session import current_session

NOON = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def task_with(*states, finished=None):
    organizations = [make_organization() for _ in states]
    task = make_task(make_collaboration(organizations or None), organizations)
    for run, state in zip(task.results, states, strict=True):
        run.status = TaskStatus(state)
        run.finished_at = finished if run.complete else None
    return task.save()


@pytest.mark.usefixtures("unit")
class TestTask:
    def test_is_complete_when_every_run_has_ended(self):
        assert task_with("completed", "crashed").complete
        assert not task_with("completed", "active").complete

    def test_finished_when_the_last_run_did(self):
        task = task_with("completed", "crashed", finished=NOON)
        task.results[1].finished_at = NOON + timedelta(minutes=5)
        assert task.finished_at == NOON + timedelta(minutes=5)

    def test_has_no_time_of_ending_before_that(self):
        assert task_with("completed", "active", finished=NOON).finished_at is None
        assert task_with().finished_at is None

    def test_one_failure_is_the_state_of_the_task(self):
        assert task_with("active", "killed by user").status == "failed"


@pytest.mark.usefixtures("unit")
class TestTimes:
    def test_are_stored_in_utc_and_read_with_their_zone(self):
        west = timezone(timedelta(hours=-7))
        user = make_user(last_seen=datetime(2026, 1, 31, 5, tzinfo=west))
        assert User.held(user.id).last_seen == NOON
        assert User.held(user.id).last_seen.tzinfo is timezone.utc

    def test_without_a_zone_are_taken_for_utc(self):
        user = make_user(last_seen=datetime(2026, 1, 31, 12))  # noqa: DTZ001
        assert User.held(user.id).last_seen == NOON


@pytest.mark.usefixtures("unit")
class TestSecrets:
    def test_password_is_hashed_on_assignment(self, real_passwords):
        user = make_user(password=PASSWORD, password_hash=None)
        assert user.password.startswith("$2b$12$")
        assert user.check_password(PASSWORD)
        assert not user.check_password(PASSWORD.lower())

    def test_any_text_is_a_password(self):
        for odd in ("\ud800half", "nul\0byte", "é" * 80, ""):
            assert hash_password(odd).startswith("$2b$")

    def test_api_key_is_known_only_where_it_was_assigned(self):
        node = make_node(make_organization(), None, api_key="secret")
        assert node.clear_api_key == "secret"
        current_session().expunge_all()
        assert Node.by_id(node.id).clear_api_key is None
        assert "secret" not in Node.by_id(node.id).api_key


@pytest.mark.usefixtures("unit")
class TestLinks:
    def test_are_ids_in_order(self):
        study = make_study()
        collaboration = study.collaboration
        assert collaboration.organization_ids == tuple(o.id for o in study.organizations)
        assert collaboration.node_ids == tuple(node.id for node in study.nodes)

    def test_of_children_are_those_of_the_task_itself(self):
        study = make_study()
        parent = make_task(study.collaboration)
        child = make_task(study.collaboration, parent_id=parent.id)
        make_task(study.collaboration, parent_id=child.id)
        assert parent.child_ids == (child.id,)

    def test_of_users_roles_and_rules(self):
        rule = ("task", Op.VIEW, Scope.GLOBAL)
        role = make_role(rules=[rule])
        user = make_user(rules=[rule], roles=[role])
        assert user.role_ids == (role.id,)
        assert user.rule_ids == role.rule_ids == (user.rules[0].id,)

    def test_of_a_run_to_its_node_follow_the_collaboration_of_the_task(self):
        study = make_study()
        make_node(study.first, make_collaboration([study.first]))
        run = make_task(study.collaboration).results[0]
        assert run.node is study.nodes[0]


def test_two_nodes_for_one_organization_and_collaboration_are_refused(database):
    with pytest.raises(Conflict), database.begin():
        study = make_study()
        make_node(study.first, study.collaboration)


def test_large_columns_are_not_read_unless_asked_for(database, counted):
    with database.begin():
        run = make_task(make_study().collaboration, run={"input": "large"}).results[0]
    with counted() as seen, database.begin():
        Result.by_id(run.id)
    assert "result.input" not in seen.statements[0]
    with counted() as seen, database.begin():
        found = Result.by_id(run.id)
        assert (found.input, found.result, found.log) == ("large", None, None)
    assert len(seen.statements) == 2


@pytest.mark.usefixtures("unit")
def test_task_stays_when_its_user_is_deleted():
    study = make_study()
    user = make_user(study.first)
    task = make_task(study.collaboration, init_user_id=user.id)
    user.delete()
    assert Task.held(task.id).init_user_id is None


@pytest.mark.usefixtures("unit")
def test_node_is_online_only_with_a_connection_and_a_recent_sign_of_life():
    node = make_node(make_organization(), None)
    assert not node.is_online
    node.last_heartbeat = now()
    assert (node.is_online, node.status) == (False, "offline")
    node.socket_session = "s1"
    assert (node.is_online, node.status) == (True, "online")
