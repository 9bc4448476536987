"""Who asks: a user, a node or an algorithm container, as one frozen value per request."""

from dataclasses import dataclass
from enum import Enum

from vantage6.server.permission.rules import RULES, Op, RuleKey, Scope


class Kind(Enum):
    """What kind of client has logged in; the value is the `client_type` of its token."""

    USER = "user"
    NODE = "node"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Principal:
    """The client that a request comes from, with all that permissions depend on.

    Parameters
    ----------
    id
        Id of the user or node; of the node where a container runs.
    organization_id
        The organization that it works for.
    collaboration_ids
        Of a user: the collaborations of the organization. Of a node or container: its own.
    rules
        What it may do.
    task_id, run_id, result_id, image, database, node_id
        Of a container: its run, in the tree of tasks `run_id`. `node_id` is that of a node, too.
    epoch
        Of the tokens that are good at present.
    """

    kind: Kind
    id: int
    organization_id: int
    collaboration_ids: frozenset[int]
    rules: frozenset[RuleKey]
    task_id: int | None = None
    run_id: int | None = None
    result_id: int | None = None
    image: str | None = None
    database: str | None = None
    node_id: int | None = None
    epoch: int = 0

    def scopes(self, name: str, op: Op) -> frozenset[Scope]:
        """Scopes within which the principal may do `op` to things called `name`."""
        return frozenset(scope for scope in Scope if (name, op, scope) in self.rules)


ALL_RULES: frozenset[RuleKey] = frozenset(rule.key for rule in RULES)
NODE_RULES: frozenset[RuleKey] = frozenset(rule.key for rule in RULES if rule.node)
"""What every node may do."""
CONTAINER_RULES: frozenset[RuleKey] = frozenset(rule.key for rule in RULES if rule.container)
"""What every container may do."""
