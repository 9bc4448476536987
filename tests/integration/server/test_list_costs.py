"""What lists cost: few SQL statements, the same with many rows, and an index for each filter."""

import re
from dataclasses import dataclass

import pytest
from marshmallow import fields
from tests.integration.server.crowd import Crowd
from tests.integration.server.world import settings_for
from vantage6.server.api.declaration import Operation
from vantage6.server.api.pagination import PORTION
from vantage6.server.app import create_app
from vantage6.server.schema.fields import Id, Moment, Text

LIST_BUDGET, OBJECT_BUDGET = 6, 5
FEW, MANY = 100, {"sqlite": 10_000, "postgresql": 2_000}
"""Tasks, of three results each."""
GROWING = "task|result|algorithmport"
"""Tables that get rows as long as people work."""
WITHOUT_INDEX = {("task", "description")}
"""A text of pages has no room in an index: tasks are looked through, the newest first."""

IN_POSTGRES = pytest.mark.parametrize(
    "template",
    [pytest.param("postgres", marks=pytest.mark.postgres)],
    indirect=True,
    scope="session",
)
"""SQLite looks for patterns without an index."""


@dataclass
class Costs:
    """Statements by caller, address and query, of whoever is allowed to ask.

    Attributes
    ----------
    everything
        Of all that can be read, while whole lists are one portion.
    few, many
        Of all pages with few and with many tasks.
    """

    everything: "Found"
    few: "Found"
    many: "Found"
    crowd: Crowd
    tasks: int


Found = dict[tuple[str, ...], list[str]]


