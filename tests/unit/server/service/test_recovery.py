"""Lost and changed secrets: what advisories were about cannot happen here."""

from datetime import timedelta

import jwt
import pyotp
import pytest
from tests.factories import PASSWORD, make_study, make_user
from vantage6.common.errors import Forbidden, InvalidInput, NotAuthenticated, TokenExpired
from vantage6.server.config import PasswordPolicy
from vantage6.server.mail import Mail
from vantage6.server.model import Node, User
from vantage6.server.model.base import now
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.service import node as nodes
from vantage6.server.service import principals
from vantage6.server.service.authentication import Credentials, log_in_user
from vantage6.server.service.letters import Letters
from vantage6.server.service.limiter import Limiter
from vantage6.server.service.recovery import (
    LostFactor,
    LostPassword,
    NewFactor,
    NewPassword,
    PasswordPair,
    Recovery,
)
from vantage6.server.service.recovery_tokens import Purpose, RecoveryTokens

NEW = "Another-Horse-2"
SECRET = "a secret that is long enough for every test of recovery tokens"
POLICY = PasswordPolicy(max_failed_attempts=3)


class CountingOffload:
    """Runs work at once and counts it."""

    def __init__(self):
        self.works = 0

    def __call__(self, work):
        self.works += 1
        return work()


@pytest.fixture
def offload():
    return CountingOffload()


@pytest.fixture
def limiter(offload):
    return Limiter(POLICY, Letters("help@server.example"), offload)


@pytest.fixture
def recovery(limiter):
    tokens = RecoveryTokens(SECRET, timedelta(minutes=60))
    return Recovery(limiter, tokens, timedelta(minutes=5))


@pytest.fixture
def do(database, recovery):
    """One call in a unit of work of its own, as a request makes it."""

    def call(method, *arguments):
        with database.begin():
            return getattr(recovery, method)(*arguments)

    return call


@pytest.fixture
def log_in(database, limiter):
    def attempt(password=PASSWORD, code=None, two_factors=True):
        with database.begin():
            credentials = Credentials("doctor", password, code)
            return log_in_user(credentials, "192.0.2.7", limiter=limiter, two_factors=two_factors)

    return attempt


@pytest.fixture
def user(database):
    with database.begin():
        return make_user(username="doctor", email="d@hospital.example", firstname="<Ann>")


@pytest.fixture
def stored(database, user):
    def read():
        with database.begin():
            return User.by_id(user.id)

    return read


@pytest.fixture
def mailed(published):
    return lambda: [effect for effect in published.effects if isinstance(effect, Mail)]


@pytest.fixture
def password_token(do, user, mailed):
    do("mail_password_token", LostPassword(username="doctor"))
    return token_in(mailed()[-1])


@pytest.fixture
def factor_token(do, user, mailed):
    do("mail_factor_token", LostFactor(PASSWORD, username="doctor"))
    return token_in(mailed()[-1])


def token_in(mail):
    return next(line for line in mail.body_text.splitlines() if line.startswith("ey"))


@pytest.fixture
def time_passes(database, user):
    """Codes that were used are those of some time ago."""

    def pass_():
        with database.begin():
            User.by_id(user.id).otp_step -= 10

    return pass_


def enrolled(log_in):
    secret = log_in().otp_secret
    log_in(code=pyotp.TOTP(secret).now())
    return secret


# --- passwords --------------------------------------------------------------------------------


def test_lost_password_is_replaced_and_the_block_ends(do, password_token, user, database, stored):
    with database.begin():
        User.by_id(user.id).failed_login_attempts = 3
    do("reset_password", NewPassword(password_token, NEW))
    assert stored().check_password(NEW)
    assert stored().failed_login_attempts == 0


def test_mail_of_recovery_has_name_time_and_help_and_html_is_escaped(password_token, mailed):
    (mail,) = mailed()
    assert mail.to == "d@hospital.example"
    assert mail.subject == "Password reset vantage6"
    for words in ("<Ann>", "60 minutes", "help@server.example"):
        assert words in mail.body_text
    assert "&lt;Ann&gt;" in mail.body_html
    assert password_token in mail.body_html


def test_s4_recovery_token_works_once(do, password_token):
    do("reset_password", NewPassword(password_token, NEW))
    with pytest.raises(InvalidInput, match="used already"):
        do("reset_password", NewPassword(password_token, NEW + "!"))


def test_s4_recovery_token_dies_when_the_password_changes(do, password_token, user):
    do("change_password", principal_of(user), PasswordPair(PASSWORD, NEW))
    with pytest.raises(InvalidInput):
        do("reset_password", NewPassword(password_token, NEW + "!"))


def test_s6_recovery_token_dies_when_the_mail_address_changes(do, password_token, database, user):
    with database.begin():
        User.by_id(user.id).email = "elsewhere@hospital.example"
    with pytest.raises(InvalidInput):
        do("reset_password", NewPassword(password_token, NEW))


def test_s4_password_token_never_resets_the_second_factor(do, password_token, stored):
    with pytest.raises(InvalidInput):
        do("reset_factor", NewFactor(password_token))
    assert stored().otp_pending is None


