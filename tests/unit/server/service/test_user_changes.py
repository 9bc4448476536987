"""Users: who makes, changes and removes them, and what they can be given."""

import pytest
from sqlalchemy import func, select
from tests.factories import (
    make_organization,
    make_role,
    make_rules,
    make_study,
    make_task,
    make_user,
)
from vantage6.common.errors import Conflict, Forbidden, InvalidInput, NotFound
from vantage6.server.config import PasswordPolicy
from vantage6.server.model import Authenticatable, Task, User, UserRole, UserRule
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import user as users
from vantage6.server.service.letters import Letters
from vantage6.server.service.limiter import Limiter
from vantage6.server.service.user import UserBody, delete, update
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")
STRONG = "Correct-Horse-1"
VIEW_TASKS = ("task", Op.VIEW, Scope.ORGANIZATION)
VIEW_ANY_TASK = ("task", Op.VIEW, Scope.GLOBAL)


def body(**changes):
    plain = {
        "username": "ann",
        "firstname": "Ann",
        "lastname": "Lee",
        "password": STRONG,
        "email": "ann@hospital.example",
    }
    return UserBody(**(plain | changes))


def create(actor, values):
    return users.create(actor, values, Limiter(PasswordPolicy(), Letters("help@a.example")).hash)


def count(table):
    return current_session().scalar(select(func.count()).select_from(table))


@pytest.fixture
def hospital():
    return make_organization()


@pytest.fixture
def root(as_user):
    return as_user(make_user(role="Root"))


@pytest.fixture
def admin(as_user, hospital):
    return as_user(make_user(hospital, role="Organization Admin"))


# --- create -----------------------------------------------------------------------------------


def test_a_user_is_made_in_the_organization_of_the_actor(admin):
    rule = make_rules([VIEW_TASKS])[0]
    role = make_role(rules=[VIEW_TASKS])
    made = create(admin, body(roles=(role.id,), rules=(rule.id,)))
    assert made.organization_id == admin.organization_id
    assert (made.role_ids, made.rule_ids) == ((role.id,), (rule.id,))
    assert made.check_password(STRONG)
    assert made.otp_secret is None


def test_nothing_is_held_while_the_password_of_a_new_user_is_hashed(database, admin):
    held = []

    def hash_elsewhere(work):
        held.append(database.engine.pool.checkedout())
        return work()

    limiter = Limiter(PasswordPolicy(), Letters("help@a.example"), hash_elsewhere)
    made = users.create(admin, body(), limiter.hash)

    assert held == [0]
    assert made.check_password(STRONG)


def test_names_of_roles_are_sorted(admin, hospital):
    both = [make_role(hospital, name=name) for name in ("b", "a")]
    assert users.role_names(make_user(hospital, roles=both).id) == ["a", "b"]
    assert users.role_names(make_user(hospital).id) == []


def test_only_global_creators_make_users_elsewhere(root, admin):
    other = make_organization()
    assert create(root, body(organization_id=other.id)).organization_id == other.id
    with pytest.raises(Forbidden):
        create(admin, body(username="b", email="b@b.org", organization_id=other.id))


def test_without_the_permission_nothing_is_learned_about_names(as_user, hospital):
    make_user(username="ann")
    viewer = as_user(make_user(hospital, role="Viewer"))
    with pytest.raises(Forbidden):
        create(viewer, body())


@pytest.mark.parametrize("username", ["", "13", "1ann", "-ann", " ann", "ann ", "a\nb", "@ann"])
def test_cve_2023_28635_user_names_start_with_a_letter(admin, username):
    with pytest.raises(InvalidInput, match="letter"):
        create(admin, body(username=username))


@pytest.mark.parametrize("email", ["", "ann", "a b@c.org", "a@b@c", "a@b.org\nBcc: x@y.org"])
def test_mail_addresses_are_addresses(admin, email):
    with pytest.raises(InvalidInput, match="address"):
        create(admin, body(email=email))


