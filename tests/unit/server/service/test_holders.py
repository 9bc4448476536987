"""Links from roles and rules name only those users whom the asker may see."""

import pytest
from tests.factories import make_organization, make_role, make_user
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import role as roles
from vantage6.server.service import rule as rules
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")
VIEW_TASKS = ("task", Op.VIEW, Scope.ORGANIZATION)
VIEW_USERS = ("user", Op.VIEW, Scope.ORGANIZATION)
VIEW_ROLES = ("role", Op.VIEW, Scope.GLOBAL)
VIEW_ALL_USERS = ("user", Op.VIEW, Scope.GLOBAL)


class Holders:
    """A shared role and a rule that somebody here and somebody elsewhere have."""

    def __init__(self):
        self.role = make_role(rules=[VIEW_TASKS])
        self.home = make_organization()
        make = lambda organization, *rules: make_user(  # noqa: E731
            organization, rules=[VIEW_TASKS, VIEW_ROLES, *rules], roles=[self.role]
        )
        self.nurse, self.stranger = make(self.home), make(None)
        self.colleague = make(self.home, VIEW_USERS)
        self.almighty = make(None, VIEW_ALL_USERS)
        self.rule = next(rule for rule in self.nurse.rules if rule.key == VIEW_TASKS)
        current_session().expunge_all()


@pytest.fixture
def holders():
    return Holders()


def seen_by(actor, holders):
    """Ids in the links of the role and the rule, alone and in lists."""
    listed = current_session().scalars(roles.list_(actor, roles.RoleQuery()))
    found = [{role.id: role.user_ids for role in listed}[holders.role.id]]
    current_session().expunge_all()
    found.append(roles.get(actor, holders.role.id).user_ids)
    listed = current_session().scalars(rules.list_(actor, rules.RuleQuery()))
    found.append({rule.id: rule.user_ids for rule in listed}[holders.rule.id])
    current_session().expunge_all()
    found.append(rules.get(actor, holders.rule.id).user_ids)
    return found


def test_who_may_see_no_users_sees_only_that_they_have_it_themselves(holders, as_user):
    assert seen_by(as_user(holders.nurse), holders) == [(holders.nurse.id,)] * 4


def test_who_may_see_colleagues_sees_which_of_them_have_it(holders, as_user):
    expected = tuple(sorted((holders.nurse.id, holders.colleague.id)))

    assert seen_by(as_user(holders.colleague), holders) == [expected] * 4


def test_who_may_see_everybody_sees_all_who_have_it(holders, as_user):
    everybody = (holders.nurse, holders.stranger, holders.colleague, holders.almighty)

    assert (
        seen_by(as_user(holders.almighty), holders)
        == [tuple(sorted(user.id for user in everybody))] * 4
    )


def test_a_changed_role_does_not_tell_more(holders, as_user):
    editor = make_user(holders.home, rules=[("role", Op.EDIT, Scope.GLOBAL), VIEW_TASKS])

    changed = roles.update(as_user(editor), holders.role.id, roles.RoleBody(name="new"))

    assert (changed.name, changed.user_ids) == ("new", ())
