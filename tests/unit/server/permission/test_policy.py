"""Lists and single checks agree, and nobody sees what they may not."""

import pytest
from sqlalchemy import select
from tests.factories import (
    make_collaboration,
    make_node,
    make_organization,
    make_port,
    make_role,
    make_rules,
    make_study,
    make_task,
    make_user,
)
from vantage6.common.errors import Forbidden
from vantage6.server.model import (
    Collaboration,
    Node,
    Organization,
    Port,
    Result,
    Role,
    Rule,
    Task,
    User,
)
from vantage6.server.permission.policy import (
    allowed,
    grantable,
    require,
    require_global,
    visible,
)
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")

ORG, COL, GLO, OWN = Scope.ORGANIZATION, Scope.COLLABORATION, Scope.GLOBAL, Scope.OWN


def seen(actor, name, model, op=Op.VIEW):
    return set(current_session().scalars(visible(actor, name, op, model)))


@pytest.fixture
def neighbours():
    """A studies with B, and B with C in another collaboration."""
    a, b, c = make_organization(), make_organization(), make_organization()
    ours, theirs = make_collaboration([a, b]), make_collaboration([b, c])
    return a, b, c, ours, theirs


def test_gate_is_closed_without_any_scope(as_user):
    actor = as_user(make_user(rules=[("task", Op.VIEW, ORG)]))
    assert allowed(actor, "task", Op.VIEW)
    assert not allowed(actor, "task", Op.CREATE)
    with pytest.raises(Forbidden, match="create these tasks"):
        visible(actor, "task", Op.CREATE, Task)


@pytest.mark.parametrize(
    ("scopes", "names"), [({GLO}, "abc"), ({COL}, "ab"), ({ORG}, "a"), ({ORG, COL}, "ab")]
)
def test_organizations_by_scope(neighbours, as_user, scopes, names):
    a, b, c, *_ = neighbours
    user = make_user(a, rules=[("organization", Op.VIEW, scope) for scope in scopes])
    wanted = {name: row for name, row in zip("abc", (a, b, c), strict=True) if name in names}
    assert seen(as_user(user), "organization", Organization) == set(wanted.values())


def test_collaborations_are_those_of_the_own_organization(neighbours, as_user):
    a, _b, _c, ours, _theirs = neighbours
    user = make_user(a, rules=[("collaboration", Op.VIEW, ORG)])
    assert seen(as_user(user), "collaboration", Collaboration) == {ours}


def test_no_cross_collaboration_read_of_tasks_results_and_ports(neighbours, as_user):
    a, _b, _c, ours, theirs = neighbours
    mine, foreign = make_task(ours), make_task(theirs)
    my_port = make_port(mine.results[0])
    make_port(foreign.results[0])
    keys = [(name, Op.VIEW, ORG) for name in ("task", "result", "port")]
    actor = as_user(make_user(a, rules=keys))
    assert seen(actor, "task", Task) == {mine}
    assert seen(actor, "result", Result) == set(mine.results)
    assert seen(actor, "port", Port) == {my_port}


def test_port_list_does_not_leak_ports_without_the_rule(neighbours, as_user):
    a, _b, _c, ours, _theirs = neighbours
    port = make_port(make_task(ours).results[0])
    actor = as_user(make_user(a, rules=[("task", Op.VIEW, GLO)]))
    with pytest.raises(Forbidden):
        require(actor, "port", Op.VIEW, on=port)


def test_global_scope_sees_everything(neighbours, as_user):
    *_, ours, theirs = neighbours
    tasks = {make_task(ours), make_task(theirs)}
    actor = as_user(make_user(rules=[("task", Op.VIEW, GLO)]))
    assert seen(actor, "task", Task) == tasks
    for task in tasks:
        require(actor, "task", Op.VIEW, on=task)


def test_users_see_themselves_without_any_rule(as_user):
    user = make_user()
    other = make_user(user.organization)
    actor = as_user(user)
    assert seen(actor, "user", User) == {user}
    with pytest.raises(Forbidden):
        require(actor, "user", Op.VIEW, on=other)


def test_own_scope_of_users_is_oneself_and_nobody_else(as_user):
    user = make_user(rules=[("user", Op.EDIT, OWN)])
    make_user(user.organization)
    assert seen(as_user(user), "user", User, Op.EDIT) == {user}


def test_users_of_the_organization(as_user):
    user = make_user(rules=[("user", Op.VIEW, ORG)])
    colleague, _stranger = make_user(user.organization), make_user()
    assert seen(as_user(user), "user", User) == {user, colleague}


def test_roles_own_shared_and_held(as_user):
    user = make_user(rules=[("role", Op.VIEW, ORG), ("role", Op.EDIT, ORG)])
    own, shared = make_role(user.organization), make_role()
    make_role(make_organization())
    assert seen(as_user(user), "role", Role) == {own, shared}
    assert seen(as_user(user), "role", Role, Op.EDIT) == {own}


def test_roles_that_one_holds_are_seen_without_a_rule(as_user):
    user = make_user()
    held, _other = make_role(make_organization()), make_role(user.organization)
    user.roles.append(held)
    user.save()
    assert seen(as_user(user), "role", Role) == {held}


def test_every_user_sees_every_rule(as_user):
    rules = make_rules([("task", Op.VIEW, ORG), ("node", Op.VIEW, ORG)])
    assert seen(as_user(make_user()), "rule", Rule) == set(rules)