@pytest.mark.parametrize("password", [None, "short", "no-digits-And", "NoSpecial1"])
def test_weak_passwords_are_refused(admin, password):
    with pytest.raises(InvalidInput, match="password"):
        create(admin, body(password=password))


def test_names_and_addresses_are_there_once(admin):
    make_user(username="ann", email="taken@b.org")
    with pytest.raises(Conflict, match="user 'ann'"):
        create(admin, body())
    with pytest.raises(Conflict, match="mail address"):
        create(admin, body(username="bob", email="taken@b.org"))


def test_nobody_gives_what_they_lack(admin):
    rule, role = make_rules([VIEW_ANY_TASK])[0], make_role(rules=[VIEW_ANY_TASK])
    for wanted in ({"roles": (role.id,)}, {"rules": (rule.id,)}):
        with pytest.raises(Forbidden, match="lack yourself"):
            create(admin, body(**wanted))
    assert User.find("ann") is None


def test_roles_of_other_organizations_and_of_programs_are_refused(root):
    foreign, machine = make_role(make_organization()), make_role(name="node")
    with pytest.raises(Forbidden, match="another organization"):
        create(root, body(roles=(foreign.id,)))
    with pytest.raises(InvalidInput, match="for programs"):
        create(root, body(roles=(machine.id,)))
    with pytest.raises(NotFound):
        create(root, body(roles=(4711,)))


# --- change -----------------------------------------------------------------------------------


def test_what_is_given_is_changed(admin, hospital):
    user = make_user(hospital, firstname="A", lastname="B", email="a@b.org")
    changed = update(admin, user.id, UserBody(firstname="Ann", email="ann@b.org"))
    assert (changed.firstname, changed.lastname, changed.email) == ("Ann", "B", "ann@b.org")


def test_cve_2023_22738_the_organization_of_a_user_never_changes(root, hospital):
    user = make_user(hospital)
    update(root, user.id, UserBody(organization_id=make_organization().id, firstname="A"))
    assert user.organization_id == hospital.id


def test_people_edit_themselves_and_only_within_their_permission(as_user, hospital):
    own, other = make_user(hospital, role="Viewer"), make_user(hospital)
    actor = as_user(own)
    update(actor, own.id, UserBody(username="new", email="new@b.org", lastname=""))
    assert (own.username, own.email, own.lastname) == ("new", "new@b.org", "")
    for id_ in (other.id, make_user().id):
        with pytest.raises(Forbidden):
            update(actor, id_, UserBody(firstname="x"))
    with pytest.raises(NotFound):
        update(actor, 4711, UserBody(firstname="x"))


def test_only_users_change_their_user_name(root, hospital):
    user = make_user(hospital, username="13")
    update(root, user.id, UserBody(username="13"))
    with pytest.raises(InvalidInput, match="only the user"):
        update(root, user.id, UserBody(username="thirteen"))


def test_names_and_addresses_stay_unique_and_never_empty(root):
    user, own = make_user(username="ann", email="ann@b.org"), User.by_id(root.id)
    for wrong in (UserBody(username=user.username), UserBody(email=user.email)):
        with pytest.raises(Conflict):
            update(root, own.id, wrong)
    for empty in (UserBody(username=""), UserBody(email="")):
        with pytest.raises(InvalidInput):
            update(root, own.id, empty)


def test_a_password_is_not_changed_here(root):
    with pytest.raises(InvalidInput, match="/password/change"):
        update(root, make_user().id, UserBody(password=STRONG))
    update(root, make_user().id, UserBody(password="", firstname="A"))


def test_s6_the_mail_address_of_who_may_do_more_stays(as_user, admin, hospital):
    stronger = make_user(hospital, role="Collaboration Admin", email="boss@b.org")
    with pytest.raises(Forbidden, match="may do more"):
        update(admin, stronger.id, UserBody(email="mine@b.org"))
    update(admin, stronger.id, UserBody(firstname="Boss", email="boss@b.org"))
    assert (stronger.firstname, stronger.email) == ("Boss", "boss@b.org")


