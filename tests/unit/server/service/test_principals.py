"""Principals are what the database says now."""

from datetime import timedelta

import pytest
from tests.factories import (
    make_collaboration,
    make_organization,
    make_role,
    make_study,
    make_task,
    make_user,
)
from tests.factories import make_node as node_row
from vantage6.common.errors import NotAuthenticated
from vantage6.common.status import TaskStatus
from vantage6.server.model import User
from vantage6.server.model.base import now
from vantage6.server.permission.principal import CONTAINER_RULES, NODE_RULES, Kind
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import authentication, principals
from vantage6.server.service.login_session import Sessions

VIEW_TASKS = ("task", Op.VIEW, Scope.ORGANIZATION)
VIEW_NODES = ("node", Op.VIEW, Scope.ORGANIZATION)


@pytest.fixture
def run(unit):
    return make_task(make_study().collaboration).results[0]


def claims_of(run):
    node = principals.node(run.node.id)
    return authentication.container_identity(node, run.task_id, run.task.image)


@pytest.mark.usefixtures("unit")
def test_user_has_the_rules_of_its_roles_and_its_own():
    organization = make_organization()
    collaborations = {make_collaboration([organization]).id for _ in range(2)}
    user = make_user(organization, rules=[VIEW_TASKS])
    user.roles = [make_role(organization, rules=[VIEW_NODES])]
    user.save()
    actor = principals.user(user.id)
    assert (actor.kind, actor.id, actor.organization_id) == (Kind.USER, user.id, organization.id)
    assert actor.rules == {VIEW_TASKS, VIEW_NODES}
    assert actor.collaboration_ids == collaborations


def test_user_costs_two_statements_and_one_more_a_minute(database, counted):
    with database.begin():
        id_ = make_user(role="Root").id
    with counted() as first, database.begin():
        principals.user(id_)
    with counted() as second, database.begin():
        principals.user(id_)
    assert (len(first.statements), len(second.statements)) == (3, 2)


@pytest.mark.usefixtures("unit")
def test_last_seen_is_noted_again_after_a_minute():
    user = make_user(last_seen=now() - timedelta(minutes=2))
    principals.user(user.id)
    assert now() - User.held(user.id).last_seen < timedelta(seconds=30)


@pytest.mark.usefixtures("unit")
def test_deleted_user_and_node_are_logged_out_at_once():
    study = make_study()
    user, node = make_user(study.first), study.nodes[0]
    ids = user.id, node.id
    user.delete()
    node.delete()
    with pytest.raises(NotAuthenticated):
        principals.user(ids[0])
    with pytest.raises(NotAuthenticated):
        principals.node(ids[1])


@pytest.mark.usefixtures("unit")
def test_a_token_ends_with_its_session_which_is_of_its_owner_alone():
    study = make_study()
    node, user, other = study.nodes[0].id, make_user().id, make_user().id
    sessions = Sessions(timedelta(hours=1), timedelta(0))
    of_node, of_user = sessions.begin(node).session_id, sessions.begin(user).session_id
    assert principals.user(user, 0, of_user).id == user
    assert principals.node(node, 0, of_node).id == node
    for find, id_, session in (
        (principals.user, other, of_user),
        (principals.node, node, of_user),
        (principals.user, user, "ended"),
    ):
        with pytest.raises(NotAuthenticated, match="its session has ended"):
            find(id_, 0, session)


@pytest.mark.usefixtures("unit")
def test_token_of_a_node_does_not_work_for_a_user():
    node = make_study().nodes[0]
    with pytest.raises(NotAuthenticated):
        principals.user(node.id)


@pytest.mark.usefixtures("unit")
def test_node_belongs_to_one_collaboration_even_when_its_organization_is_in_two():
    study = make_study()
    make_collaboration([study.first])
    actor = principals.node(study.nodes[0].id)
    assert actor.collaboration_ids == {study.collaboration.id}
    assert actor.rules == NODE_RULES


@pytest.mark.usefixtures("unit")
def test_node_outside_any_collaboration_sees_none():
    assert principals.node(node_row(make_organization(), None).id).collaboration_ids == frozenset()


def test_container_is_bound_to_its_run(run):
    actor = principals.container(claims_of(run))
    assert actor.kind is Kind.CONTAINER
    assert (actor.task_id, actor.result_id) == (run.task_id, run.id)
    assert (actor.image, actor.database) == (run.task.image, "default")
    assert actor.collaboration_ids == {run.task.collaboration_id}
    assert (actor.organization_id, actor.node_id) == (run.organization_id, run.node.id)
    assert actor.rules == CONTAINER_RULES


def test_container_token_dies_with_its_run(run):
    claims = claims_of(run)
    run.status = TaskStatus.COMPLETED
    run.save()
    with pytest.raises(NotAuthenticated, match="has ended"):
        principals.container(claims)


def test_container_token_dies_with_its_node(run):
    claims = claims_of(run)
    run.node.delete()
    with pytest.raises(NotAuthenticated):
        principals.container(claims)


@pytest.mark.parametrize("claim", ["result_id", "task_id", "organization_id", "node_id"])
def test_container_token_with_another_claim_is_refused(run, claim):
    with pytest.raises(NotAuthenticated):
        principals.container(claims_of(run) | {claim: 4711})


def test_container_token_without_a_run_is_refused(run):
    claims = claims_of(run)
    del claims["result_id"]
    with pytest.raises(NotAuthenticated):
        principals.container(claims)
