"""Filters of lists: those that 3.x documents, each of which finds its rows by an index."""

from enum import Enum

import pytest
from marshmallow import fields
from sqlalchemy import Column
from sqlalchemy.sql import visitors
from tests.factories import make_organization, make_role, make_user
from vantage6.server.model import Base, Organization, Role, User
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.resource.routes import ROUTES
from vantage6.server.schema.fields import Id, Moment
from vantage6.server.service import principals
from vantage6.server.service.filters import like, like_any
from vantage6.server.session import current_session

DOCUMENTED = {
    "/organization": {"name", "country", "collaboration_id"},
    "/collaboration": {"name", "encrypted", "organization_id"},
    "/user": {
        *("username", "firstname", "lastname", "email"),
        *("organization_id", "role_id", "rule_id", "last_seen_from", "last_seen_till"),
    },
    "/role": {"organization_id", "include_root", "name", "description", "rule_id", "user_id"},
    "/rule": {"name", "operation", "scope", "role_id"},
    "/node": {
        *("organization_id", "collaboration_id", "status", "ip", "name"),
        *("last_seen_from", "last_seen_till"),
    },
    "/task": {
        *("initiator_id", "init_user_id", "collaboration_id", "parent_id", "run_id"),
        *("name", "image", "description", "database", "status", "result_id"),
    },
    "/result": {
        *("task_id", "organization_id", "port", "state", "node_id"),
        *("assigned_from", "assigned_till", "started_from", "started_till"),
        *("finished_from", "finished_till"),
    },
    "/port": {"result_id", "task_id", "run_id"},
}
"""What clients of 3.x send, by list."""
NARROW_NOTHING = {"include_root", "longest_payload"}
WITHOUT_INDEX = {("/task", "description"), ("/node", "status")}
"""A text of pages has no room in an index: tasks are looked through, the newest first. Whether a
node is connected is asked only of those that gave a sign of life lately, which has an index."""


def lists():
    """Address, resource and operation of every list that can be filtered."""
    for route in ROUTES:
        operation = getattr(getattr(route.resource, "get", None), "operation", None)
        if operation is not None and operation.is_paginated and operation.query is not None:
            yield route.path, route.resource, operation


def value_of(path, name, field):
    if isinstance(field, fields.List):
        return (value_of(path, name, field.inner),)
    if isinstance(field, fields.Enum):
        chosen: Enum = next(iter(field.enum))
        return chosen
    if name in {"status", "state"}:
        return {"/node": "online", "/task": "active", "/result": "open"}[path]
    kinds = ((Id, 1), (fields.Boolean, True), (Moment, Moment().deserialize("2026-01-31")))
    return next((value for kind, value in kinds if isinstance(field, kind)), "text")


def narrowing_columns(actor, resource, operation, values):
    """Columns of which a list with a filter looks at the values, unlike the same without it."""

    def columns(**given):
        query = operation.query.target(**given)
        included = {f"include_{name}": False for name in operation.including}
        handler = resource.get.__wrapped__
        rows = handler(object.__new__(resource), actor=actor, query=query, **included)
        found = visitors.iterate(rows.whereclause) if rows.whereclause is not None else ()
        return [column for column in found if isinstance(column, Column)]

    narrowed, plain = columns(**values), columns()
    for column in plain:
        if column in narrowed:
            narrowed.remove(column)
    return set(narrowed)


def indexed(table):
    """Columns that begin an index, a key or a unique constraint."""
    constraints = [c for c in table.constraints if len(getattr(c, "columns", ()))]
    return {next(iter(each.columns)).name for each in (*table.indexes, *constraints)}


@pytest.mark.parametrize("path", DOCUMENTED)
def test_every_filter_of_3x_is_there(path):
    declared = {found: set(operation.query._declared_fields) for found, _, operation in lists()}

    assert DOCUMENTED[path] <= declared[path]
    assert set(declared) == set(DOCUMENTED)


@pytest.mark.usefixtures("unit")
def test_every_filter_has_an_index():
    actor = principals.user(make_user(role="Root").id)
    unfound, narrowing_nothing = set(), set()
    for path, resource, operation in lists():
        for name, field in operation.query._declared_fields.items():
            value = {name: value_of(path, name, field)}
            columns = narrowing_columns(actor, resource, operation, value)
            if not columns:
                narrowing_nothing.add(name)
            if {column for column in columns if column.name not in indexed(column.table)}:
                unfound.add((path, name))

    assert narrowing_nothing == NARROW_NOTHING
    assert unfound == WITHOUT_INDEX


def test_every_order_has_an_index():
    """Nullable texts aside: they are short lists of an organization's own."""
    missing = set()
    for route in ROUTES:
        operation = getattr(getattr(route.resource, "get", None), "operation", None)
        if operation is not None and (operation.is_paginated or operation.is_list):
            table = Base.metadata.tables[TABLES[route.path.rpartition("/")[2]]]
            for name in operation.out.sortable:
                holder = (
                    table if name in table.columns else Base.metadata.tables["authenticatable"]
                )
                if name not in indexed(holder):
                    missing.add((holder.name, name))

    assert missing == set()


TABLES = {name: name for name in ("organization", "collaboration", "node", "task", "user")} | {
    **{name: name for name in ("role", "rule", "result")},
    "port": "algorithmport",
}


# --- patterns ---------------------------------------------------------------------------------


@pytest.fixture
def named(either):
    with either.begin():
        for name in ("plain", "per%cent", "under_score", "back\\slash"):
            make_organization(name=name)
    return either


def test_patterns_are_those_of_sql_on_both_databases(named):
    everything = {"plain", "per%cent", "under_score", "back\\slash"}
    matches = {
        "plain": {"plain"},
        "p%": {"plain", "per%cent"},
        "pl_in": {"plain"},
        "back\\slash": {"back\\slash"},
        "back\\%": {"back\\slash"},
        "%": everything,
    }
    with named.begin() as session:
        rows = session.query(Organization.name)
        for pattern, found in matches.items():
            for wanted in (
                like(Organization.name, pattern),
                like_any(Organization.name, [pattern]),
            ):
                assert {name for (name,) in rows.filter(wanted)} == found, pattern


@pytest.mark.usefixtures("unit")
def test_one_of_several_patterns_is_enough():
    for name in ("first role", "second role", "other"):
        make_role(name=name, rules=[("task", Op.VIEW, Scope.GLOBAL)])

    wanted = like_any(Role.name, ["first%", "second%"])

    rows = current_session().query(Role.name).filter(wanted)
    assert {name for (name,) in rows} == {"first role", "second role"}


@pytest.mark.usefixtures("unit")
def test_what_is_not_given_narrows_nothing():
    assert like(User.username, None) is None
    assert like_any(User.username, None) is None
