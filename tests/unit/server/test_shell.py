"""The shell: everything that the manual of 3.x shows."""

import contextvars
import textwrap

import pytest
from sqlalchemy import text
from tests.factories import make_user
from vantage6.common.errors import Conflict, InvalidInput
from vantage6.common.status import TaskStatus
from vantage6.server import db
from vantage6.server.model import Organization, Result, Task, User
from vantage6.server.session import current_session
from vantage6.server.startup import align_permissions

ORGANIZATION = """
    organization = db.Organization(
        name="IKNL",
        domain="iknl.nl",
        address1="Zernikestraat 29",
        address2="Eindhoven",
        zipcode="5612HZ",
        country="Netherlands"
    )
    organization.save()
    organizations = db.Organization.get()
    organization = db.Organization.get(1)
    organization = db.Organization.get_by_name("IKNL")
    collaborations = organization.collaborations
    users = organization.users
    tasks = organization.created_tasks
    results = organization.results
    nodes = organization.nodes
"""
ROLES = """
    db.Rule.get()
    db.Rule.get(1)
    db.Role.get()
    db.Role.get(3)
    db.Role.get(3).rules
    rule = db.Rule.get_by_("node", Scope, Operation)
    role = db.Role(name="role-name", rules=[rule])
    role.save()
    user = db.User.get_by_username("some-existing-username")
    user.rules.append(rule)
    user.save()
"""
USERS = """
    org = db.Organization.get_by_name("IKNL")
    role_3 = db.Role.get(3)
    new_user = db.User(
        username="root",
        password="super-secret",
        firstname="John",
        lastname="Doe",
        roles=[role_3],
        rules=[],
        organization=org
    )
    new_user.save()
    db.User.get()
    db.User.get(1)
    db.User.get_by_username("root")
    db.Organization.get_by_name("IKNL").users
    user = db.User.get_by_username("some-existing-username")
    user.firstname = "Brandnew"
    user.password = "something-new"
    user.save()
"""
SECOND = """
    other_organization = db.Organization(
        name="IKNL",
        domain="iknl.nl",
        address1="Zernikestraat 29",
        address2="Eindhoven",
        zipcode="5612HZ",
        country="Netherlands"
    )
    other_organization.save()
"""
COLLABORATION = """
    iknl = db.Organization.get_by_name("IKNL")
    collaboration = db.Collaboration(
        name="collaboration-name",
        encrypted=False,
        organizations=[iknl, other_organization]
    )
    collaboration.save()
    collaboration = db.Collaboration.get(1)
    collaboration.nodes
    collaboration.tasks
    collaboration.organizations
"""
NODE = """
    from uuid import uuid1
    iknl = db.Organization.get_by_name("IKNL")
    collab = iknl.collaborations[0]
    api_key = str(uuid1())
    node = db.Node(
        name = f"IKNL Node - Collaboration {collab.name}",
        organization = iknl,
        collaboration = collab,
        api_key = api_key
    )
    node.save()
"""
TASK = """
    iknl = db.Organization.get_by_name("IKNL")
    collaboration = db.Collaboration.get(1)
    run_id = db.Task.next_run_id()
    task = db.Task(
        name="some-name",
        description="some human readable description",
        image="docker-registry.org/image-name",
        collaboration=collaboration,
        run_id=run_id,
        database="default",
        initiator=iknl,
    )
    task.save()
    input_ = {
    }
    import datetime
    for org in collaboration.organizations:
        res = db.Result(
            input=input_,
            organization=org,
            task=task,
            assigned_at=datetime.datetime.now()
        )
        res.save()
    parent_task = db.Task.get(PARENT)
    child_task = db.Task(
        name="some-name",
        description="some human readable description",
        image="docker-registry.org/image-name",
        collaboration=collaboration,
        run_id=parent_task.run_id,
        database="default",
        initiator=iknl,
        parent=parent_task
    )
    child_task.save()
    db.Result.get()
    completed = [result for result in db.Result.get() if result.complete]
    db.Result.get(1)
"""


class Shell:
    """Runs lines one after the other, as somebody types them; `names` are what they made."""

    def __init__(self, database):
        self.names = {"db": db, "Scope": db.Scope, "Operation": db.Operation}
        self._context = contextvars.copy_context()
        self.session = self._context.run(database.attach_shell)

    def run(self, lines):
        self._context.run(exec, textwrap.dedent(lines), self.names)
        return self.names

    def __call__(self, expression):
        return self._context.run(eval, expression, self.names)


BOTH = pytest.mark.parametrize(
    "stored",
    ["database", pytest.param("postgres_copy", marks=pytest.mark.postgres)],
    indirect=True,
)


@pytest.fixture
def stored(request):
    """The database; in SQLite unless the test asks for both."""
    return request.getfixturevalue(getattr(request, "param", "database"))


@pytest.fixture
def shell(stored):
    with stored.begin():
        align_permissions()
        make_user(Organization(name="first").save(), username="some-existing-username")
    shell = Shell(stored)
    yield shell
    shell.session.close()


@pytest.fixture
def filled(shell):
    shell.run(ORGANIZATION)
    shell.run(SECOND.replace("IKNL", "Other"))
    shell.run(COLLABORATION)
    return shell


def test_organizations_as_in_the_manual(shell, stored):
    shell.run(ORGANIZATION)

    assert shell("organization.address2") == "Eindhoven"
    assert shell("(collaborations, users, tasks, results, nodes)") == ([], [], [], [], [])
    with stored.begin():
        assert [row.name for row in Organization.get()] == ["first", "IKNL"]


