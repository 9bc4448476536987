"""Start of a server: rules, roles and root are brought in line with the code."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from tests.factories import make_organization, make_role
from vantage6.server.model import Organization, Role, Rule, User
from vantage6.server.permission.roles import DEFAULT_ROLES
from vantage6.server.permission.rules import RULES
from vantage6.server.session import Database, current_session
from vantage6.server.startup import prepare


@pytest.fixture
def empty(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield database
    database.dispose()


def shared_role(name):
    rows = select(Role).where(Role.name == name, Role.organization_id.is_(None))
    return current_session().scalars(rows).one()


def test_empty_database_gets_rules_and_roles_with_the_ids_of_3x(empty):
    prepare(empty, "test")
    with empty.begin():
        assert [rule.key for rule in Rule.get()] == [rule.key for rule in RULES]
        assert [(role.id, role.name) for role in Role.get()] == list(
            enumerate([role.name for role in DEFAULT_ROLES], start=1)
        )
        for declared in DEFAULT_ROLES:
            held = {rule.key for rule in shared_role(declared.name).rules}
            assert held == declared.rules


@pytest.mark.parametrize("environment", ["test", "dev"])
def test_root_has_the_documented_password_in_test_and_dev(empty, environment, capsys):
    prepare(empty, environment)
    with empty.begin():
        root = User.find("root")
        assert root.check_password("root")
        assert [role.name for role in root.roles] == ["Root"]
        assert (root.organization.name, root.email) == ("root", "root@domain.ext")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("environment", ["prod", "acc", "application"])
def test_no_published_default_password_elsewhere(empty, environment, capsys, caplog):
    prepare(empty, environment)
    first = capsys.readouterr().out
    password = first.splitlines()[0].rpartition(" ")[2]
    with empty.begin():
        assert not User.find("root").check_password("root")
        assert User.find("root").check_password(password)
    assert len(password) >= 20
    assert password not in caplog.text
    prepare(empty, environment)
    assert capsys.readouterr().out == ""


def test_second_start_changes_nothing(empty):
    prepare(empty, "test")
    prepare(empty, "test")
    with empty.begin():
        assert (len(Rule.get()), len(Role.get())) == (len(RULES), len(DEFAULT_ROLES))
        assert (len(User.get()), len(Organization.get())) == (1, 1)


def test_default_roles_follow_the_code_and_others_stay(empty):
    prepare(empty, "test")
    with empty.begin():
        shared_role("Viewer").rules = Rule.get()[:1]
        Rule.by_id(53).delete()
        own = make_role(make_organization(), name="Viewer").id
    prepare(empty, "test")
    with empty.begin():
        assert len(shared_role("Viewer").rules) == 12
        assert len(shared_role("Root").rules) == 53
        assert Role.by_id(own).rules == []


def test_servers_that_start_together_make_one_root(empty):
    with ThreadPoolExecutor(3) as servers:
        started = [servers.submit(prepare, empty, "test") for _ in range(3)]
    assert [server.exception() for server in started] == [None] * 3
    with empty.begin():
        assert (len(User.get()), len(Role.get())) == (1, len(DEFAULT_ROLES))