def test_container_sees_only_the_collaboration_of_its_token(neighbours, as_container):
    _a, b, _c, ours, theirs = neighbours
    make_node(b, ours)
    make_node(b, theirs)
    task = make_task(ours, [b])
    foreign = make_task(theirs, [b])
    actor = as_container(task.results[0])
    assert seen(actor, "collaboration", Collaboration) == {ours}
    assert seen(actor, "task", Task) == {task}
    with pytest.raises(Forbidden):
        require(actor, "result", Op.VIEW, on=foreign.results[0])


def test_container_sees_no_task_and_no_result_of_other_trees(neighbours, as_container):
    _a, b, _c, ours, _theirs = neighbours
    make_node(b, ours)
    own, other = (make_task(ours, [b], run_id=number) for number in (1, 2))
    child = make_task(ours, [b], parent_id=own.id, run_id=own.run_id)
    actor = as_container(own.results[0])
    assert seen(actor, "task", Task) == {own, child}
    assert seen(actor, "result", Result) == {own.results[0], child.results[0]}
    with pytest.raises(Forbidden):
        require(actor, "result", Op.VIEW, on=other)
    with pytest.raises(Forbidden):
        require(actor, "result", Op.VIEW, on=other.results[0])


def test_container_and_node_see_the_nodes_of_their_organization_in_their_collaboration(
    neighbours, as_node, as_container
):
    _a, b, _c, ours, theirs = neighbours
    own, _elsewhere = make_node(b, ours), make_node(b, theirs)
    run = make_task(ours, [b]).results[0]
    assert seen(as_node(own), "node", Node) == {own}
    assert seen(as_container(run), "node", Node) == {own}


def test_node_edits_itself_and_no_other_node(neighbours, as_node):
    _a, b, _c, ours, theirs = neighbours
    own, other = make_node(b, ours), make_node(b, theirs)
    require(as_node(own), "node", Op.EDIT, on=own)
    with pytest.raises(Forbidden):
        require(as_node(own), "node", Op.EDIT, on=other)


def test_user_edits_every_node_of_the_organization(neighbours, as_user):
    _a, b, _c, ours, theirs = neighbours
    nodes = {make_node(b, ours), make_node(b, theirs)}
    actor = as_user(make_user(b, rules=[("node", Op.EDIT, ORG)]))
    assert seen(actor, "node", Node, Op.EDIT) == nodes


def test_node_reports_only_on_its_own_runs_in_its_own_collaboration(neighbours, as_node):
    _a, b, _c, ours, theirs = neighbours
    node = make_node(b, ours)
    make_node(b, theirs)
    task, foreign = make_task(ours), make_task(theirs, [b])
    mine = next(run for run in task.results if run.organization_id == b.id)
    assert seen(as_node(node), "result", Result, Op.EDIT) == {mine}
    with pytest.raises(Forbidden):
        require(as_node(node), "result", Op.EDIT, on=foreign.results[0])


def test_users_never_report_on_runs(as_user):
    study = make_study()
    actor = as_user(make_user(study.first, role="Root"))
    with pytest.raises(Forbidden):
        require(actor, "result", Op.EDIT, on=make_task(study.collaboration).results[0])


def test_killing_is_asked_for_under_the_name_of_events(neighbours, as_user):
    a, b, _c, ours, theirs = neighbours
    node = make_node(b, ours)
    task, foreign = make_task(ours), make_task(theirs)
    actor = as_user(make_user(a, rules=[("event", Op.CREATE, COL)]))
    require(actor, "event", Op.CREATE, on=task)
    require(actor, "event", Op.CREATE, on=node)
    with pytest.raises(Forbidden):
        require(actor, "event", Op.CREATE, on=foreign)


def test_scopes_are_not_nested(as_user):
    study = make_study()
    actor = as_user(make_user(study.first, rules=[("task", Op.VIEW, GLO)]))
    assert actor.scopes("task", Op.VIEW) == {GLO}
    with pytest.raises(Forbidden):
        grantable(actor, [("task", Op.VIEW, ORG)])


def test_nobody_gives_what_they_lack(as_user):
    actor = as_user(make_user(role="Researcher"))
    grantable(actor, [("task", Op.CREATE, ORG), ("task", Op.VIEW, ORG)])
    with pytest.raises(Forbidden, match="task"):
        grantable(actor, [("task", Op.CREATE, ORG), ("task", Op.CREATE, GLO)])


def test_what_belongs_to_nothing_needs_the_global_rule(as_user):
    require_global(
        as_user(make_user(rules=[("organization", Op.CREATE, GLO)])), "organization", Op.CREATE
    )
    with pytest.raises(Forbidden):
        require_global(as_user(make_user(rules=[("node", Op.CREATE, ORG)])), "node", Op.CREATE)


def test_removed_rule_is_gone_at_the_next_request(as_user):
    user = make_user(rules=[("task", Op.VIEW, GLO)])
    user.rules.clear()
    user.save()
    assert as_user(user).rules == frozenset()
    assert current_session().scalars(select(Rule)).all()


def test_a_scope_that_means_nothing_for_a_table_opens_nothing(as_user):
    study = make_study()
    make_task(study.collaboration)
    actor = as_user(make_user(study.first, rules=[("event", Op.VIEW, COL)]))
    assert seen(actor, "event", Result) == set()
