"""All tables; importing this is what makes their relations known to each other."""

from vantage6.server.model.associations import Member, RoleRule, UserRole, UserRule
from vantage6.server.model.authenticatable import Authenticatable
from vantage6.server.model.base import Base
from vantage6.server.model.collaboration import Collaboration
from vantage6.server.model.login_session import LoginSession
from vantage6.server.model.node import Node, NodeConfig
from vantage6.server.model.organization import Organization
from vantage6.server.model.port import Port
from vantage6.server.model.recovery_code import RecoveryCode
from vantage6.server.model.result import Result
from vantage6.server.model.role import Role
from vantage6.server.model.rule import Op, Rule, Scope
from vantage6.server.model.stranger import Stranger
from vantage6.server.model.task import Task
from vantage6.server.model.user import User

__all__ = [
    "Authenticatable",
    "Base",
    "Collaboration",
    "LoginSession",
    "Member",
    "Node",
    "NodeConfig",
    "Op",
    "Organization",
    "Port",
    "RecoveryCode",
    "Result",
    "Role",
    "RoleRule",
    "Rule",
    "Scope",
    "Stranger",
    "Task",
    "User",
    "UserRole",
    "UserRule",
]
