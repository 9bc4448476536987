"""Log-ins give nothing away and cannot be guessed."""

from datetime import timedelta

import bcrypt
import pytest
from tests.factories import (
    PASSWORD,
    make_collaboration,
    make_node,
    make_organization,
    make_study,
    make_task,
    make_user,
)
from vantage6.common.errors import Forbidden, InvalidInput, NotAuthenticated
from vantage6.common.status import TaskStatus
from vantage6.server.config import PasswordPolicy
from vantage6.server.model import User
from vantage6.server.model.base import now
from vantage6.server.service.authentication import (
    Credentials,
    container_identity,
    log_in_node,
    log_in_user,
)
from vantage6.server.service.letters import Letters
from vantage6.server.service.limiter import Limiter, at_once

POLICY = PasswordPolicy(max_failed_attempts=3, inactivation_minutes=15)


class CountingOffload:
    """Runs checks at once and counts them: the work that an attempt costs."""

    def __init__(self):
        self.checks = 0

    def __call__(self, check):
        self.checks += 1
        return check()


@pytest.fixture
def attempt(database):
    """One log-in in a unit of work of its own, as a request makes it."""

    def log_in(username, password=PASSWORD, code=None, offload=at_once, **options):
        limiter = Limiter(POLICY, Letters("help@server.example"), offload)
        with database.begin():
            credentials = Credentials(username, password, code)
            return log_in_user(credentials, "192.0.2.7", limiter=limiter, **options)

    return log_in


@pytest.fixture
def user(database):
    with database.begin():
        return make_user(username="doctor")


def refused(attempt, *arguments, **options):
    with pytest.raises(NotAuthenticated) as refusal:
        attempt(*arguments, **options)
    return refusal.value.message


def stored(database, user):
    with database.begin():
        return User.by_id(user.id)


def test_right_password_logs_in_and_forgets_earlier_mistakes(attempt, user, database):
    refused(attempt, "doctor", "wrong")
    answer = attempt("doctor")
    assert answer.is_complete
    assert answer.user.id == user.id
    assert answer.qr_uri is None
    assert stored(database, user).failed_login_attempts == 0


def test_refusal_says_the_same_whatever_the_reason(attempt, user):
    unknown, wrong = refused(attempt, "nobody"), refused(attempt, "doctor", "wrong")
    for _ in range(POLICY.max_failed_attempts):
        refused(attempt, "doctor", "wrong")
    blocked = refused(attempt, "doctor")
    assert unknown == wrong == blocked


def test_refusal_costs_the_same_work_whatever_the_reason(attempt, user):
    offload = CountingOffload()
    refused(attempt, "nobody", offload=offload)
    refused(attempt, "doctor", "wrong", offload=offload)
    for _ in range(POLICY.max_failed_attempts):
        refused(attempt, "doctor", "wrong")
    refused(attempt, "doctor", offload=offload)
    assert offload.checks == 3


def test_refusal_costs_the_same_statements_and_commits_whatever_the_reason(attempt, user, counted):
    def cost(*arguments):
        with counted() as seen:
            refused(attempt, *arguments)
        verbs = [text.split()[0] for text in seen.statements]
        return verbs, seen.commits

    unknown, wrong = cost("nobody"), cost("doctor", "wrong")
    for _ in range(POLICY.max_failed_attempts):
        refused(attempt, "doctor", "wrong")
    assert unknown == wrong == cost("doctor")
    assert unknown[0][-1] == "UPDATE"


def test_unknown_users_are_checked_at_the_cost_of_real_ones(real_passwords):
    from vantage6.server.service import limiter

    real = bcrypt.hashpw(b"x", bcrypt.gensalt())
    assert limiter._NOBODY[:7].encode() == real[:7]


def test_account_is_blocked_after_too_many_wrong_passwords(attempt, user):
    for _ in range(POLICY.max_failed_attempts):
        refused(attempt, "doctor", "wrong")
    refused(attempt, "doctor")


def test_guessing_in_parallel_does_not_get_around_the_block(database, attempt, user):
    """The account becomes blocked while the right password is still being checked."""

    def others_guess(check):
        is_right = check()
        with database.engine.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE user SET failed_login_attempts = 3, last_login_attempt = ?",
                (now().replace(tzinfo=None).isoformat(" "),),
            )
        return is_right

    refused(attempt, "doctor", offload=others_guess)


