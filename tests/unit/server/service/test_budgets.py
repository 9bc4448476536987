"""SQL budgets: so many statements per request, whatever the number of rows."""

import pytest
from sqlalchemy import func, select
from tests.factories import IMAGE, make_port, make_role, make_study, make_task, make_user
from vantage6.server.model import Node
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import collaboration as collaborations
from vantage6.server.service import node as nodes
from vantage6.server.service import organization as organizations
from vantage6.server.service import principals
from vantage6.server.service import result as results
from vantage6.server.service import role as roles
from vantage6.server.service import rule as rules
from vantage6.server.service import task as tasks
from vantage6.server.service import user as users
from vantage6.server.session import current_session

PAGE = 50


@pytest.fixture
def stored(database):
    """A study with some tasks; gives a function that adds more."""
    with database.begin():
        study = make_study()
        user = make_user(study.first, role="Root")

    def more(number):
        with database.begin() as session:
            session.add(study.collaboration)
            for _ in range(number):
                task = make_task(study.collaboration, run={"input": "e30="})
                make_port(task.results[0])
                make_task(study.collaboration, parent_id=task.id)
                other = make_study()
                make_user(other.first)
                make_role(other.first, [("task", Op.VIEW, Scope.GLOBAL)])

    more(2)
    # One sign of life a minute is written: not counted here.
    with database.begin():
        principals.user(user.id)
    return study, user, more


def as_organization(row):
    return row.collaboration_ids, row.node_ids, row.user_ids, row.role_ids, row.public_key


def as_collaboration(row):
    return row.organization_ids, row.node_ids


def as_node(row):
    return row.name, row.status, row.ip, [(entry.key, entry.value) for entry in row.config]


def as_task(row):
    return row.status, row.complete, row.finished_at, row.child_ids, [r.id for r in row.results]


def as_run(row):
    node = row.node and (row.node.name, row.node.status, row.node.config_ids)
    return row.input, row.result, row.log, node, [port.label for port in row.ports]


def as_role(row):
    return row.rule_ids, row.user_ids, row.organization_id


def as_user(row):
    return row.role_ids, row.rule_ids, row.status


LISTS = {
    "organization": (
        lambda actor, _: organizations.list_(actor, organizations.OrganizationQuery()),
        as_organization,
        4,
    ),
    "collaboration": (
        lambda actor, _: collaborations.list_(actor, collaborations.CollaborationQuery()),
        as_collaboration,
        4,
    ),
    "node": (lambda actor, _: nodes.list_(actor, nodes.NodeQuery()), as_node, 5),
    "user": (lambda actor, _: users.list_(actor, users.UserQuery()), as_user, 4),
    "role": (lambda actor, _: roles.list_(actor, roles.RoleQuery()), as_role, 4),
    "role/rule": (lambda actor, _: roles.rules(actor, 1), lambda row: row.user_ids, 5),
    "rule": (lambda actor, _: rules.list_(actor, rules.RuleQuery()), lambda row: row.user_ids, 4),
    "task": (lambda actor, _: tasks.list_(actor, tasks.TaskQuery()), as_task, 5),
    "task with results": (
        lambda actor, _: tasks.list_(actor, tasks.TaskQuery(include_results=True)),
        lambda row: (as_task(row), [as_run(run) for run in row.results]),
        6,
    ),
    "result": (lambda actor, _: results.list_(actor, results.ResultQuery()), as_run, 5),
    "result with task": (
        lambda actor, _: results.list_(actor, results.ResultQuery(include_task=True)),
        lambda row: (as_run(row), as_task(row.task)),
        6,
    ),
    "organization/collaboration": (
        lambda actor, study: organizations.collaborations(actor, study.first.id),
        as_collaboration,
        5,
    ),
    "organization/node": (
        lambda actor, study: organizations.nodes(actor, study.first.id),
        as_node,
        6,
    ),
    "collaboration/organization": (
        lambda actor, study: collaborations.organizations(actor, study.collaboration.id),
        as_organization,
        5,
    ),
    "collaboration/node": (
        lambda actor, study: collaborations.nodes(actor, study.collaboration.id),
        lambda row: (row.name, row.status, row.config_ids),
        5,
    ),
    "collaboration/task": (
        lambda actor, study: collaborations.tasks(actor, study.collaboration.id),
        as_task,
        6,
    ),
    "task/result": (lambda actor, _: tasks.results(actor, 1), as_run, 6),
}


def page(database, user, study, listing, dump):
    with database.begin():
        rows = listing(principals.user(user.id), study)
        ids = rows.with_only_columns(rows.column_descriptions[0]["entity"].id).subquery()
        assert current_session().scalar(select(func.count()).select_from(ids))
        for row in current_session().scalars(rows.limit(PAGE)):
            dump(row)


@pytest.mark.parametrize("name", LISTS)
def test_list_costs_a_constant_number_of_statements(database, stored, counted, name):
    study, user, more = stored
    listing, dump, budget = LISTS[name]
    with counted() as few:
        page(database, user, study, listing, dump)
    more(4)
    with counted() as many:
        page(database, user, study, listing, dump)
    assert len(few.statements) == len(many.statements), many.statements
    assert len(many.statements) <= budget <= 6, many.statements


def test_open_runs_of_a_node_cost_five_statements(database, stored, counted):
    study, _, _ = stored
    with database.begin():
        principals.node(study.nodes[0].id)
    with counted() as seen, database.begin():
        actor = principals.node(study.nodes[0].id)
        query = results.ResultQuery(state="open", node_id=actor.id, include_task=True)
        found = current_session().scalars(results.list_(actor, query)).all()
        assert [as_run(run) and as_task(run.task) for run in found]
    assert len(seen.statements) <= 4, seen.statements


def test_task_for_three_organizations_costs_at_most_twelve_statements_and_one_commit(
    database, stored, counted, published
):
    study, user, _ = stored
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
    study, _, _ = stored
    with database.begin():
        run = make_task(Node.by_id(study.nodes[0].id).collaboration).results[0]
        principals.node(study.nodes[0].id)
    with counted() as seen, database.begin():
        body = results.ResultBody(results.TaskStatus.COMPLETED, result="cmVz")
        as_run(results.update(principals.node(study.nodes[0].id), run.id, body))
    assert len(seen.statements) <= 12, seen.statements
    assert seen.commits == 1
