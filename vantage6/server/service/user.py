"""Users: who sees, makes, changes and removes them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import undefer_group

from vantage6.common.errors import Conflict, Forbidden, InvalidInput
from vantage6.server.model import Role, User, UserRole, UserRule
from vantage6.server.model.authenticatable import AccessChanged
from vantage6.server.model.base import LINKS
from vantage6.server.permission.policy import require, visible
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op
from vantage6.server.service import granting
from vantage6.server.service.filters import equal, given, like, narrowed, since, until
from vantage6.server.session import current_session, record

_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class UserQuery:
    """Filters of a list; texts are SQL patterns, `rule_id` is about extra rules."""

    username: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    organization_id: int | None = None
    role_id: int | None = None
    rule_id: int | None = None
    last_seen_from: datetime | None = None
    last_seen_till: datetime | None = None


@dataclass(frozen=True, slots=True)
class UserBody:
    """A user; None leaves a value as it is. `roles` and `rules` are all that it has."""

    username: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    password: str | None = None
    email: str | None = None
    organization_id: int | None = None
    roles: Sequence[int] | None = None
    rules: Sequence[int] | None = None


def list_(actor: Principal, query: UserQuery) -> Select[User]:
    """Users that the actor may see."""
    rows = narrowed(
        visible(actor, "user", Op.VIEW, User),
        like(User.username, query.username),
        like(User.firstname, query.firstname),
        like(User.lastname, query.lastname),
        like(User.email, query.email),
        equal(User.organization_id, query.organization_id),
        given(query.role_id, lambda id_: User.id.in_(_with_role(id_))),
        given(query.rule_id, lambda id_: User.id.in_(_with_rule(id_))),
        since(User.last_seen, query.last_seen_from),
        until(User.last_seen, query.last_seen_till),
    )
    return rows.order_by(User.id).options(undefer_group(LINKS))


def get(actor: Principal, id_: int) -> User:
    """One user."""
    user = User.by_id(id_, undefer_group(LINKS))
    require(actor, "user", Op.VIEW, on=user)
    return user


def create(actor: Principal, body: UserBody, hash_password: Callable[[str], str]) -> User:
    """A new user, of the actor's organization unless another is given.

    Parameters
    ----------
    actor
        Who asks.
    body
        The user.
    hash_password
        Hashes a strong password; nothing was written before, so that nothing is held meanwhile.

    Raises
    ------
    Forbidden
        Also when the actor lacks something that the user would get.
    Conflict
        When somebody has that name or mail address.
    InvalidInput
        When the password is too easy to guess.
    """
    organization = granting.owner(actor, "user", body.organization_id)
    roles = granting.existing_roles(body.roles or ())
    rules = granting.existing_rules(body.rules or ())
    granting.require_fitting(roles, organization.id)
    granting.require_held(actor, roles=roles, rules=rules)
    username, email = _free_name(body.username or ""), _free_mail(body.email or "")
    return User(
        username=username,
        email=email,
        firstname=body.firstname,
        lastname=body.lastname,
        password_hash=hash_password(body.password or ""),
        organization=organization,
        roles=roles,
        rules=rules,
    ).save()


def update(actor: Principal, id_: int, body: UserBody) -> User:
    """Change what is given; the organization stays what it is, for rights are given within it.

    Raises
    ------
    Forbidden
        Also when the actor changes its own rights, or the rights or mail address of a user who
        may do more.
    Conflict
        When somebody has that name or mail address.
    """
    user = User.by_id(id_)
    require(actor, "user", Op.EDIT, on=user)
    if body.password:
        raise InvalidInput("a password is changed at /password/change")
    changes = _rights(actor, user, body) | _personal(actor, user, body)
    for name, value in changes.items():
        setattr(user, name, value)
    user.save()
    # The ids in its links may have been read before.
    current_session().refresh(user, ["role_ids", "rule_ids"])
    return user


def delete(actor: Principal, id_: int) -> None:
    """Remove a user; its tasks stay, without a user.

    Raises
    ------
    Forbidden
        Also when the user may do more than the actor.
    InvalidInput
        When nobody would be left who may do everything.
    """
    user = User.by_id(id_)
    require(actor, "user", Op.DELETE, on=user)
    granting.require_as_strong(actor, user)
    granting.require_one_almighty(without_user=user)
    user.delete()
    record(AccessChanged())


def role_names(id_: int) -> list[str]:
    """Names of the roles of a user; tokens carry them for clients to show."""
    held = select(Role.name).join(UserRole, UserRole.c.role_id == Role.id)
    names = current_session().scalars(held.where(UserRole.c.user_id == id_))
    return sorted(names)


def _rights(actor: Principal, user: User, body: UserBody) -> dict[str, Any]:
    if body.roles is None and body.rules is None:
        return {}
    if user.id == actor.id:
        raise Forbidden("nobody changes their own roles and rules")
    # Everything that is taken is among what the user has.
    granting.require_as_strong(actor, user)
    changes: dict[str, Any] = {}
    if body.roles is not None:
        changes["roles"] = granting.existing_roles(body.roles)
    if body.rules is not None:
        changes["rules"] = granting.existing_rules(body.rules)
    new_roles = [role for role in changes.get("roles", ()) if role not in user.roles]
    granting.require_fitting(new_roles, user.organization_id)
    granting.require_held(actor, roles=new_roles, rules=changes.get("rules", ()))
    granting.require_one_almighty(without_user=user)
    record(AccessChanged())
    return changes


def _personal(actor: Principal, user: User, body: UserBody) -> dict[str, str]:
    changes: dict[str, str] = {}
    if body.username not in (None, user.username):
        if user.id != actor.id:
            raise InvalidInput("only the user can change the user name")
        changes["username"] = _free_name(body.username or "")
    if body.email not in (None, user.email):
        granting.require_as_strong(actor, user)
        changes["email"] = _free_mail(body.email or "")
    names = {"firstname": body.firstname, "lastname": body.lastname}
    return changes | {name: value for name, value in names.items() if value is not None}


def _free_name(username: str) -> str:
    # Nodes allow tasks by user name or id: '13' must not be a name.
    if not (username[:1].isalpha() and username.isprintable() and username == username.strip()):
        raise InvalidInput(
            "a user name starts with a letter, and has no spaces around it",
            fields={"username": "must start with a letter"},
        )
    if User.find(username) is not None:
        raise Conflict(f"there is a user '{username}' already")
    return username


def _free_mail(email: str) -> str:
    if _MAIL.fullmatch(email) is None or not email.isprintable():
        raise InvalidInput(
            "this is no mail address", fields={"email": "must be an address such as a@b.org"}
        )
    if current_session().scalar(select(User.id).where(User.email == email)) is not None:
        raise Conflict(f"there is a user with the mail address '{email}' already")
    return email


def _with_role(role_id: int) -> Select[int]:
    return select(UserRole.c.user_id).where(UserRole.c.role_id == role_id)


def _with_rule(rule_id: int) -> Select[int]:
    return select(UserRule.c.user_id).where(UserRule.c.rule_id == rule_id)