def test_block_ends_and_counting_starts_anew(attempt, user, database):
    with database.begin():
        blocked = User.by_id(user.id)
        blocked.failed_login_attempts = POLICY.max_failed_attempts
        blocked.last_login_attempt = now() - timedelta(minutes=16)
    refused(attempt, "doctor", "wrong")
    assert stored(database, user).failed_login_attempts == 1
    attempt("doctor")


def test_count_without_a_time_does_not_block_for_ever(attempt, user, database):
    with database.begin():
        User.by_id(user.id).failed_login_attempts = POLICY.max_failed_attempts
    attempt("doctor")


def test_attempts_at_a_blocked_account_do_not_prolong_the_block(attempt, user, database):
    for _ in range(POLICY.max_failed_attempts):
        refused(attempt, "doctor", "wrong")
    before = stored(database, user).last_login_attempt
    refused(attempt, "doctor", "wrong")
    assert stored(database, user).last_login_attempt == before


def test_user_without_a_password_cannot_log_in(attempt, database):
    with database.begin():
        make_user(username="imported", password_hash=None)
    refused(attempt, "imported", "")


def test_passwords_of_3x_beyond_72_bytes_still_work(database, attempt):
    long = "Aa1!" * 25
    cut = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    with database.begin():
        make_user(username="long", password_hash=cut)
    assert attempt("long", long).is_complete


@pytest.mark.usefixtures("unit")
def test_node_logs_in_with_its_key_and_the_key_is_not_stored():
    study = make_study()
    node = make_node(make_organization(), study.collaboration, api_key="secret-key")
    assert log_in_node("secret-key") is node
    assert "secret-key" not in node.api_key
    with pytest.raises(NotAuthenticated):
        log_in_node(node.api_key)


@pytest.mark.usefixtures("unit")
def test_node_outside_any_collaboration_cannot_log_in():
    make_node(make_organization(), None, api_key="lonely")
    with pytest.raises(NotAuthenticated, match="not part of a collaboration"):
        log_in_node("lonely")


@pytest.fixture
def study(unit):
    return make_study()


def test_container_identity_has_the_claims_of_3x_and_its_run(study, as_node):
    task = make_task(study.collaboration)
    node = study.nodes[0]
    assert container_identity(as_node(node), task.id, task.image) == {
        "client_type": "container",
        "node_id": node.id,
        "organization_id": study.first.id,
        "collaboration_id": study.collaboration.id,
        "task_id": task.id,
        "result_id": task.results[0].id,
        "image": task.image,
        "database": "default",
    }


def test_no_connection_is_held_while_a_password_is_checked(database, attempt, user):
    held = []

    def offload(check):
        held.append(database.engine.pool.checkedout())
        return check()

    attempt("doctor", offload=offload)
    refused(attempt, "nobody", offload=offload)
    assert held == [0, 0]


def test_no_container_token_for_another_image(study, as_node):
    task = make_task(study.collaboration)
    with pytest.raises(Forbidden, match="that image"):
        container_identity(as_node(study.nodes[0]), task.id, f"evil/{task.image}")


def test_no_container_token_for_a_task_of_others(study, as_node):
    elsewhere = make_study()
    not_asked = make_task(study.collaboration, study.organizations[1:])
    foreign = make_task(elsewhere.collaboration)
    for task in (not_asked, foreign):
        with pytest.raises(Forbidden, match="not for this node"):
            container_identity(as_node(study.nodes[0]), task.id, task.image)


def test_no_container_token_for_users(study, as_user):
    task = make_task(study.collaboration)
    with pytest.raises(Forbidden):
        container_identity(as_user(make_user(study.first, role="Root")), task.id, task.image)


def test_no_container_token_for_an_unknown_task_or_an_ended_run(study, as_node):
    task = make_task(study.collaboration, run={"status": TaskStatus.COMPLETED})
    with pytest.raises(InvalidInput, match="has ended"):
        container_identity(as_node(study.nodes[0]), task.id, task.image)
    with pytest.raises(InvalidInput, match="does not exist"):
        container_identity(as_node(study.nodes[0]), 4711, task.image)


def test_collaboration_of_another_organization_gives_no_token(unit, as_node):
    node = make_node(make_organization(), make_collaboration())
    task = make_task(make_collaboration([node.organization]))
    with pytest.raises(Forbidden):
        container_identity(as_node(node), task.id, task.image)
