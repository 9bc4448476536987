"""Who somebody is: passwords, API keys, and what a container's token says.

Notes
-----
Every refused log-in has the same words and costs the same work, whether the user exists, the
account is blocked, or the password is wrong; all three have been advisories of 3.x.
"""

from dataclasses import dataclass
from typing import Any

import pyotp

from vantage6.common.errors import Forbidden, InvalidInput, NotAuthenticated
from vantage6.server.model import Node, Result, Task, User
from vantage6.server.model.base import now
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.service import second_factor
from vantage6.server.service.limiter import Limiter
from vantage6.server.session import current_session

_ISSUER = "vantage6 (petronas)"  # shown by authenticator apps, as in 3.x
_WRONG_CODE = "the code of the second factor is wrong, or it was used already"
_REFUSED = "the user name or the password is wrong, or the account is blocked for a while"


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
    recovery_codes
        What can be sent in place of the digits, once each; when a new secret has been confirmed.
    recovery_codes_left
        How many of these are left, when one was used.
    """

    user: User
    otp_secret: str | None = None
    code_needed: bool = False
    recovery_codes: tuple[str, ...] = ()
    recovery_codes_left: int | None = None

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


def log_in_user(
    credentials: Credentials,
    address: str | None,
    *,
    limiter: Limiter,
    two_factors: bool = False,
) -> LogIn:
    """Check a password, and the second factor where the server asks for one.

    Parameters
    ----------
    credentials
        What the user sent.
    address
        Where it came from.
    limiter
        Counts wrong attempts.
    two_factors
        Whether a second factor is needed.

    Raises
    ------
    NotAuthenticated
        When the log-in is refused; wrong attempts are counted.
    """
    found = User.find(credentials.username)
    user = limiter.check(found, credentials.password, _REFUSED, address)
    answer = _second_factor(user, credentials.mfa_code) if two_factors else LogIn(user)
    if answer is None:
        raise limiter.counted(user, _WRONG_CODE, address)
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


def _run_of(actor: Principal, task: Task) -> Result:
    if actor.kind is Kind.NODE and task.collaboration_id in actor.collaboration_ids:
        for run in task.results:
            if run.organization_id == actor.organization_id:
                return run
    raise Forbidden(f"task {task.id} is not for this node")


def _second_factor(user: User, code: str | None) -> LogIn | None:
    """What a right password and perhaps a code give; None when the code is wrong."""
    if user.otp_secret is None and not (code and user.otp_pending):
        return LogIn(user, otp_secret=second_factor.show_secret(user))
    if not code:
        return LogIn(user, code_needed=True)
    answer = _checked(user, code)
    if answer is not None:
        user.password_by_mail = False
    return answer


def _checked(user: User, code: str) -> LogIn | None:
    if second_factor.confirm(user, code):
        return LogIn(user, recovery_codes=second_factor.new_recovery_codes(user))
    if second_factor.is_right(user, code):
        return LogIn(user)
    if second_factor.use_recovery_code(user, code):
        return LogIn(user, recovery_codes_left=second_factor.recovery_codes_left(user))
    return None
