"""Roles: who sees, makes, changes and removes them."""

import pytest
from tests.factories import make_organization, make_role, make_rules, make_user
from vantage6.common.errors import Forbidden, InvalidInput, NotFound
from vantage6.server.model import Role
from vantage6.server.permission.principal import ALL_RULES
from vantage6.server.permission.roles import RESERVED_NAMES
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import role as service
from vantage6.server.service import rule as rule_service
from vantage6.server.service.role import RoleBody, RoleQuery
from vantage6.server.service.rule import RuleQuery
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")
VIEW_TASKS = ("task", Op.VIEW, Scope.ORGANIZATION)
VIEW_ANY_TASK = ("task", Op.VIEW, Scope.GLOBAL)


def rows(statement):
    return list(current_session().scalars(statement))


def keys(role):
    return {rule.key for rule in role.rules}


def id_of(key):
    return make_rules([key])[0].id


@pytest.fixture
def hospital():
    return make_organization()


@pytest.fixture
def root(as_user):
    return as_user(make_user(role="Root"))


@pytest.fixture
def admin(as_user, hospital):
    return as_user(make_user(hospital, role="Organization Admin"))


# --- view -------------------------------------------------------------------------------------


def test_filters_of_the_list(root, hospital):
    shared, own = make_role(name="nurse"), make_role(hospital, [VIEW_TASKS], description="wards")
    user = make_user(hospital, roles=[own])
    for query, expected in (
        (RoleQuery(organization_id=(hospital.id,)), [own]),
        (RoleQuery(organization_id=(hospital.id,), include_root=True), [shared, own]),
        (RoleQuery(organization_id=(hospital.id,), include_root=False), [own]),
        (RoleQuery(include_root=True), [shared, own]),
        (RoleQuery(name=("nur%", "none")), [shared]),
        (RoleQuery(description=("war%",)), [own]),
        (RoleQuery(rule_id=id_of(VIEW_TASKS)), [own]),
        (RoleQuery(user_id=user.id), [own]),
    ):
        assert rows(service.list_(root, query)) == expected


def test_roles_of_the_own_organization_shared_ones_and_held_ones_are_seen(as_user, hospital):
    own, shared, foreign = make_role(hospital), make_role(), make_role(make_organization())
    viewer, nobody = make_user(hospital, role="Viewer"), make_user(roles=[foreign])
    assert rows(service.list_(as_user(viewer), RoleQuery())) == [own, shared]
    assert rows(service.list_(as_user(nobody), RoleQuery())) == [foreign]
    assert service.get(as_user(nobody), foreign.id) is foreign
    with pytest.raises(Forbidden):
        service.get(as_user(viewer), foreign.id)
    with pytest.raises(NotFound):
        service.get(as_user(viewer), 4711)


def test_b14_what_is_listed_can_be_shown_with_its_rules(as_user, hospital):
    shared = make_role(rules=[VIEW_TASKS])
    actor = as_user(make_user(hospital, role="Viewer"))
    assert service.get(actor, shared.id) is shared
    assert [rule.key for rule in rows(service.rules(actor, shared.id))] == [VIEW_TASKS]


def test_roles_of_users_that_one_may_not_see_are_not_found_by_the_user(as_user):
    shared = make_role()
    stranger = make_user(roles=[shared])
    actor = as_user(make_user(role="Viewer"))
    assert rows(service.list_(actor, RoleQuery(user_id=stranger.id))) == []


# --- rules ------------------------------------------------------------------------------------


def test_everybody_looks_up_rules(as_user):
    make_rules([VIEW_TASKS, VIEW_ANY_TASK, ("node", Op.EDIT, Scope.GLOBAL)])
    actor = as_user(make_user())
    for query, expected in (
        (RuleQuery(), 3),
        (RuleQuery(name="task"), 2),
        (RuleQuery(operation=Op.EDIT), 1),
        (RuleQuery(scope=Scope.GLOBAL, name="task"), 1),
        (RuleQuery(name="ta%"), 0),
    ):
        assert len(rows(rule_service.list_(actor, query))) == expected
    assert rule_service.get(actor, id_of(VIEW_TASKS)).key == VIEW_TASKS
    with pytest.raises(NotFound):
        rule_service.get(actor, 4711)


def test_rules_of_a_role_are_seen_by_who_sees_the_role(as_user, root):
    role = make_role(make_organization(), [VIEW_TASKS])
    query = RuleQuery(role_id=role.id)
    assert [rule.key for rule in rows(rule_service.list_(root, query))] == [VIEW_TASKS]
    assert rows(rule_service.list_(as_user(make_user(role="Viewer")), query)) == []


# --- create -----------------------------------------------------------------------------------


def test_a_role_is_made_in_the_organization_of_the_actor(admin):
    made = service.create(admin, RoleBody("nurse", "wards", (id_of(VIEW_TASKS),)))
    assert (made.name, made.description) == ("nurse", "wards")
    assert made.organization_id == admin.organization_id
    assert (keys(made), made.rule_ids, made.user_ids) == ({VIEW_TASKS}, (id_of(VIEW_TASKS),), None)


def test_names_need_not_be_unique_but_are_not_reserved_or_empty(admin):
    service.create(admin, RoleBody("nurse", ""))
    service.create(admin, RoleBody("nurse", ""))
    for name in (None, "", *RESERVED_NAMES):
        with pytest.raises(InvalidInput):
            service.create(admin, RoleBody(name, ""))