def test_s4_second_factor_token_never_resets_the_password(do, factor_token, stored):
    with pytest.raises(InvalidInput):
        do("reset_password", NewPassword(factor_token, NEW))
    assert stored().check_password(PASSWORD)


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
def test_nonsense_is_no_recovery_token(do, user, token):
    with pytest.raises(InvalidInput):
        do("reset_password", NewPassword(token, NEW))


def test_s4_token_of_another_family_is_no_recovery_token(do, user):
    claims = {"use": "password", "user": user.id, "sub": str(user.id), "bound_to": ""}
    with pytest.raises(InvalidInput):
        do("reset_password", NewPassword(jwt.encode(claims, SECRET, "HS256"), NEW))


def test_expired_recovery_token_is_told_so(do, recovery, database, user):
    recovery.tokens.lifetime = timedelta(seconds=-1)
    with pytest.raises(TokenExpired):
        do("reset_password", NewPassword(issue(recovery, database, user), NEW))


def issue(recovery, database, user):
    with database.begin():
        return recovery.tokens.issue(User.by_id(user.id), Purpose.PASSWORD)


def test_recovery_token_of_a_deleted_user_is_refused(do, password_token, database, user):
    with database.begin():
        User.by_id(user.id).delete()
    with pytest.raises(InvalidInput):
        do("reset_password", NewPassword(password_token, NEW))


def test_weak_password_is_refused_and_the_token_stays_good(do, password_token, stored):
    with pytest.raises(InvalidInput, match="at least 8"):
        do("reset_password", NewPassword(password_token, "weak"))
    do("reset_password", NewPassword(password_token, NEW))
    assert stored().check_password(NEW)


def test_cve_2024_24770_unknown_accounts_are_answered_like_known_ones(do, user, mailed):
    for lost in (LostPassword("nobody"), LostPassword(email="no@where.example"), LostPassword()):
        assert do("mail_password_token", lost) is None
    assert mailed() == []
    assert do("mail_password_token", LostPassword(email="d@hospital.example")) is None
    assert len(mailed()) == 1


def test_cve_2024_24769_a_user_gets_one_recovery_mail_in_a_while(do, user, mailed, database):
    for _ in range(3):
        do("mail_password_token", LostPassword("doctor"))
    assert len(mailed()) == 1
    with database.begin():
        User.by_id(user.id).reset_mailed_at = now() - timedelta(minutes=6)
    do("mail_password_token", LostPassword("doctor"))
    assert len(mailed()) == 2


def test_user_without_a_mail_address_gets_no_mail(do, database, mailed):
    with database.begin():
        make_user(username="offline", email=None)
    do("mail_password_token", LostPassword("offline"))
    do("mail_factor_token", LostFactor(PASSWORD, "offline"))
    assert mailed() == []


# --- changing a password ----------------------------------------------------------------------


def principal_of(user):
    return Principal(Kind.USER, user.id, user.organization_id, frozenset(), frozenset())


def test_password_is_changed_with_the_current_one(do, user, stored):
    do("change_password", principal_of(user), PasswordPair(PASSWORD, NEW))
    assert stored().check_password(NEW)


@pytest.mark.parametrize("new", [PASSWORD, "weak"])
def test_same_or_weak_new_password_is_refused(do, user, stored, new):
    with pytest.raises(InvalidInput):
        do("change_password", principal_of(user), PasswordPair(PASSWORD, new))
    assert stored().check_password(PASSWORD)


def test_cve_2025_43863_guesses_at_the_password_change_block_the_account(do, user, log_in):
    for _ in range(POLICY.max_failed_attempts):
        with pytest.raises(NotAuthenticated):
            do("change_password", principal_of(user), PasswordPair("wrong", NEW))
    with pytest.raises(NotAuthenticated):
        do("change_password", principal_of(user), PasswordPair(PASSWORD, NEW))
    with pytest.raises(NotAuthenticated):
        log_in(two_factors=False)


def test_password_that_changes_while_the_old_one_is_checked_opens_nothing(
    database, user, recovery, do
):
    def others_change(work):
        answer = work()
        with database.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE user SET password = 'changed'")
        return answer

    limiter = Limiter(POLICY, recovery.limiter.letters, others_change)
    with pytest.raises(NotAuthenticated), database.begin():
        limiter.check(User.find("doctor"), PASSWORD, "no")


# --- second factor ----------------------------------------------------------------------------


def test_b15_second_factor_counts_after_its_first_code_only(log_in, stored):
    lost, kept = log_in().otp_secret, log_in().otp_secret
    assert lost != kept
    assert stored().otp_secret is None
    assert log_in(code=pyotp.TOTP(kept).now()).is_complete
    assert stored().otp_secret == kept
    assert log_in().code_needed