def test_rights_are_given_and_taken(admin, hospital):
    user = make_user(hospital, rules=[VIEW_TASKS])
    role = make_role(hospital, [VIEW_TASKS])
    changed = update(admin, user.id, UserBody(roles=(role.id,), rules=()))
    assert (changed.role_ids, changed.rule_ids) == ((role.id,), ())
    assert update(admin, user.id, UserBody(roles=())).role_ids == ()


def test_nobody_changes_their_own_rights(root):
    for own in (UserBody(roles=()), UserBody(rules=())):
        with pytest.raises(Forbidden, match="their own"):
            update(root, root.id, own)


def test_rights_that_one_lacks_are_neither_given_nor_taken(admin, hospital):
    weak, strong = make_user(hospital), make_user(hospital, rules=[VIEW_ANY_TASK])
    role, rule = make_role(rules=[VIEW_ANY_TASK]), make_rules([VIEW_ANY_TASK])[0]
    for user, change in (
        (weak, UserBody(roles=(role.id,))),
        (weak, UserBody(rules=(rule.id,))),
        (strong, UserBody(rules=())),
        (strong, UserBody(roles=())),
    ):
        with pytest.raises(Forbidden):
            update(admin, user.id, change)
    assert (weak.role_ids, weak.rule_ids, strong.rule_ids) == ((), (), (rule.id,))


def test_s13_roles_of_programs_and_of_others_are_not_given_but_can_be_taken(root, hospital):
    machine, foreign = make_role(name="container"), make_role(make_organization())
    user = make_user(hospital)
    for role, error in ((machine, InvalidInput), (foreign, Forbidden)):
        with pytest.raises(error):
            update(root, user.id, UserBody(roles=(role.id,)))
    user.roles = [machine]
    update(root, user.id, UserBody(roles=(machine.id,)))
    assert update(root, user.id, UserBody(roles=())).role_ids == ()


def test_a_refused_change_changes_nothing(root, hospital):
    user = make_user(hospital, firstname="A")
    role = make_role(hospital)
    with pytest.raises(InvalidInput):
        update(root, user.id, UserBody(firstname="B", roles=(role.id,), email="none"))
    assert (user.firstname, user.roles) == ("A", [])


# --- delete -----------------------------------------------------------------------------------


def test_a_user_goes_without_leaving_anything_but_the_tasks(root):
    study = make_study(1)
    user = make_user(study.first, rules=[VIEW_TASKS], roles=[make_role()])
    task = make_task(study.collaboration, init_user_id=user.id)
    before = count(UserRule)
    delete(root, user.id)
    current_session().expire_all()
    assert Task.by_id(task.id).init_user_id is None
    assert current_session().get(Authenticatable, user.id) is None
    assert (count(UserRole), count(UserRule)) == (0, before - 1)


def test_users_delete_themselves_and_admins_their_equals(as_user, admin, hospital):
    viewer, colleague = make_user(hospital, role="Viewer"), make_user(hospital, role="Viewer")
    with pytest.raises(Forbidden):
        delete(as_user(viewer), colleague.id)
    delete(as_user(viewer), viewer.id)
    delete(admin, colleague.id)
    assert User.get(colleague.id) is None


def test_s6_who_may_do_more_is_not_deleted(admin, hospital):
    stronger = make_user(hospital, role="Root")
    with pytest.raises(Forbidden, match="may do more"):
        delete(admin, stronger.id)
    with pytest.raises(Forbidden):
        delete(admin, make_user().id)
    with pytest.raises(NotFound):
        delete(admin, 4711)


def test_the_last_user_who_may_do_everything_is_not_deleted(root):
    with pytest.raises(InvalidInput, match="nobody would be left"):
        delete(root, root.id)
    second = make_user(role="Root")
    delete(root, second.id)
    assert User.get(root.id) is not None
