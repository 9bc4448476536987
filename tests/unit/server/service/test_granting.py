"""Granting: nobody gives what they lack, and somebody always may do everything."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories import (
    PASSWORD_HASH,
    make_organization,
    make_role,
    make_rules,
    make_user,
)
from vantage6.common.errors import Forbidden, InvalidInput, NotFound, V6Error
from vantage6.server.model import Role, User
from vantage6.server.permission.principal import ALL_RULES
from vantage6.server.permission.rules import RULES, Op, Scope
from vantage6.server.service import granting, principals
from vantage6.server.service import role as roles
from vantage6.server.service import user as users
from vantage6.server.service.role import RoleBody
from vantage6.server.service.user import UserBody
from vantage6.server.session import current_session

VIEW_TASKS = ("task", Op.VIEW, Scope.ORGANIZATION)


# --- the last one who may do everything -------------------------------------------------------


@pytest.mark.usefixtures("unit")
def test_the_last_user_who_may_do_everything_stays():
    root = make_user(role="Root")
    with pytest.raises(InvalidInput, match="nobody would be left"):
        granting.require_one_almighty(without_user=root)
    make_user(role="Root")
    granting.require_one_almighty(without_user=root)


@pytest.mark.usefixtures("unit")
def test_a_role_counts_with_the_extra_rules_of_its_users():
    extra, *rest = ALL_RULES
    role = make_role(rules=rest)
    make_user(rules=[extra], roles=[role])
    with pytest.raises(InvalidInput):
        granting.require_one_almighty(without_role=role)
    make_user(role="Root")
    granting.require_one_almighty(without_role=role)


@pytest.mark.usefixtures("unit")
def test_where_nobody_may_do_everything_nothing_is_refused():
    granting.require_one_almighty(without_user=make_user(role="Researcher"))


# --- whatever is tried, rights never grow ------------------------------------------------------

KEYS = st.sets(st.sampled_from([rule.key for rule in RULES]), max_size=8)
ADMINISTRATION = [rule.key for rule in RULES if rule.name in ("user", "role")]


class Undo(Exception):
    """Ends an example without storing anything."""


def attempts(actor, organization, target, role, ids):
    """Every way to give somebody the rules with `ids`."""
    account = UserBody("new", "a", "b", "Correct-Horse-1", "n@b.org", organization.id)
    names = (account.username, account.firstname, account.lastname, account.password)
    direct = UserBody(*names, "r@b.org", organization.id, rules=ids)
    through = UserBody(*names, "s@b.org", organization.id, roles=(role.id,))
    yield lambda: users.create(actor, direct, lambda _: PASSWORD_HASH)
    yield lambda: users.create(actor, through, lambda _: PASSWORD_HASH)
    yield lambda: users.update(actor, target.id, UserBody(rules=ids))
    yield lambda: users.update(actor, target.id, UserBody(roles=(role.id,)))
    yield lambda: users.update(actor, actor.id, UserBody(rules=ids))
    yield lambda: roles.create(actor, RoleBody("r", "", ids, organization.id))
    yield lambda: roles.create(actor, RoleBody("r", "", ids, shared=True))
    yield lambda: roles.update(actor, role.id, RoleBody(rules=ids))
    for id_ in ids:
        yield lambda id_=id_: roles.add_rule(actor, role.id, id_)


def held_by_others(actor):
    """Rules by user and by role, but for the actor."""
    current_session().flush()
    people = {
        ("user", user.id): principals.rules_of(user.id)
        for user in User.get()
        if user.id != actor.id
    }
    return people | {("role", r.id): frozenset(rule.key for rule in r.rules) for r in Role.get()}


@settings(
    max_examples=8,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(own=KEYS, wanted=KEYS, of_target=KEYS, of_role=KEYS, is_elsewhere=st.booleans())
def test_nobody_gives_or_takes_what_they_lack(
    database, own, wanted, of_target, of_role, is_elsewhere
):
    with pytest.raises(Undo), database.begin():
        home = make_organization()
        place = make_organization() if is_elsewhere else home
        actor = principals.user(make_user(home, rules={*own, *ADMINISTRATION}).id)
        target, role = make_user(place, rules=of_target), make_role(place, of_role)
        ids = tuple(rule.id for rule in make_rules(tuple(wanted)))
        for attempt in attempts(actor, place, target, role, ids):
            before = held_by_others(actor)
            try:
                attempt()
            except V6Error:
                assert held_by_others(actor) == before
            for key, rules in held_by_others(actor).items():
                assert rules ^ before.get(key, frozenset()) <= actor.rules, key
        assert principals.rules_of(actor.id) == actor.rules
        raise Undo


# --- what is asked for ------------------------------------------------------------------------


@pytest.mark.usefixtures("unit")
def test_roles_and_rules_that_do_not_exist_are_named():
    rule, role = make_rules([VIEW_TASKS])[0], make_role()
    assert granting.existing_rules([rule.id, rule.id]) == [rule]
    assert granting.existing_roles([role.id]) == [role]
    with pytest.raises(NotFound, match="rule 4711"):
        granting.existing_rules([rule.id, 4711])
    with pytest.raises(NotFound, match="role 4711, 4712"):
        granting.existing_roles([role.id, 4712, 4711])


@pytest.mark.usefixtures("unit")
def test_who_may_create_only_at_home_does_not_learn_which_organizations_exist(as_user):
    actor = as_user(make_user(role="Organization Admin"))
    for id_ in (make_organization().id, 4711):
        with pytest.raises(Forbidden):
            granting.owner(actor, "user", id_)
    assert granting.owner(actor, "user", None).id == actor.organization_id
    root = as_user(make_user(role="Root"))
    with pytest.raises(NotFound):
        granting.owner(root, "user", 4711)


@pytest.mark.usefixtures("unit")
@pytest.mark.parametrize("name", ["node", "container"])
def test_machine_roles_fit_no_user(name):
    shared, own = make_role(name=name), make_role(make_organization(), name=name)
    with pytest.raises(InvalidInput, match="for programs"):
        granting.require_fitting([shared], own.organization_id)
    granting.require_fitting([own], own.organization_id)
    with pytest.raises(Forbidden, match="another organization"):
        granting.require_fitting([own], own.organization_id + 1)


@pytest.mark.usefixtures("unit")
def test_require_held_looks_into_roles(as_user):
    actor = as_user(make_user(rules=[VIEW_TASKS]))
    granting.require_held(actor, roles=[make_role(rules=[VIEW_TASKS])], rules=[])
    stronger = make_role(rules=[VIEW_TASKS, ("task", Op.VIEW, Scope.GLOBAL)])
    with pytest.raises(Forbidden):
        granting.require_held(actor, roles=[stronger], rules=[])
