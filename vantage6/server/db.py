"""What `db` is in the shell: every table by its name, and `attach` to choose the database.

``db.User.get()`` gives all users, ``db.User.get(1)`` one or None, ``user.save()`` stores at once.
"""

from vantage6.server.model import (
    Authenticatable,
    Collaboration,
    Node,
    NodeConfig,
    Op,
    Organization,
    Port,
    Result,
    Role,
    Rule,
    Scope,
    Task,
    User,
)
from vantage6.server.session import Database

__all__ = [
    "Authenticatable",
    "Collaboration",
    "Node",
    "NodeConfig",
    "Op",
    "Organization",
    "Port",
    "Result",
    "Role",
    "Rule",
    "Scope",
    "Task",
    "User",
    "attach",
]


def attach(uri: str) -> Database:
    """Use a database from the present thread on; the caller disposes of it."""
    database = Database(uri)
    database.attach_shell()
    return database
