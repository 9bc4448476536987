"""The roles that every server has, as data; they belong to no organization."""

from dataclasses import dataclass

from vantage6.server.permission.principal import ALL_RULES, CONTAINER_RULES, NODE_RULES
from vantage6.server.permission.rules import Op, RuleKey, Scope

_V, _E, _C, _D = Op.VIEW, Op.EDIT, Op.CREATE, Op.DELETE
_OWN, _ORG, _COL, _GLO = Scope.OWN, Scope.ORGANIZATION, Scope.COLLABORATION, Scope.GLOBAL


@dataclass(frozen=True, slots=True)
class DefaultRole:
    """A role that the server keeps as it is here."""

    name: str
    description: str
    rules: frozenset[RuleKey]


_VIEWER: frozenset[RuleKey] = frozenset(
    {
        ("user", _E, _OWN),
        ("user", _D, _OWN),
        ("user", _V, _ORG),
        ("organization", _V, _ORG),
        ("organization", _V, _COL),
        ("collaboration", _V, _ORG),
        ("role", _V, _ORG),
        ("node", _V, _ORG),
        ("task", _V, _ORG),
        ("result", _V, _ORG),
        ("port", _V, _ORG),
        ("event", _V, _ORG),
    }
)
_RESEARCHER = _VIEWER | {("task", _C, _ORG), ("task", _D, _ORG)}
_ORGANIZATION_ADMIN = _RESEARCHER | {
    ("user", _C, _ORG),
    ("user", _E, _ORG),
    ("user", _D, _ORG),
    ("organization", _E, _ORG),
    ("role", _C, _ORG),
    ("role", _E, _ORG),
    ("role", _D, _ORG),
    ("node", _C, _ORG),
    ("node", _E, _ORG),
    ("event", _C, _ORG),
}
_COLLABORATION_ADMIN = _ORGANIZATION_ADMIN | {
    ("user", _V, _GLO),
    ("user", _C, _GLO),
    ("user", _E, _GLO),
    ("organization", _V, _GLO),
    ("organization", _E, _GLO),
    ("collaboration", _V, _GLO),
    ("collaboration", _E, _GLO),
    ("role", _V, _GLO),
    ("node", _C, _GLO),
    ("node", _V, _GLO),
    ("node", _D, _GLO),
    ("event", _V, _COL),
    ("event", _C, _COL),
}

ROOT = "Root"

# The order is 3.x's; it fixes the ids of a new database.
DEFAULT_ROLES: tuple[DefaultRole, ...] = (
    DefaultRole(ROOT, "May do everything", ALL_RULES),
    DefaultRole("container", "What algorithms may do", CONTAINER_RULES),
    DefaultRole("node", "What nodes may do", NODE_RULES),
    DefaultRole("Viewer", "Can look, but not start anything", _VIEWER),
    DefaultRole("Researcher", "Can start tasks and read their results", _RESEARCHER),
    DefaultRole(
        "Organization Admin",
        "Manages users, roles and nodes of the organization",
        _ORGANIZATION_ADMIN,
    ),
    DefaultRole(
        "Collaboration Admin", "Manages collaborations and who takes part", _COLLABORATION_ADMIN
    ),
)

RESERVED_NAMES: frozenset[str] = frozenset(role.name for role in DEFAULT_ROLES)
"""Names that no other role may have."""

MACHINE_NAMES: frozenset[str] = frozenset({"container", "node"})
"""Default roles that no user can have; they say what programs may do."""