def test_lost_second_factor_is_replaced_when_the_new_one_is_confirmed(
    do, user, log_in, mailed, stored, time_passes
):
    old = enrolled(log_in)
    time_passes()
    do("mail_factor_token", LostFactor(PASSWORD, email="d@hospital.example"))
    shown = do("reset_factor", NewFactor(token_in(mailed()[-1])))
    assert shown.otp_secret in shown.qr_uri
    assert log_in().code_needed
    assert log_in(code=pyotp.TOTP(old).now()).is_complete
    assert log_in(code=pyotp.TOTP(shown.otp_secret).now()).is_complete
    assert stored().otp_secret == shown.otp_secret
    time_passes()
    with pytest.raises(NotAuthenticated):
        log_in(code=pyotp.TOTP(old).now())


def test_s4_second_factor_token_works_once(do, factor_token):
    do("reset_factor", NewFactor(factor_token))
    with pytest.raises(InvalidInput):
        do("reset_factor", NewFactor(factor_token))


def test_cve_2024_27928_a_mailbox_alone_does_not_replace_both_factors(
    do, user, log_in, mailed, time_passes
):
    secret = enrolled(log_in)
    time_passes()
    do("mail_password_token", LostPassword("doctor"))
    do("reset_password", NewPassword(token_in(mailed()[-1]), NEW))
    with pytest.raises(Forbidden, match="not enough"):
        do("mail_factor_token", LostFactor(NEW, "doctor"))
    assert log_in(NEW, pyotp.TOTP(secret).now()).is_complete
    do("mail_factor_token", LostFactor(NEW, "doctor"))
    assert mailed()[-1].subject.startswith("Two-factor")


def test_cve_2024_24770_lost_second_factor_answers_and_costs_the_same_for_everybody(
    do, user, offload
):
    messages = set()
    for name in ("nobody", *["doctor"] * (POLICY.max_failed_attempts + 1)):
        with pytest.raises(NotAuthenticated) as refusal:
            do("mail_factor_token", LostFactor("wrong", name))
        messages.add(refusal.value.message)
    assert len(messages) == 1
    assert offload.works == POLICY.max_failed_attempts + 2


def test_s8_asking_for_a_second_factor_does_not_forget_wrong_codes(do, user, log_in, stored):
    enrolled(log_in)
    with pytest.raises(NotAuthenticated):
        log_in(code="000")
    do("mail_factor_token", LostFactor(PASSWORD, "doctor"))
    assert stored().failed_login_attempts == 1


def test_cve_2024_24769_second_factor_mails_are_limited_too(do, user, mailed):
    for _ in range(3):
        do("mail_factor_token", LostFactor(PASSWORD, "doctor"))
    assert len(mailed()) == 1


# --- blocked accounts -------------------------------------------------------------------------


def test_s8_one_mail_tells_of_a_block_however_many_attempts_follow(log_in, user, mailed, stored):
    for _ in range(POLICY.max_failed_attempts + 4):
        with pytest.raises(NotAuthenticated):
            log_in("wrong")
    (mail,) = mailed()
    time = f"{stored().last_login_attempt:%Y-%m-%d %H:%M:%S} UTC"
    assert mail.subject.startswith("Failed log-in")
    for body in (mail.body_text, mail.body_html):
        for words in ("15 minutes", "192.0.2.7", time):
            assert words in body


def test_user_without_a_mail_address_is_blocked_silently(database, user, log_in, mailed):
    with database.begin():
        User.by_id(user.id).email = None
    for _ in range(POLICY.max_failed_attempts):
        with pytest.raises(NotAuthenticated):
            log_in("wrong")
    assert mailed() == []


# --- tokens -----------------------------------------------------------------------------------


def test_s7_tokens_die_with_a_password_change(do, user, database):
    do("change_password", principal_of(user), PasswordPair(PASSWORD, NEW))
    with database.begin():
        assert principals.user(user.id).epoch == 1
        assert principals.user(user.id, 1).epoch == 1
        with pytest.raises(NotAuthenticated, match="has ended"):
            principals.user(user.id, 0)


def test_s7_tokens_die_with_a_password_recovery(do, user, password_token, database):
    do("reset_password", NewPassword(password_token, NEW))
    with database.begin(), pytest.raises(NotAuthenticated):
        principals.user(user.id, 0)


def test_s7_tokens_of_a_node_and_its_containers_die_with_its_key(database, as_user):
    with database.begin():
        node = make_study().nodes[0]
        old = node.api_key
        reset = nodes.reset_api_key(as_user(make_user(role="Root")), node.id)
        assert Node.find_by_api_key(reset.clear_api_key) is node
        assert reset.api_key != old
        with pytest.raises(NotAuthenticated):
            principals.node(node.id, 0)
        assert principals.node(node.id, 1).epoch == 1


def test_key_of_a_node_is_replaced_by_those_who_may_edit_it(database, as_user):
    with database.begin():
        node = make_study().nodes[0]
        with pytest.raises(Forbidden):
            nodes.reset_api_key(as_user(make_user(role="Organization Admin")), node.id)
        admin = make_user(node.organization, role="Organization Admin")
        assert nodes.reset_api_key(as_user(admin), node.id).clear_api_key
