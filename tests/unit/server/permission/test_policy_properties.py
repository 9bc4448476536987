"""For any users, collaborations and rules: a list shows exactly what a single check lets pass."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import (
    make_collaboration,
    make_node,
    make_organization,
    make_port,
    make_role,
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
    Task,
    User,
)
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.rules import RULES, Op
from vantage6.server.service import principals
from vantage6.server.session import current_session

QUESTIONS = (
    ("organization", Organization),
    ("collaboration", Collaboration),
    ("node", Node),
    ("task", Task),
    ("result", Result),
    ("port", Port),
    ("user", User),
    ("role", Role),
    ("event", Task),
    ("event", Node),
)
MEMBERS = st.lists(st.sets(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=3)
GRANTED = st.sets(st.sampled_from([rule.key for rule in RULES]), max_size=12)

FEW = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Undo(Exception):
    """Ends an example without storing anything."""


def build(memberships):
    organizations = [make_organization() for _ in range(4)]
    for members in memberships:
        chosen = [organizations[index] for index in sorted(members)]
        collaboration = make_collaboration(chosen)
        for organization in chosen:
            make_node(organization, collaboration)
        make_port(make_task(collaboration).results[0])
    for organization in organizations:
        make_user(organization)
        make_role(organization)
    make_role()
    return organizations


def permitted(actor, name, op, row):
    try:
        require(actor, name, op, on=row)
    except Forbidden:
        return False
    return True


def listed(actor, name, op, model):
    try:
        return set(current_session().scalars(visible(actor, name, op, model)))
    except Forbidden:
        return set()


def check(actor):
    for name, model in QUESTIONS:
        for op in Op:
            rows = set(model.get())
            single = {row for row in rows if permitted(actor, name, op, row)}
            assert listed(actor, name, op, model) == single, (name, op)


@FEW
@given(memberships=MEMBERS, granted=GRANTED)
def test_list_and_single_check_agree(database, memberships, granted):
    with pytest.raises(Undo), database.begin():
        organizations = build(memberships)
        check(principals.user(make_user(organizations[0], rules=granted).id))
        check(principals.node(Node.get()[0].id))
        raise Undo


@FEW
@given(memberships=MEMBERS, granted=GRANTED)
def test_without_a_global_rule_nobody_reads_outside_the_own_collaborations(
    database, memberships, granted
):
    with pytest.raises(Undo), database.begin():
        organizations = build(memberships)
        own = {key for key in granted if key[2].value != "global"}
        actor = principals.user(make_user(organizations[0], rules=own).id)
        for task in listed(actor, "task", Op.VIEW, Task):
            assert task.collaboration_id in actor.collaboration_ids
        for result in listed(actor, "result", Op.VIEW, Result):
            assert result.task.collaboration_id in actor.collaboration_ids
        for user in listed(actor, "user", Op.VIEW, User):
            assert user.organization_id == actor.organization_id
        raise Undo
