"""The second factor: codes work once, and recovery codes stand in for a lost app."""

import pyotp
import pytest
from sqlalchemy import select
from tests.factories import PASSWORD, make_user
from vantage6.common.errors import InvalidInput, NotAuthenticated
from vantage6.server.config import PasswordPolicy
from vantage6.server.model import RecoveryCode, User
from vantage6.server.model.base import now
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.service import second_factor
from vantage6.server.service.authentication import Credentials, log_in_user
from vantage6.server.service.letters import Letters
from vantage6.server.service.limiter import Limiter
from vantage6.server.service.recovery import Proof, Recovery

POLICY = PasswordPolicy(max_failed_attempts=3)
LIMITER = Limiter(POLICY, Letters("help@server.example"))


@pytest.fixture
def user(database):
    with database.begin():
        return make_user(username="doctor")


@pytest.fixture
def log_in(database, user):
    """One log-in in a unit of work of its own, as a request makes it."""

    def attempt(code=None, password=PASSWORD):
        with database.begin():
            credentials = Credentials("doctor", password, code)
            return log_in_user(credentials, None, limiter=LIMITER, two_factors=True)

    return attempt


@pytest.fixture
def enrolled(log_in):
    """Secret and recovery codes of a user who has confirmed the second factor."""
    secret = log_in().otp_secret
    return secret, log_in(pyotp.TOTP(secret).now()).recovery_codes


@pytest.fixture
def time_passes(database, user):
    def pass_():
        with database.begin():
            User.by_id(user.id).otp_step -= 10

    return pass_


def refused(log_in, code, **options):
    with pytest.raises(NotAuthenticated):
        log_in(code, **options)


# --- digits -----------------------------------------------------------------------------------


def test_second_factor_is_set_up_first(log_in):
    answer = log_in()
    assert not answer.is_complete
    assert (len(answer.otp_secret), answer.recovery_codes) == (32, ())
    assert "doctor" in answer.qr_uri


def test_second_factor_is_asked_for_and_checked(log_in, enrolled, time_passes):
    time_passes()
    assert log_in().code_needed
    assert log_in(pyotp.TOTP(enrolled[0]).now()).is_complete


def test_no_code_is_taken_twice_neither_the_one_that_confirms_nor_a_later_one(
    log_in, enrolled, time_passes
):
    code = pyotp.TOTP(enrolled[0]).now()
    refused(log_in, code)
    time_passes()
    assert log_in(code).is_complete
    refused(log_in, code)


def test_a_code_before_the_newest_one_is_not_taken_either(database, user, enrolled):
    totp = pyotp.TOTP(enrolled[0])
    with database.begin():
        row = User.held(user.id)
        row.otp_step = totp.timecode(now()) + 1
        assert not second_factor.is_right(row, totp.now())


@pytest.mark.parametrize("offset", [-2, -1, 1, 2])
def test_clocks_may_differ_by_one_step(database, user, offset):
    with database.begin():
        row = User.held(user.id)
        before, after = 0, 1
        while before != after:  # once more, when the clock ticked meanwhile
            totp = pyotp.TOTP(second_factor.show_secret(row))
            before = totp.timecode(now())
            is_taken = second_factor.confirm(row, totp.generate_otp(before + offset))
            after = totp.timecode(now())
    assert is_taken is (abs(offset) == 1)


@pytest.mark.parametrize("code", ["000000", "", "12345", "1234567", "\N{DIGIT ONE}\u0661\u0662"])
def test_what_is_no_code_is_refused(database, user, code):
    with database.begin():
        row = User.held(user.id)
        row.otp_secret = pyotp.random_base32()
        if code == pyotp.TOTP(row.otp_secret).now():
            row.otp_secret = "A" * 32
        assert not second_factor.is_right(row, code)
        assert not second_factor.use_recovery_code(row, code)


def test_guesses_of_the_second_factor_are_counted(log_in, enrolled, time_passes):
    for _ in range(POLICY.max_failed_attempts):
        refused(log_in, "000")
    time_passes()
    refused(log_in, pyotp.TOTP(enrolled[0]).now())


# --- recovery codes ---------------------------------------------------------------------------


def test_recovery_codes_are_given_when_the_second_factor_is_confirmed(enrolled, database):
    codes = enrolled[1]
    with database.begin() as session:
        stored = session.scalars(select(RecoveryCode)).all()
    assert len(set(codes)) == len(stored) == 10
    assert {len(code) for code in codes} == {19}
    for row in stored:
        assert len(row.digest) == 64
        assert not any(code[:4] in row.digest for code in codes)


def test_each_recovery_code_works_once_in_place_of_the_digits(log_in, enrolled):
    first, second, *_ = enrolled[1]
    answer = log_in(first)
    assert (answer.is_complete, answer.recovery_codes_left) == (True, 9)
    refused(log_in, first)
    assert log_in(second.lower().replace("-", " ")).recovery_codes_left == 8


def test_recovery_codes_need_the_password_and_belong_to_one_user(log_in, enrolled, database):
    code = enrolled[1][0]
    refused(log_in, code, password="wrong")
    with database.begin():
        other = make_user(username="other", otp_secret=pyotp.random_base32())
        assert not second_factor.use_recovery_code(other, code)
    assert log_in(code).is_complete


def test_guesses_of_recovery_codes_are_counted(log_in, enrolled):
    for _ in range(POLICY.max_failed_attempts):
        refused(log_in, "ABCD-EFGH-IJKL-MNOP")
    refused(log_in, enrolled[1][0])


def test_a_new_second_factor_brings_new_codes_and_ends_the_old_ones(
    log_in, enrolled, database, user
):
    with database.begin():
        row = User.by_id(user.id)
        secret = second_factor.show_secret(row)
        row.save()
    answer = log_in(pyotp.TOTP(secret).now())
    assert len(answer.recovery_codes) == 10
    refused(log_in, enrolled[1][0])
    assert log_in(answer.recovery_codes[0]).is_complete


# --- codes made anew --------------------------------------------------------------------------


@pytest.fixture
def renew(database, user):
    actor = Principal(Kind.USER, user.id, user.organization_id, frozenset(), frozenset())

    def codes(password=PASSWORD):
        with database.begin():
            return Recovery(LIMITER, None, None).renew_codes(actor, Proof(password))

    return codes


def test_codes_are_made_anew_with_the_password(log_in, enrolled, renew):
    with pytest.raises(NotAuthenticated):
        renew("wrong")
    new = renew()
    refused(log_in, enrolled[1][0])
    assert log_in(new[0]).is_complete


def test_guesses_of_the_password_at_the_new_codes_block_the_account(renew, enrolled):
    for _ in range(POLICY.max_failed_attempts):
        with pytest.raises(NotAuthenticated):
            renew("wrong")
    with pytest.raises(NotAuthenticated):
        renew()


def test_without_a_second_factor_there_are_no_codes(renew):
    with pytest.raises(InvalidInput, match="no second factor"):
        renew()
