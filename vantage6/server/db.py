"""What `db` is in the shell: every table by its name, and `attach` to choose the database.

``db.User.get()`` gives all users, ``db.User.get(1)`` one or None, ``user.save()`` stores at once;
``db.User.help()`` says what there is. `Operation` is what 3.x calls `Op`.
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

Operation = Op

__all__ = [
    "Authenticatable",
    "Collaboration",
    "Node",
    "NodeConfig",
    "Op",
    "Operation",
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
