"""What a server brings in line with its code each time it starts, and makes the first time.

Tables, rules and default roles follow the code. The first start also makes the organization and
the user `root`. In a test or development environment its password is ``root``, as documented;
anywhere else it is random and shown once, on the terminal and not in the log.
"""

import secrets

from sqlalchemy import select

from vantage6.common import info, warning
from vantage6.server.model import Organization, Role, Rule, User
from vantage6.server.permission.roles import DEFAULT_ROLES, ROOT
from vantage6.server.permission.rules import RULES, RuleKey
from vantage6.server.session import Database, be_alone, current_session

ROOT_NAME = "root"
_ROOT_MAIL = "root@domain.ext"
OPEN_ENVIRONMENTS = ("test", "dev")
_PASSWORD_BYTES = 18


def prepare(database: Database, environment: str) -> None:
    """Make a database ready for this version of the server; doing it again changes nothing.

    Parameters
    ----------
    database
        Empty, or used by this or an earlier version.
    environment
        Which one of the configuration it is; decides on the first password.
    """
    database.upgrade()
    with database.begin():
        be_alone()
        align_permissions()
        password = _make_root(environment)
    if password is not None:
        warning(f"The user '{ROOT_NAME}' was made. Its password is shown this once: {password}")
        info("Change it after the first log-in.")


def align_permissions() -> None:
    """Bring rules and default roles in line with the code."""
    rules = _align_rules()
    shared = select(Role).where(Role.organization_id.is_(None))
    there = {role.name: role for role in current_session().scalars(shared)}
    for declared in DEFAULT_ROLES:
        role = there.get(declared.name) or Role(name=declared.name, rules=[])
        role.description = declared.description
        if {rule.key for rule in role.rules} != declared.rules:
            role.rules = [rule for key, rule in rules.items() if key in declared.rules]
        role.save()


def _align_rules() -> dict[RuleKey, Rule]:
    there = {rule.key: rule for rule in Rule.get()}
    for declared in RULES:
        name, operation, scope = declared.key
        rule = there.get(declared.key) or Rule(name=name, operation=operation, scope=scope)
        rule.description = declared.text
        there[declared.key] = rule.save()
    return there


def _make_root(environment: str) -> str | None:
    """Make the first user where there is none; the password, when somebody has to be told it."""
    if User.find(ROOT_NAME) is not None:
        return None
    is_open = environment in OPEN_ENVIRONMENTS
    password = ROOT_NAME if is_open else secrets.token_urlsafe(_PASSWORD_BYTES)
    role = current_session().scalars(
        select(Role).where(Role.name == ROOT, Role.organization_id.is_(None))
    )
    User(
        username=ROOT_NAME,
        password=password,
        email=_ROOT_MAIL,
        organization=Organization(name=ROOT_NAME),
        roles=[role.one()],
    ).save()
    return None if is_open else password
