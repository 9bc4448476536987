"""A server with many rows, and what its lists cost there."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, event, func, insert, select
from tests.integration.server.world import Caller, Callers, World
from vantage6.server.api import openapi
from vantage6.server.api.declaration import Operation
from vantage6.server.app import Server
from vantage6.server.model import (
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
)
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.session import Database, current_session
from werkzeug.test import TestResponse

_START = datetime(2026, 1, 1)  # noqa: DTZ001  # UTC, as columns hold it
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Statement:
    """One SQL statement as the driver got it."""

    text: str
    values: Any


class Crowd:
    """A server, its callers by kind, and how to add rows.

    Attributes
    ----------
    ids
        An object of each kind that alpha's people, node and container may see.
    """

    def __init__(self, server: Server, world: World) -> None:
        self.server, self.world = server, world
        self.database: Database = server.database
        self._tasks = self._others = 0
        callers = Callers(server, world)
        self.ids, container = self._first_rows(callers)
        self.callers: dict[str, Caller] = {
            "root": callers.user("root"),
            "researcher": callers.user("researcher"),
            "node": callers.node("alpha"),
            "container": container,
        }

    def _first_rows(self, callers: Callers) -> tuple[dict[str, int], Caller]:
        body = {
            "image": "average:1",
            "collaboration_id": self.world.collaborations["study"],
            "organizations": [{"id": self.world.organizations["alpha"], "input": "e30="}],
        }
        task = callers.user("researcher").post("task", body).json
        with self.database.begin():
            run = Task.by_id(task["id"]).results[0]
            run.started_at = run.finished_at = run.assigned_at
            port = Port(port=8888, label="web", result_id=run.id).save()
            role = Role(name="alpha's", description="").save()
            role.organization_id = self.world.organizations["alpha"]
            role.rules, role.users = [Rule.by_id(1)], [User.by_id(self.world.users["researcher"])]
            ids = {"task": task["id"], "result": run.id, "port": port.id, "role": role.id}
        ids |= {"organization": self.world.organizations["alpha"], "rule": 1}
        ids |= {"collaboration": self.world.collaborations["study"]}
        ids |= {"node": self.world.nodes["alpha"], "user": self.world.users["researcher"]}
        return ids, callers.container("alpha", task)

    # --- rows ---------------------------------------------------------------------------------

    def add_tasks(self, until: int) -> None:
        """Tasks with three results and a port each, up to a number of tasks."""
        members = [self.world.organizations[name] for name in ("alpha", "beta", "gamma")]
        numbers = range(self._tasks + 1, until + 1)
        with self.database.begin() as session:
            last = session.scalar(select(func.max(Task.id))) or 0
            session.execute(Task.__table__.insert(), [self._task(n, members[0]) for n in numbers])
            tasks = session.scalars(select(Task.id).where(Task.id > last)).all()
            rows = [self._result(id_, member) for id_ in tasks for member in members]
            session.execute(Result.__table__.insert(), rows)
            runs = select(Result.id).where(Result.task_id > last, Result.id % 3 == 0)
            ports = [
                {"port": 1 + id_ % 999, "label": "p", "result_id": id_}
                for id_ in session.scalars(runs)
            ]
            session.execute(Port.__table__.insert(), ports)
        self._tasks = until

    def _task(self, number: int, initiator_id: int) -> dict[str, Any]:
        return {
            "name": f"task {number}",
            "description": f"number {number}",
            "image": f"image:{number % 50}",
            "database": f"data {number % 50}",
            "run_id": number,
            "collaboration_id": self.ids["collaboration"],
            "parent_id": self.ids["task"] if number % 100 == 0 else None,
            "initiator_id": initiator_id,
            "init_user_id": self.world.users["researcher"],
            "created_at": _START + timedelta(minutes=number),
        }

    def _result(self, task_id: int, organization_id: int) -> dict[str, Any]:
        time = _START + timedelta(minutes=task_id)
        return {
            "task_id": task_id,
            "organization_id": organization_id,
            "status": "completed",
            "input": "e30=",
            "result": "e30=",
            "log": "done",
            "assigned_at": time,
            "started_at": time,
            "finished_at": time,
        }

    def add_others(self, until: int) -> None:
        """Organizations with a node each, all in the study; and some of everything else."""
        with self.database.begin():
            for number in range(self._others + 1, until + 1):
                self._add_other(f"more {number}")
        self._others = until

    def _add_other(self, name: str) -> None:
        session = current_session()
        organization = Organization(name=name, country=name).save()
        place = {"collaboration_id": self.ids["collaboration"]}
        session.execute(insert(Member).values(organization_id=organization.id, **place))
        node = Node(name=name, api_key=name, organization_id=organization.id, **place).save()
        NodeConfig(node_id=node.id, key="encryption", value="0").save()
        own = self.ids["organization"]
        other = Collaboration(name=name).save()
        session.execute(insert(Member).values(organization_id=own, collaboration_id=other.id))
        user = User(username=name, firstname=name, lastname=name, organization_id=own).save()
        role = Role(name=name, description=name, organization_id=own).save()
        rule = Rule(name=name, operation=Op.VIEW, scope=Scope.GLOBAL).save()
        session.execute(insert(RoleRule).values(role_id=self.ids["role"], rule_id=rule.id))
        session.execute(insert(UserRole).values(role_id=role.id, user_id=user.id))

    # --- questions ----------------------------------------------------------------------------

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """Every GET operation with its address below the API, ids of objects filled in."""
        for path, verb, handler in openapi.handlers(self.server.app):
            if verb == "get":
                # An id of a new kind is to be added to `ids`: no address escapes.
                named = _VARIABLE.sub(lambda found: str(self.ids[_noun(found[1])]), path)
                yield named.removeprefix(f"{self.server.prefix}/"), handler.operation

    def ask(self, caller: str, path: str, **query: Any) -> TestResponse:
        """The answer to a question; not compared with its description, which takes long here."""
        asking = self.callers[caller]
        address = f"{self.server.prefix}/{path}"
        return asking.client.get(address, headers=asking.headers, query_string=query)

    def statements(self, caller: str, path: str, **query: Any) -> list[Statement] | None:
        """What was asked of the database for an answer; None when the caller is refused."""
        with self.watched() as seen:
            answer = self.ask(caller, path, **query)
        if answer.status_code == 200:
            return seen
        assert answer.status_code in {401, 501}, (caller, path, query, answer.json)
        return None

    @contextmanager
    def watched(self) -> Iterator[list[Statement]]:
        """Everything that is asked of the database meanwhile."""
        seen: list[Statement] = []

        def note(_c: Any, _u: Any, text: str, values: Any, *_: Any) -> None:
            seen.append(Statement(text, values))

        event.listen(self.database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(self.database.engine, "before_cursor_execute", note)

    # --- plans --------------------------------------------------------------------------------

    def analyse(self) -> None:
        """Let PostgreSQL look at its rows, as it does by itself now and then."""
        if self.database.engine.dialect.name == "postgresql":
            with self.database.engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")

    def plan(self, statement: Statement) -> list[str]:
        """How the database finds the rows of a statement, one line for each step."""
        with self.database.engine.begin() as connection:
            explain = _PLANS[connection.dialect.name]
            return explain(connection, statement)


def _noun(variable: str) -> str:
    return variable.removesuffix("_id")


def _sqlite_plan(connection: Connection, statement: Statement) -> list[str]:
    found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", statement.values)
    return [row[-1] for row in found]


def _postgres_plan(connection: Connection, statement: Statement) -> list[str]:
    # Where there are few rows it would read all of them, whatever indexes there are.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    found = connection.exec_driver_sql(f"EXPLAIN {statement.text}", statement.values)
    return [row[0].strip() for row in found]


_PLANS: dict[str, Callable[[Connection, Statement], list[str]]] = {
    "sqlite": _sqlite_plan,
    "postgresql": _postgres_plan,
}
