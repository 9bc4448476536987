"""The table of permissions: every rule there is, said once.

Rows of the database, default roles, the REST documentation and docs/reference/permissions.md are
derived from `RULES`. A rule is for users, unless it says that nodes or containers have it too.

Words
-----
global
    everything on the server
collaboration
    what belongs to the collaborations of one's organization
organization
    one's organization and what is its own; for tasks, results and ports: those of its
    collaborations
own
    oneself
"""

from dataclasses import dataclass

from vantage6.server.model.rule import Op, Scope

__all__ = ["RULES", "Op", "Rule", "RuleKey", "Scope", "find"]

RuleKey = tuple[str, Op, Scope]


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission; `text` says it in a sentence."""

    name: str
    op: Op
    scope: Scope
    text: str
    node: bool = False
    container: bool = False

    @property
    def key(self) -> RuleKey:
        """What identifies the rule."""
        return self.name, self.op, self.scope


def _both(name: str, op: Op, scope: Scope, text: str) -> Rule:
    return Rule(name, op, scope, text, node=True, container=True)


# The order is that in which 3.x registers rules; it fixes the ids of a new database.
RULES: tuple[Rule, ...] = (
    Rule("node", Op.VIEW, Scope.GLOBAL, "View any node"),
    _both("node", Op.VIEW, Scope.ORGANIZATION, "View the nodes of your organization"),
    Rule("node", Op.EDIT, Scope.GLOBAL, "Edit any node"),
    Rule("node", Op.EDIT, Scope.ORGANIZATION, "Edit the nodes of your organization", node=True),
    Rule("node", Op.CREATE, Scope.GLOBAL, "Create a node for any organization"),
    Rule("node", Op.CREATE, Scope.ORGANIZATION, "Create a node for your organization"),
    Rule("node", Op.DELETE, Scope.GLOBAL, "Delete any node"),
    Rule("node", Op.DELETE, Scope.ORGANIZATION, "Delete the nodes of your organization"),
    Rule("collaboration", Op.VIEW, Scope.GLOBAL, "View any collaboration"),
    _both(
        "collaboration",
        Op.VIEW,
        Scope.ORGANIZATION,
        "View the collaborations of your organization",
    ),
    Rule("collaboration", Op.EDIT, Scope.GLOBAL, "Edit any collaboration"),
    Rule("collaboration", Op.CREATE, Scope.GLOBAL, "Create a collaboration"),
    Rule("collaboration", Op.DELETE, Scope.GLOBAL, "Delete any collaboration"),
    Rule("organization", Op.VIEW, Scope.GLOBAL, "View any organization"),
    _both(
        "organization",
        Op.VIEW,
        Scope.COLLABORATION,
        "View the organizations that yours works together with",
    ),
    _both("organization", Op.VIEW, Scope.ORGANIZATION, "View your organization"),
    Rule("organization", Op.EDIT, Scope.GLOBAL, "Edit any organization"),
    Rule("organization", Op.EDIT, Scope.ORGANIZATION, "Edit your organization", node=True),
    Rule("organization", Op.CREATE, Scope.GLOBAL, "Create an organization"),
    Rule("task", Op.VIEW, Scope.GLOBAL, "View any task"),
    _both("task", Op.VIEW, Scope.ORGANIZATION, "View the tasks of your collaborations"),
    Rule("task", Op.CREATE, Scope.GLOBAL, "Create a task in any collaboration"),
    Rule("task", Op.CREATE, Scope.ORGANIZATION, "Create a task in your collaborations"),
    Rule("task", Op.DELETE, Scope.GLOBAL, "Delete any task"),
    Rule("task", Op.DELETE, Scope.ORGANIZATION, "Delete a task of your collaborations"),
    Rule("result", Op.VIEW, Scope.GLOBAL, "View any result"),
    _both("result", Op.VIEW, Scope.ORGANIZATION, "View the results of your collaborations"),
    Rule("user", Op.VIEW, Scope.GLOBAL, "View any user"),
    Rule("user", Op.VIEW, Scope.ORGANIZATION, "View the users of your organization"),
    Rule("user", Op.EDIT, Scope.GLOBAL, "Edit any user"),
    Rule("user", Op.EDIT, Scope.ORGANIZATION, "Edit the users of your organization"),
    Rule("user", Op.EDIT, Scope.OWN, "Edit your own data"),
    Rule("user", Op.CREATE, Scope.GLOBAL, "Create a user for any organization"),
    Rule("user", Op.CREATE, Scope.ORGANIZATION, "Create a user for your organization"),
    Rule("user", Op.DELETE, Scope.GLOBAL, "Delete any user"),
    Rule("user", Op.DELETE, Scope.ORGANIZATION, "Delete the users of your organization"),
    Rule("user", Op.DELETE, Scope.OWN, "Delete your own account"),
    Rule("role", Op.VIEW, Scope.GLOBAL, "View any role"),
    Rule("role", Op.VIEW, Scope.ORGANIZATION, "View the roles of your organization"),
    Rule("role", Op.EDIT, Scope.GLOBAL, "Edit any role"),
    Rule("role", Op.EDIT, Scope.ORGANIZATION, "Edit the roles of your organization"),
    Rule("role", Op.CREATE, Scope.GLOBAL, "Create a role for any organization"),
    Rule("role", Op.CREATE, Scope.ORGANIZATION, "Create a role for your organization"),
    Rule("role", Op.DELETE, Scope.GLOBAL, "Delete any role"),
    Rule("role", Op.DELETE, Scope.ORGANIZATION, "Delete the roles of your organization"),
    Rule("port", Op.VIEW, Scope.GLOBAL, "View any port"),
    _both("port", Op.VIEW, Scope.ORGANIZATION, "View the ports of your collaborations"),
    Rule("event", Op.VIEW, Scope.GLOBAL, "Receive the events of all collaborations"),
    Rule("event", Op.VIEW, Scope.COLLABORATION, "Receive the events of your collaborations"),
    Rule("event", Op.VIEW, Scope.ORGANIZATION, "Receive the events of your organization"),
    Rule("event", Op.CREATE, Scope.GLOBAL, "Kill any task"),
    Rule("event", Op.CREATE, Scope.COLLABORATION, "Kill a task of your collaborations"),
    Rule(
        "event",
        Op.CREATE,
        Scope.ORGANIZATION,
        "Kill a task of your collaborations, or all tasks at a node of your organization",
    ),
)

_BY_KEY = {rule.key: rule for rule in RULES}


def find(name: str, op: Op, scope: Scope) -> Rule:
    """The rule about an operation on a kind of thing within a scope.

    Raises
    ------
    KeyError
        When there is no such rule.
    """
    return _BY_KEY[name, op, scope]