def test_a_second_organization_of_that_name_is_refused_and_the_shell_goes_on(shell):
    shell.run(ORGANIZATION)

    with pytest.raises(Conflict, match="exists already"):
        shell.run(SECOND)

    shell.run(SECOND.replace('"IKNL"', '"Other"'))
    assert shell("db.Organization.get_by_name('Other').id") is not None


def test_rules_and_roles_as_in_the_manual(shell, stored):
    # The manual leaves out what is to be filled in.
    chosen = ROLES.replace("Scope, Operation", "Scope.GLOBAL, Operation.VIEW")

    names = shell.run(chosen)

    assert names["rule"].key == ("node", db.Op.VIEW, db.Scope.GLOBAL)
    with stored.begin():
        user = User.find("some-existing-username")
        assert names["rule"].id in user.rule_ids


def test_a_rule_without_scope_and_operation_says_which_there_are(shell):
    with pytest.raises(InvalidInput, match=r"Scope\.GLOBAL"):
        shell.run(ROLES)


def test_users_as_in_the_manual(shell, stored):
    shell.run(ORGANIZATION)

    shell.run(USERS)

    with stored.begin():
        root, user = User.find("root"), User.find("some-existing-username")
        assert root.check_password("super-secret")
        assert [role.id for role in root.roles] == [3]
        assert (user.firstname, user.check_password("something-new")) == ("Brandnew", True)


def test_collaborations_and_nodes_as_in_the_manual(filled):
    filled.run(NODE)

    assert filled("node.api_key") != filled("api_key")
    assert filled("db.Collaboration.get_by_name('collaboration-name').nodes") == [filled("node")]


@BOTH
def test_tasks_and_results_as_in_the_manual(filled, stored):
    # The number of the manual's task is that of the first one; here the series started with it.
    filled.run(TASK.replace("PARENT", "task.id"))

    with stored.begin():
        parent, child = Task.get()
        assert (child.parent_id, child.run_id) == (parent.id, parent.run_id)
        assert [run.input for run in Result.get()] == ["{}", "{}"]
        assert {run.status for run in Result.get()} == {TaskStatus.PENDING}
    assert filled("completed") == []
    assert filled("[len(iknl.created_tasks), len(iknl.results), len(collaboration.tasks)]") == [
        2,
        1,
        2,
    ]


@BOTH
def test_numbers_of_trees_are_never_those_of_another_task(filled):
    filled.run(TASK.replace("PARENT", "task.id"))

    taken = [filled("db.Task.next_run_id()") for _ in range(2)]
    filled.run(TASK.replace("PARENT", "task.id"))

    ids = filled("[task.id for task in db.Task.get()]")
    run_ids = filled("{task.run_id for task in db.Task.get()}")
    assert len({*taken, *ids, *run_ids}) == len(taken) + len(ids) + len(run_ids)


def test_delete_removes_at_once(filled, stored):
    filled.run("db.Organization.get_by_name('Other').delete()")

    with stored.begin():
        assert [row.name for row in Organization.get()] == ["first", "IKNL"]


def test_editing_stores_nothing_before_save(filled, stored):
    filled.run("iknl.country = 'edited'\ndb.Organization.get()")

    with stored.begin():
        assert Organization.get_by_name("IKNL").country == "Netherlands"
    assert filled("iknl.country") == "edited"


@BOTH
def test_what_others_store_meanwhile_is_seen(filled, stored):
    assert filled("iknl.country") == "Netherlands"
    with stored.engine.begin() as connection:
        connection.execute(text("UPDATE organization SET country = 'changed'"))

    assert filled("db.Organization.get_by_name('IKNL').country") == "changed"
    assert filled("iknl.country") == "changed"


@BOTH
def test_a_failed_save_stores_nothing_of_it(filled, stored):
    with pytest.raises(Conflict):
        filled.run(
            "user = db.User(username='some-existing-username', organization=iknl)\nuser.save()"
        )

    with stored.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM authenticatable")).scalar() == 1
    assert len(filled("db.User.get()")) == 1


@BOTH
def test_nothing_is_locked_while_somebody_thinks(filled, stored):
    filled.run("db.User.get()")

    with stored.engine.begin() as connection:
        connection.execute(text("ALTER TABLE task ADD COLUMN more INTEGER"))


@pytest.mark.parametrize(
    "name", [name for name in db.__all__ if hasattr(getattr(db, name), "get")]
)
def test_every_table_says_what_it_holds(name, capsys):
    table = getattr(db, name)

    table.help()

    shown = capsys.readouterr().out
    assert f"{name}: " in shown
    for column in ("  id ", "  get ", "  save ", "  delete "):
        assert column in shown


def test_rows_say_which_they_are_without_a_secret_and_without_reading(filled):
    rule = filled("repr(db.Rule.get_by_('node', Scope.GLOBAL, Operation.VIEW))")
    user = filled("repr(db.User.get_by_username('some-existing-username'))")

    assert rule.endswith("node VIEW GLOBAL>")
    assert user.startswith("<User ")
    assert "$2b$" not in user
    assert repr(Organization(name="new")) == "<Organization None new>"


def test_there_is_no_session_left_outside_the_shell(shell):
    shell("db.User.get()")

    with pytest.raises(RuntimeError, match="no unit of work"):
        current_session()
