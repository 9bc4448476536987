"""/user: people."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import User
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.user import UserFilter, UserView
from vantage6.server.service import user as users
from vantage6.server.service.user import UserQuery

_USER = frozenset({Kind.USER})


class UserList(ApiResource):
    """All users."""

    @operation(("user", Op.VIEW), callers=_USER, query=UserFilter, out=UserView, is_paginated=True)
    def get(self, actor: Principal, query: UserQuery) -> Select[Any]:
        """List the users that you may see."""
        return users.list_(actor, query)


class UserItem(ApiResource):
    """One user."""

    @operation(("user", Op.VIEW), callers=_USER, out=UserView)
    def get(self, actor: Principal, user_id: int) -> User:
        """Show a user; everybody sees themselves."""
        return users.get(actor, user_id)
