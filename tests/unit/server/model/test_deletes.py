"""Deleting takes along what belongs to a row, leaves everything else, and frees no id."""

from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import func, select, text
from tests.factories import (
    make_collaboration,
    make_node,
    make_organization,
    make_port,
    make_role,
    make_study,
    make_task,
    make_user,
)
from vantage6.server.model import (
    Authenticatable,
    Base,
    Collaboration,
    Member,
    Node,
    NodeConfig,
    Organization,
    Port,
    Result,
    Role,
    RoleRule,
    Rule,
    Task,
    User,
    UserRole,
    UserRule,
)
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.session import current_session

RULE = ("task", Op.VIEW, Scope.GLOBAL)


@pytest.fixture
def world(either):
    """A study in which everything that can refer to something does so; ids by name."""
    with either.begin():
        study = make_study()
        first, second, _ = study.organizations
        role = make_role(first, [RULE])
        user = make_user(first, rules=[RULE], roles=[role])
        make_user(second, roles=[role])
        study.nodes[0].config = [NodeConfig(key="encryption", value="1")]
        study.nodes[0].save()
        task = make_task(study.collaboration, init_user_id=user.id)
        child = make_task(study.collaboration, parent_id=task.id, initiator_id=second.id)
        for run in (*task.results, *child.results):
            make_port(run)
        other = make_task(study.collaboration, initiator_id=second.id)
        make_task(make_collaboration([first, second]), initiator_id=second.id)
        rows = {
            Organization: first,
            Collaboration: study.collaboration,
            User: user,
            Node: study.nodes[0],
            Role: role,
            Rule: role.rules[0],
            Task: task,
            Result: other.results[0],
            Port: child.results[0].ports[0],
            NodeConfig: study.nodes[0].config[0],
        }
        return {table: row.id for table, row in rows.items()}


LEFT = {
    Organization: {
        Organization: 2,
        Member: 3,
        User: 1,
        Node: 2,
        NodeConfig: 0,
        Role: 0,
        RoleRule: 0,
        UserRole: 0,
        UserRule: 0,
        Task: 2,
        Result: 3,
        Port: 0,
    },
    Collaboration: {
        Collaboration: 1,
        Member: 2,
        Node: 0,
        NodeConfig: 0,
        Task: 1,
        Result: 2,
        Port: 0,
    },
    User: {User: 1, UserRole: 1, UserRule: 0},
    Node: {Node: 2, NodeConfig: 0},
    Role: {Role: 0, RoleRule: 0, UserRole: 0},
    Rule: {Rule: 0, RoleRule: 0, UserRule: 0},
    Task: {Task: 2, Result: 5, Port: 0},
    Result: {Result: 10},
    Port: {Port: 5},
    NodeConfig: {NodeConfig: 0},
}
"""Rows that are left of each table after one row of a table was deleted; others stay as many."""


class Undo(Exception):
    """Ends a unit of work as if it had not been."""


@pytest.fixture
def without(either, world):
    """Everything that is in the database while one row of a table is deleted."""

    @contextmanager
    def deleted(table):
        with suppress(Undo), either.begin():
            table.by_id(world[table]).delete()
            yield
            raise Undo

    return deleted


def name_of(table):
    return getattr(table, "__tablename__", None) or table.name


def counts():
    session = current_session()
    return {
        table.name: session.scalar(select(func.count()).select_from(table))
        for table in Base.metadata.sorted_tables
    }


def references_to_nothing():
    """How many rows have no value in a column that can refer to another row."""
    columns = [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.foreign_keys and column.nullable
    ]
    session = current_session()
    return {
        str(column): session.scalar(select(func.count()).where(column.is_(None)))
        for column in columns
    }


def test_what_belongs_to_a_row_goes_with_it_and_nothing_else(either, without):
    with either.begin():
        before = counts()
    for table, left in LEFT.items():
        with without(table):
            after = counts()
            expected = before | {name_of(other): number for other, number in left.items()}
            expected["authenticatable"] = after["user"] + after["node"]
            assert after == expected, table


def test_nothing_is_left_that_refers_to_nothing(either, without):
    with either.begin():
        before = references_to_nothing()
    # Tasks outlive the person who asked for them; nothing else is ever cut loose.
    outliving = {"task.init_user_id"}
    for table in LEFT:
        with without(table):
            after = references_to_nothing()
            assert {name for name in after if after[name] > before[name]} <= outliving, table


def test_every_table_with_rows_that_can_be_deleted_is_looked_at():
    kept_by_others = {"login_session", "recovery_code", "stranger", "authenticatable"}

    assert {table.__tablename__ for table in LEFT} == {
        mapper.class_.__tablename__ for mapper in Base.registry.mappers
    } - kept_by_others


def test_a_user_takes_what_proves_who_it_is_along(either, world):
    secrets = [
        (column.table, column)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name in {"authenticatable", "user"} and key.ondelete == "CASCADE"
    ]
    assert {"login_session", "recovery_code"} <= {table.name for table, _ in secrets}
    with either.begin():
        User.by_id(world[User]).delete()

    with either.begin() as session:
        for table, column in secrets:
            wanted = select(func.count()).select_from(table).where(column == world[User])
            assert session.scalar(wanted) == 0


def test_tasks_that_are_deleted_with_sql_take_their_runs_along(either, world):
    with either.begin() as session:
        session.execute(text("DELETE FROM task WHERE id = :id"), {"id": world[Task]})

    with either.begin():
        assert Task.get(world[Task]) is None
        assert all(Task.get(run.task_id) for run in Result.get())


# --- ids --------------------------------------------------------------------------------------


def make_rule():
    return Rule(name="made", operation=Op.VIEW, scope=Scope.OWN).save()


def make_config():
    node = make_node(make_organization(), None)
    return NodeConfig(node=node, key="k", value="v").save()


MAKE = {
    Organization: make_organization,
    Collaboration: make_collaboration,
    User: make_user,
    Node: lambda: make_node(make_organization(), None),
    Role: make_role,
    Rule: make_rule,
    Task: lambda: make_task(make_collaboration()),
    Result: lambda: make_task(make_collaboration()).results[0],
    Port: lambda: make_port(make_task(make_collaboration()).results[0]),
    NodeConfig: make_config,
}


def test_ids_of_deleted_rows_are_never_given_again(either):
    for table, make in MAKE.items():
        with either.begin():
            gone = make()
            gone.delete()
            highest = current_session().scalar(select(func.max(table.id))) or 0
        with either.begin():
            assert make().id > max(gone.id, highest), table


def test_the_id_of_a_deleted_node_is_not_given_to_a_user(either):
    with either.begin():
        node = make_node(make_organization(), None)
        node.delete()
    with either.begin():
        assert make_user().id > node.id
        assert Authenticatable.get(node.id) is None