@pytest.fixture(scope="module")
def costs(template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("costs")
    with template.copy(folder) as uri:
        server = create_app(settings_for(uri), folder)
        crowd = Crowd(server, template.world)
        crowd.add_tasks(PORTION // 4)
        crowd.add_others(7)
        everything = measured(crowd, [*lists(crowd), *pages(crowd), *objects(crowd)])
        crowd.add_tasks(FEW)
        few = measured(crowd, pages(crowd))
        tasks = MANY[server.database.engine.dialect.name]
        crowd.add_tasks(tasks)
        crowd.add_others(40)
        crowd.analyse()
        yield Costs(everything, few, measured(crowd, pages(crowd)), crowd, tasks)
        server.database.dispose()


def lists(crowd):
    """Address and query of every list, in each form that it has."""
    for path, operation in crowd.operations():
        if operation.is_paginated or operation.is_list:
            for include in forms(operation):
                yield path, {"include": include}


def pages(crowd):
    """Address and query of a page of each list that has pages."""
    for path, operation in crowd.operations():
        if operation.is_paginated:
            for include in forms(operation):
                yield path, {"include": [*include, "metadata"], "page": 1, "per_page": 5}


def objects(crowd):
    """Address and query of everything else that can be read."""
    for path, operation in crowd.operations():
        if not (operation.is_paginated or operation.is_list):
            for include in forms(operation):
                yield path, {"include": include}


def forms(operation: Operation) -> list[list[str]]:
    return [[], *([name] for name in operation.including)]


def measured(crowd, questions):
    for caller in crowd.callers:
        crowd.statements(caller, "node")  # writes the sign of life of this minute
    found = {}
    for path, query in questions:
        for caller in crowd.callers:
            seen = crowd.statements(caller, path, **query)
            if seen is not None:
                found[caller, path, str(query)] = [statement.text for statement in seen]
    return found


def paths_of(found):
    return {path for _, path, _ in found}


def expensive(found, questions, budget):
    paths = {path for path, _ in questions}
    return {
        key: statements
        for key, statements in found.items()
        if key[1] in paths and len(statements) > budget
    }


# --- statements -------------------------------------------------------------------------------


def test_every_list_costs_at_most_six_statements(costs):
    questions = [*lists(costs.crowd), *pages(costs.crowd)]

    assert expensive(costs.everything, questions, LIST_BUDGET) == {}
    assert {path for path, _ in questions} <= paths_of(costs.everything)


def test_everything_else_that_can_be_read_costs_at_most_five(costs):
    questions = list(objects(costs.crowd))

    assert expensive(costs.everything, questions, OBJECT_BUDGET) == {}
    # Nobody has a VPN here.
    assert {path for path, _ in questions} - paths_of(costs.everything) == {"vpn"}


def test_every_page_costs_the_same_with_thousands_of_tasks(costs):
    grown = {
        key: statements
        for key, statements in costs.many.items()
        if len(statements) != len(costs.few[key])
    }

    assert grown == {}
    assert paths_of(costs.many) == {path for path, _ in pages(costs.crowd)}


def test_a_page_and_its_total_are_one_statement(costs):
    key = ("root", "task", str({"include": ["metadata"], "page": 1, "per_page": 5}))

    assert [text for text in costs.many[key] if "count(*)" in text] == [
        text for text in costs.many[key] if "LIMIT" in text
    ]


def test_a_whole_list_is_read_in_portions_and_is_complete(costs):
    with costs.crowd.watched() as seen:
        answer = costs.crowd.ask("root", "task")

    ids = [task["id"] for task in answer.json]
    assert len(ids) == costs.tasks + 1 == int(answer.headers["total-count"])
    assert ids == sorted(ids, reverse=True)
    assert {len(task["results"]) for task in answer.json} == {1, 3}
    # One statement for the tasks, and one for the runs of each portion of them.
    assert len(seen) <= 3 + len(ids) // PORTION + 1


# --- plans ------------------------------------------------------------------------------------


def filters(crowd):
    """Every filter of every list with a value that some rows have."""
    for path, operation in crowd.operations():
        if operation.is_paginated and operation.query is not None:
            for name, field in operation.query._declared_fields.items():
                yield path, name, field, value_for(crowd, path, name, field)


def value_for(crowd, path, name, field):
    """One that is allowed."""
    if isinstance(field, fields.List):
        field = field.inner
    if isinstance(field, fields.Enum):
        return next(iter(field.enum)).name
    if name == "status":
        return {"node": "online", "task": "pending"}[path]
    if name == "state":
        return "open"
    if isinstance(field, Moment):
        return "2026-01-02"
    if isinstance(field, Text):
        return "more 5"
    return crowd.ids.get(name.removesuffix("_id"), 1)


def steps(crowd, path, name, value):
    """Steps in which the database finds a page and its total, for all who may ask."""
    for caller in ("root", "researcher"):
        for statement in crowd.statements(caller, path, page=1, **{name: value}) or ():
            if "LIMIT" in statement.text:
                yield from crowd.plan(statement)


def test_every_filter_of_values_searches_by_index(costs):
    """Patterns and times may also be looked through in the order of the list, page by page."""
    scanned = re.compile(rf"SCAN ({GROWING})\b|Seq Scan on ({GROWING})\b")
    looked_at, found = [], {}
    for path, name, field, value in filters(costs.crowd):
        if isinstance(field, Id | fields.Boolean | fields.Enum | fields.List):
            plan = list(steps(costs.crowd, path, name, value))
            looked_at.append((path, name))
            found[path, name] = [step for step in plan if scanned.search(step)]

    assert len(looked_at) > 20
    assert {key: plan for key, plan in found.items() if plan} == {}


@pytest.mark.parametrize("name", ["state", "assigned_from", "finished_till"])
def test_times_and_states_of_runs_are_counted_by_index(costs, name):
    values = {
        filter_: value for path, filter_, _, value in filters(costs.crowd) if path == "result"
    }

    plan = "\n".join(steps(costs.crowd, "result", name, values[name]))

    column = "status" if name == "state" else name.rpartition("_")[0] + "_at"
    assert f"ix_result_{column}" in plan


@IN_POSTGRES
def test_postgres_reads_no_growing_table_from_end_to_end(costs):
    for path, name, _, value in filters(costs.crowd):
        plan = "\n".join(steps(costs.crowd, path, name, value))
        if (path, name) not in WITHOUT_INDEX:
            assert not re.search(rf"Seq Scan on ({GROWING})\b", plan), (path, name, plan)


@IN_POSTGRES
def test_postgres_looks_for_patterns_by_index(costs):
    plan = "\n".join(steps(costs.crowd, "task", "name", "task 77%"))

    assert "ix_task_name" in plan
