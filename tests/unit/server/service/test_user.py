"""Users: who sees them."""

from datetime import timedelta

import pytest
from tests.factories import make_role, make_user
from vantage6.common.errors import Forbidden, NotFound
from vantage6.server.model.base import now
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service.user import UserQuery, get, list_
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")


@pytest.fixture
def root(as_user):
    return as_user(make_user(role="Root", username="root", last_seen=now()))


@pytest.fixture
def doctor():
    role = make_role()
    return make_user(
        username="doctor",
        firstname="Ann",
        lastname="Lee",
        email="ann@hospital.example",
        last_seen=now() - timedelta(days=2),
        roles=[role],
        rules=[("task", Op.VIEW, Scope.GLOBAL)],
    )


def test_filters_of_the_list(root, doctor):
    day = timedelta(days=1)
    for query in (
        UserQuery(username="doc%"),
        UserQuery(firstname="A%"),
        UserQuery(lastname="L__"),
        UserQuery(email="%hospital%"),
        UserQuery(organization_id=doctor.organization_id),
        UserQuery(role_id=doctor.roles[0].id),
        UserQuery(rule_id=doctor.rules[0].id, username="doc%"),
        UserQuery(last_seen_from=now() - 3 * day, last_seen_till=now() - day),
    ):
        assert list(current_session().scalars(list_(root, query))) == [doctor]


def test_links_are_ids(root, doctor):
    found = get(root, doctor.id)
    assert found.role_ids == (doctor.roles[0].id,)
    assert found.rule_ids == (doctor.rules[0].id,)


def test_users_see_themselves_and_not_others(as_user, doctor):
    stranger = make_user()
    assert get(as_user(stranger), stranger.id) is stranger
    with pytest.raises(Forbidden):
        get(as_user(stranger), doctor.id)
    with pytest.raises(NotFound):
        get(as_user(stranger), 4711)


@pytest.mark.parametrize(
    ("seen", "status"),
    [(None, None), (timedelta(seconds=1), "online"), (timedelta(minutes=3), "offline")],
)
def test_status_is_derived_from_when_the_user_was_seen(seen, status):
    assert make_user(last_seen=None if seen is None else now() - seen).status == status
