"""Smallest valid rows, stored in the present unit of work; every value can be overridden."""

import itertools
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import bcrypt
from sqlalchemy import select
from vantage6.server.model import (
    Collaboration,
    Node,
    Organization,
    Port,
    Result,
    Role,
    Rule,
    Task,
    User,
)
from vantage6.server.permission.roles import DEFAULT_ROLES
from vantage6.server.permission.rules import RuleKey
from vantage6.server.session import current_session

PASSWORD = "Correct-Horse-1"
# Cost 4 instead of 12: 3 ms instead of 250.
PASSWORD_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
IMAGE = "registry.example/average:1"
ENVELOPE = f"{'A' * 342}==$AAAAAAAAAAAAAAAAAAAAAA==$AAAA"

_numbers = itertools.count(1)


def make_organization(**values: Any) -> Organization:
    return Organization(**({"name": f"organization {next(_numbers)}"} | values)).save()


def make_collaboration(
    organizations: Sequence[Organization] | None = None, **values: Any
) -> Collaboration:
    members = list(organizations) if organizations is not None else [make_organization()]
    defaults = {"name": f"collaboration {next(_numbers)}", "encrypted": False}
    return Collaboration(organizations=members, **(defaults | values)).save()


def make_node(organization: Organization, collaboration: Collaboration | None, **values) -> Node:
    defaults = {"name": f"node {next(_numbers)}", "api_key": str(uuid.uuid4())}
    return Node(
        organization=organization, collaboration=collaboration, **(defaults | values)
    ).save()


def make_rules(keys: Iterable[RuleKey]) -> list[Rule]:
    """Rows of rules, made where they are not there yet."""
    there = {rule.key: rule for rule in current_session().scalars(select(Rule))}
    for name, operation, scope in sorted(set(keys) - set(there), key=str):
        row = Rule(name=name, operation=operation, scope=scope)
        there[row.key] = row.save()
    return [there[key] for key in keys]


def rules_of_role(name: str) -> frozenset[RuleKey]:
    return next(role.rules for role in DEFAULT_ROLES if role.name == name)


def make_role(organization: Organization | None = None, rules: Iterable[RuleKey] = (), **values):
    defaults = {"name": f"role {next(_numbers)}", "description": ""}
    return Role(
        organization=organization, rules=make_rules(tuple(rules)), **(defaults | values)
    ).save()


def make_user(
    organization: Organization | None = None,
    role: str | None = None,
    rules: Iterable[RuleKey] = (),
    **values: Any,
) -> User:
    """A user with the rules of a default role and some more."""
    keys = frozenset(rules) | (rules_of_role(role) if role else frozenset())
    defaults = {"username": f"user-{next(_numbers)}", "password_hash": PASSWORD_HASH}
    return User(
        organization=organization or make_organization(),
        rules=make_rules(tuple(keys)),
        **(defaults | values),
    ).save()


def make_task(
    collaboration: Collaboration,
    organizations: Sequence[Organization] | None = None,
    run: dict[str, Any] | None = None,
    **values: Any,
) -> Task:
    """A task with a run at each of the organizations, all of the collaboration's by default."""
    asked = collaboration.organizations if organizations is None else organizations
    defaults = {
        "image": IMAGE,
        "run_id": 1,
        "collaboration_id": collaboration.id,
        "initiator_id": collaboration.organizations[0].id,
        "database": "default",
    }
    results = [Result(organization_id=organization.id, **(run or {})) for organization in asked]
    return Task(results=results, **(defaults | values)).save()


def make_port(result: Result, **values: Any) -> Port:
    return Port(result=result, **({"port": 2222, "label": "web"} | values)).save()


@dataclass
class Study:
    """Three organizations with a node each, in one collaboration."""

    collaboration: Collaboration
    organizations: list[Organization]
    nodes: list[Node]

    @property
    def first(self) -> Organization:
        return self.organizations[0]


def make_study(members: int = 3, **values: Any) -> Study:
    organizations = [make_organization() for _ in range(members)]
    collaboration = make_collaboration(organizations, **values)
    nodes = [make_node(organization, collaboration) for organization in organizations]
    return Study(collaboration, organizations, nodes)