def test_only_global_creators_make_roles_elsewhere(root, admin):
    other = make_organization()
    assert service.create(root, RoleBody("r", "", (), other.id)).organization_id == other.id
    with pytest.raises(Forbidden):
        service.create(admin, RoleBody("r", "", (), other.id))


def test_b13_shared_roles_are_made_by_global_creators_who_ask_for_one(root, admin):
    assert service.create(root, RoleBody("r", "", (), shared=True)).organization_id is None
    plain = service.create(root, RoleBody("r", "", (), shared=False))
    assert plain.organization_id == root.organization_id
    with pytest.raises(InvalidInput, match="belongs to no organization"):
        service.create(root, RoleBody("r", "", (), root.organization_id, shared=True))
    with pytest.raises(Forbidden):
        service.create(admin, RoleBody("r", "", (), shared=True))


def test_a_role_holds_only_what_its_maker_holds(admin):
    with pytest.raises(Forbidden, match="lack yourself"):
        service.create(admin, RoleBody("r", "", (id_of(VIEW_ANY_TASK),)))
    with pytest.raises(NotFound):
        service.create(admin, RoleBody("r", "", (4711,)))
    assert Role.get() == []


# --- change -----------------------------------------------------------------------------------


def test_what_is_given_is_changed(admin, hospital):
    role = make_role(hospital, [VIEW_TASKS], name="nurse", description="wards")
    other = ("node", Op.VIEW, Scope.ORGANIZATION)
    changed = service.update(admin, role.id, RoleBody(rules=(id_of(other),)))
    assert (changed.name, changed.description, changed.rule_ids) == (
        *("nurse", "wards"),
        (id_of(other),),
    )
    changed = service.update(admin, role.id, RoleBody("doctor", ""))
    assert (changed.name, changed.description, keys(changed)) == ("doctor", "", {other})


def test_a_reserved_or_empty_name_is_refused(admin, hospital):
    role = make_role(hospital, name="nurse")
    for name in ("", "Root"):
        with pytest.raises(InvalidInput):
            service.update(admin, role.id, RoleBody(name))
    assert service.update(admin, role.id, RoleBody("nurse")).name == "nurse"


def test_s13_rules_that_one_lacks_are_neither_added_nor_taken(admin, hospital):
    weak, strong = make_role(hospital), make_role(hospital, [VIEW_ANY_TASK])
    rule = id_of(VIEW_ANY_TASK)
    for refused in (
        lambda: service.update(admin, weak.id, RoleBody(rules=(rule,))),
        lambda: service.update(admin, strong.id, RoleBody(rules=())),
        lambda: service.delete(admin, strong.id),
        lambda: service.add_rule(admin, weak.id, rule),
    ):
        with pytest.raises(Forbidden, match="lack yourself"):
            refused()
    assert (keys(weak), keys(strong)) == (set(), {VIEW_ANY_TASK})


def changes(actor, role, rule_id):
    yield lambda: service.update(actor, role.id, RoleBody(description="x"))
    yield lambda: service.delete(actor, role.id)
    yield lambda: service.add_rule(actor, role.id, rule_id)
    yield lambda: service.remove_rule(actor, role.id, rule_id)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_s13_default_roles_stay_as_they_are(root, name):
    role = make_role(rules=[VIEW_TASKS], name=name)
    for change in changes(root, role, id_of(VIEW_TASKS)):
        with pytest.raises(InvalidInput, match="same on every server"):
            change()


def test_roles_of_others_and_shared_ones_are_changed_by_global_editors_only(root, admin):
    for role in (make_role(make_organization(), [VIEW_TASKS]), make_role(rules=[VIEW_TASKS])):
        for change in changes(admin, role, id_of(VIEW_TASKS)):
            with pytest.raises(Forbidden):
                change()
        assert service.update(root, role.id, RoleBody("new")).name == "new"


def test_one_rule_is_added_and_b5_taken(as_user, hospital):
    rights = {("role", op, Scope.ORGANIZATION) for op in Op}
    actor = as_user(make_user(hospital, rules=[*rights, VIEW_TASKS, VIEW_ANY_TASK]))
    role, rule_id = make_role(hospital, [VIEW_TASKS]), id_of(VIEW_ANY_TASK)
    service.add_rule(actor, role.id, rule_id)
    service.add_rule(actor, role.id, rule_id)
    assert keys(role) == {VIEW_TASKS, VIEW_ANY_TASK}
    service.remove_rule(actor, role.id, rule_id)
    current_session().expire(role)
    assert keys(role) == {VIEW_TASKS}
    for missing in (rule_id, 4711):
        with pytest.raises(NotFound):
            service.remove_rule(actor, role.id, missing)


def test_a_role_is_deleted_and_its_users_lose_it(admin, hospital):
    role = make_role(hospital, [VIEW_TASKS])
    user = make_user(hospital, roles=[role])
    service.delete(admin, role.id)
    current_session().expire_all()
    assert (Role.get(role.id), user.roles) == (None, [])


def test_the_role_of_the_last_who_may_do_everything_stays_whole(as_user, hospital):
    role = make_role(hospital, ALL_RULES, name="super")
    actor = as_user(make_user(hospital, roles=[role]))
    for taking in (
        lambda: service.update(actor, role.id, RoleBody(rules=())),
        lambda: service.delete(actor, role.id),
        lambda: service.remove_rule(actor, role.id, id_of(VIEW_TASKS)),
    ):
        with pytest.raises(InvalidInput, match="nobody would be left"):
            taking()
    assert keys(role) == ALL_RULES
