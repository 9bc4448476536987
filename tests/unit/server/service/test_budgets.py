"""SQL budgets of what nodes and researchers do; those of reading are in test_list_costs."""

import pytest
from tests.factories import IMAGE, make_port, make_study, make_task, make_user
from vantage6.server.model import Node
from vantage6.server.service import node as nodes
from vantage6.server.service import principals
from vantage6.server.service import result as results
from vantage6.server.service import task as tasks
from vantage6.server.session import current_session


@pytest.fixture
def stored(database):
    """A study and a user; signs of life were given, which cost a statement once a minute."""
    with database.begin():
        study = make_study()
        user = make_user(study.first, role="Root")
        for _ in range(2):
            task = make_task(study.collaboration, run={"input": "e30="})
            make_port(task.results[0])
            make_task(study.collaboration, parent_id=task.id)
        principals.user(user.id)
        principals.node(study.nodes[0].id)
    return study, user


def as_task(row):
    return row.status, row.complete, row.finished_at, row.child_ids, [r.id for r in row.results]


def as_run(row):
    node = row.node and (row.node.name, row.node.status, row.node.config_ids)
    shown = row.shown_input, row.shown_result, row.shown_log
    return shown, node, [port.label for port in row.ports]


def test_open_runs_of_a_node_cost_five_statements(database, stored, counted):
    study, _ = stored
    with counted() as seen, database.begin():
        actor = principals.node(study.nodes[0].id)
        query = results.ResultQuery(state="open", node_id=actor.id, include_task=True)
        found = current_session().scalars(results.list_(actor, query)).all()
        assert [as_run(run) and as_task(run.task) for run in found]
    assert len(seen.statements) <= 4, seen.statements


def test_task_for_three_organizations_costs_at_most_twelve_statements_and_one_commit(
    database, stored, counted, published
):
    study, user = stored
    asked = tuple(
        tasks.TaskOrganization(organization.id, "e30=") for organization in study.organizations
    )
    with database.begin():
        actor = principals.node(study.nodes[0].id)
        nodes.share_config(actor, {"allowed_users": [user.id]})
    with counted() as seen:
        with database.begin():
            body = tasks.TaskBody(study.collaboration.id, asked, IMAGE)
            as_task(tasks.create(principals.user(user.id), body))
            assert published.effects == []
        assert len(published.effects) == 2
    assert len(seen.statements) <= 12, seen.statements
    assert seen.commits == 1


def test_report_on_a_run_costs_a_constant_number_of_statements(database, stored, counted):
    study, _ = stored
    with database.begin():
        run = make_task(Node.by_id(study.nodes[0].id).collaboration).results[0]
    with counted() as seen, database.begin():
        body = results.ResultBody(results.TaskStatus.COMPLETED, result="cmVz")
        as_run(results.update(principals.node(study.nodes[0].id), run.id, body))
    assert len(seen.statements) <= 12, seen.statements
    assert seen.commits == 1
