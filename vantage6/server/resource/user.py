"""/user: people."""

from typing import Any

from sqlalchemy import Select

from vantage6.server.api.declaration import ApiResource
from vantage6.server.api.operation import operation
from vantage6.server.model import User
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.permission.rules import Op
from vantage6.server.schema.answer import MessageView
from vantage6.server.schema.user import UserChange, UserCreate, UserFilter, UserView
from vantage6.server.service import user as users
from vantage6.server.service.user import UserBody, UserQuery

_USER = frozenset({Kind.USER})


class UserList(ApiResource):
    """All users."""

    @operation(("user", Op.VIEW), callers=_USER, query=UserFilter, out=UserView, is_paginated=True)
    def get(self, actor: Principal, query: UserQuery) -> Select[Any]:
        """List the users that you may see."""
        return users.list_(actor, query)

    @operation(("user", Op.CREATE), callers=_USER, body=UserCreate, out=UserView, status=201)
    def post(self, actor: Principal, body: UserBody) -> User:
        """Create a user; you can give only what you may do yourself."""
        return users.create(actor, body, self.context.hash_password)


class UserItem(ApiResource):
    """One user."""

    @operation(("user", Op.VIEW), callers=_USER, out=UserView)
    def get(self, actor: Principal, user_id: int) -> User:
        """Show a user; everybody sees themselves."""
        return users.get(actor, user_id)

    @operation(("user", Op.EDIT), callers=_USER, body=UserChange, out=UserView)
    def patch(self, actor: Principal, user_id: int, body: UserBody) -> User:
        """Change a user; what is left out or null stays as it is.

        Users change their own user name only, and never their own roles and rules. Rights and
        mail address of a user who may do more than you cannot be changed.
        """
        return users.update(actor, user_id, body)

    @operation(("user", Op.DELETE), callers=_USER, out=MessageView)
    def delete(self, actor: Principal, user_id: int) -> dict[str, Any]:
        """Delete a user who may do no more than you; the tasks of the user stay."""
        users.delete(actor, user_id)
        return {"msg": f"user {user_id} is deleted"}
