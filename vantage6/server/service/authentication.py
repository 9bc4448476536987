"""Who somebody is: passwords, API keys, and what a container's token says.

Notes
-----
Every refused log-in has the same words and costs the same work, whether the user exists, the
account is blocked, or the password is wrong; all three have been advisories of 3.x.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pyotp

from vantage6.common.errors import Forbidden, InvalidInput, NotAuthenticated
from vantage6.server.config import PasswordPolicy
from vantage6.server.model import Node, Result, Task, User
from vantage6.server.model.base import now
from vantage6.server.model.user import verify_password
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.session import current_session, keep, let_go

Offload = Callable[[Callable[[], bool]], bool]
"""Runs a slow check, perhaps in a thread, and gives its answer."""

_NOBODY = "$2b$12$bIt4fWBf0vJZlUDC40liVOSp3MW2rZcEFR6SWLOD28hH1r7PFesyy"
"""Hash that is checked for an unknown user, at the cost of a real one; no password fits."""

_ISSUER = "vantage6 (petronas)"  # shown by authenticator apps, as in 3.x
_REFUSED = "the user name or the password is wrong, or the account is blocked for a while"

_POLICY: tuple[tuple[str, str], ...] = (
    (r".{8,}", "must have at least 8 characters"),
    (r".{0,128}", "must have at most 128 characters"),
    (r".*[0-9].*", "must contain a digit"),
    (r".*[A-Z].*", "must contain a capital letter"),
    (r".*[a-z].*", "must contain a small letter"),
    (r".*[^A-Za-z0-9].*", "must contain a character that is neither letter nor digit"),
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a user logs in with."""

    username: str
    password: str
    mfa_code: str | None = None


@dataclass(frozen=True, slots=True)
class LogIn:
    """A right password, and what is still missing for a log-in with two factors.

    Parameters
    ----------
    user
        Who it is.
    otp_secret
        A new secret that the user has to put into an authenticator app.
    code_needed
        Whether the six digits of that app are missing.
    """

    user: User
    otp_secret: str | None = None
    code_needed: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether the user is logged in."""
        return self.otp_secret is None and not self.code_needed

    @property
    def qr_uri(self) -> str | None:
        """The secret in the form that authenticator apps read."""
        if self.otp_secret is None:
            return None
        totp = pyotp.TOTP(self.otp_secret, name=self.user.username, issuer=_ISSUER)
        return totp.provisioning_uri()


def _at_once(check: Callable[[], bool]) -> bool:
    return check()


def log_in_user(
    credentials: Credentials,
    policy: PasswordPolicy,
    *,
    two_factors: bool = False,
    offload: Offload = _at_once,
) -> LogIn:
    """Check a password, and the second factor where the server asks for one.

    Parameters
    ----------
    credentials
        What the user sent.
    policy
        When an account is blocked.
    two_factors
        Whether a second factor is needed.
    offload
        Runs the slow part, so that it does not stop others.

    Raises
    ------
    NotAuthenticated
        When the log-in is refused; wrong attempts are counted.
    """
    user = User.find(credentials.username)
    password_hash = (user and user.password_hash) or _NOBODY
    let_go()
    is_right = offload(lambda: verify_password(credentials.password, password_hash))
    if user is None:
        raise NotAuthenticated(_REFUSED)
    # Only now: whoever guesses in parallel finds the account blocked by the other guesses.
    user = User.held(user.id)
    if _is_blocked(user, policy):
        raise NotAuthenticated(_REFUSED)
    if not is_right:
        raise _counted(user, policy, _REFUSED)
    answer = _second_factor(user, credentials, policy) if two_factors else LogIn(user)
    if answer.is_complete:
        user.failed_login_attempts, user.last_seen = 0, now()
    user.save()
    return answer


def log_in_node(api_key: str) -> Node:
    """The node that a key belongs to.

    Raises
    ------
    NotAuthenticated
        When no node has this key, or it takes part in nothing.
    """
    node = Node.find_by_api_key(api_key)
    if node is None:
        raise NotAuthenticated("the API key is wrong")
    if node.collaboration_id is None:
        raise NotAuthenticated("this node is not part of a collaboration")
    return node


def container_identity(actor: Principal, task_id: int, image: str) -> dict[str, Any]:
    """Subject of the token for the container that a node is about to start.

    Raises
    ------
    InvalidInput
        When the task does not exist, or the run of this node has ended.
    Forbidden
        When the task is not this node's, or runs another image.
    """
    task = current_session().get(Task, task_id)
    if task is None:
        raise InvalidInput(f"task {task_id} does not exist")
    run = _run_of(actor, task)
    if task.image != image:
        raise Forbidden(f"task {task_id} does not run that image")
    if run.complete:
        raise InvalidInput(f"the run of task {task_id} at this node has ended")
    return {
        "client_type": Kind.CONTAINER.value,
        "node_id": actor.id,
        "organization_id": actor.organization_id,
        "collaboration_id": task.collaboration_id,
        "task_id": task.id,
        "result_id": run.id,
        "image": task.image,
        "database": task.database,
    }


def require_strong(password: str) -> None:
    """Refuse a password that is too easy to guess; the first rule that it breaks is named.

    Raises
    ------
    InvalidInput
        When it breaks a rule.
    """
    for pattern, rule in _POLICY:
        if re.fullmatch(pattern, password, re.DOTALL) is None:
            raise InvalidInput(f"the password {rule}", fields={"password": rule})


def _run_of(actor: Principal, task: Task) -> Result:
    if actor.kind is Kind.NODE and task.collaboration_id in actor.collaboration_ids:
        for run in task.results:
            if run.organization_id == actor.organization_id:
                return run
    raise Forbidden(f"task {task.id} is not for this node")


def _is_blocked(user: User, policy: PasswordPolicy) -> bool:
    if user.failed_login_attempts < policy.max_failed_attempts:
        return False
    last, window = user.last_login_attempt, timedelta(minutes=policy.inactivation_minutes)
    return last is not None and now() - last < window


def _counted(user: User, policy: PasswordPolicy, message: str) -> NotAuthenticated:
    over = user.failed_login_attempts >= policy.max_failed_attempts
    user.failed_login_attempts = 1 if over else user.failed_login_attempts + 1
    user.last_login_attempt = now()
    user.save()
    keep()
    return NotAuthenticated(message)


def _second_factor(user: User, credentials: Credentials, policy: PasswordPolicy) -> LogIn:
    if user.otp_secret is None:
        user.otp_secret = pyotp.random_base32()
        return LogIn(user, otp_secret=user.otp_secret)
    if not credentials.mfa_code:
        return LogIn(user, code_needed=True)
    if not pyotp.TOTP(user.otp_secret).verify(credentials.mfa_code, valid_window=1):
        raise _counted(user, policy, "the code of the second factor is wrong")
    return LogIn(user)
