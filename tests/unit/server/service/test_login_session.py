"""Sessions move on with every published client, and end when a token was stolen."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.factories import make_user
from vantage6.common.errors import NotAuthenticated
from vantage6.server.model import LoginSession
from vantage6.server.model.authenticatable import AccessChanged
from vantage6.server.model.base import now
from vantage6.server.service.login_session import Sessions

LIFETIME, PATIENCE = timedelta(hours=48), timedelta(seconds=10)
SESSIONS = Sessions(LIFETIME, PATIENCE)


@pytest.fixture
def owner(database):
    with database.begin():
        return make_user().id


@pytest.fixture
def log_in(database, owner):
    def begin():
        with database.begin():
            return SESSIONS.begin(owner)

    return begin


@pytest.fixture
def refresh(database, owner):
    """One refresh in a unit of work of its own, as a request makes it."""

    def trade(token, by=owner):
        with database.begin():
            return SESSIONS.renew(by, token)

    return trade


@pytest.fixture
def time_passes(database):
    """An hour goes by: for the session, and for the tokens that are given."""

    def pass_(*tokens):
        hour = timedelta(hours=1)
        with database.begin() as session:
            for row in session.scalars(select(LoginSession)):
                row.moved_at -= hour
                row.save()
        older = [replace(token, issued_at=token.issued_at - hour) for token in tokens]
        return older[0] if len(older) == 1 else older

    return pass_


@pytest.fixture
def is_ended(database):
    def look():
        with database.begin() as session:
            return session.scalar(select(func.count()).select_from(LoginSession)) == 0

    return look


def refused(refresh, token, **options):
    with pytest.raises(NotAuthenticated, match="has ended"):
        refresh(token, **options)


# --- clients that do everything right ---------------------------------------------------------


def test_a_client_that_uses_the_newest_token_goes_on_for_ever(log_in, refresh, time_passes):
    token = log_in()
    for _ in range(5):
        token = time_passes(refresh(token))
    assert refresh(token).session_id == token.session_id


def test_a_client_of_3_5_that_keeps_its_first_token_goes_on(log_in, refresh, time_passes):
    first = log_in()
    for _ in range(5):
        refresh(first)
        time_passes()
    assert refresh(first)


def test_a_client_that_keeps_its_first_token_costs_one_statement_and_no_write(
    database, owner, log_in, counted
):
    first = log_in()
    with database.begin():
        SESSIONS.renew(owner, first)
    with counted() as seen, database.begin():
        SESSIONS.renew(owner, first)
    assert [text.split()[0] for text in seen.statements] == ["SELECT"]


def test_moving_costs_one_statement_more(database, owner, log_in, refresh, counted):
    second = refresh(log_in())
    with counted() as seen, database.begin():
        SESSIONS.renew(owner, second)
    assert [text.split()[0] for text in seen.statements] == ["SELECT", "UPDATE"]


def test_two_log_ins_of_one_user_are_two_sessions(log_in, refresh, time_passes):
    one, other = log_in(), log_in()
    stolen = one
    one = refresh(refresh(one))
    time_passes()
    refused(refresh, stolen)
    refused(refresh, one)
    assert refresh(other)


# --- answers that get lost, and threads -------------------------------------------------------


def test_a_lost_answer_does_not_matter(log_in, refresh, time_passes):
    token = log_in()
    for _ in range(3):
        refresh(token)
        time_passes()
        token = refresh(token)
        refresh(token)
        time_passes()
        token = time_passes(refresh(token))
    assert refresh(token)


def test_threads_that_ask_at_the_same_time_all_get_a_token(log_in, refresh, time_passes):
    """One reads the old token, another stores the new one and uses it, then the first asks."""
    old = time_passes(log_in())
    new = refresh(old)
    newer = refresh(new)
    late = refresh(old)
    for token in (late, newer, refresh(newer)):
        assert refresh(token)


@pytest.mark.parametrize("kept", range(6))
def test_whichever_answer_of_a_burst_a_client_keeps_it_goes_on(log_in, refresh, time_passes, kept):
    old = time_passes(log_in())
    first, second = refresh(old), refresh(old)
    third = refresh(first)
    burst = [first, second, third, refresh(second), refresh(third), refresh(old)]
    token = time_passes(*burst)[kept]
    for _ in range(3):
        token = time_passes(refresh(token))


@pytest.fixture
def meanwhile(database, owner):
    """A refresh that has read the session when another one moves it."""

    def trade(token, moved_to):
        with database.begin() as session:
            read = session.get(LoginSession, token.session_id)
            with database.engine.begin() as other:
                other.exec_driver_sql(
                    "UPDATE login_session SET previous = current, current = ?", (moved_to.id,)
                )
            assert read.current == token.after
            return SESSIONS.renew(owner, token)

    return trade


def test_a_successor_that_two_use_at_the_same_time_is_good_for_both(log_in, refresh, meanwhile):
    successor = refresh(log_in())
    assert meanwhile(successor, successor).after == successor.id


def test_of_two_successors_that_are_used_at_the_same_time_one_is_theft(
    log_in, refresh, meanwhile, is_ended
):
    first = log_in()
    ours, theirs = refresh(first), refresh(first)
    ours = replace(ours, issued_at=ours.issued_at - timedelta(hours=1))
    with pytest.raises(NotAuthenticated):
        meanwhile(ours, theirs)
    assert is_ended()


# --- theft ------------------------------------------------------------------------------------


def test_cve_2023_23929_an_old_token_after_its_successor_ends_the_session(
    log_in, refresh, time_passes, is_ended, published, caplog
):
    stolen = log_in()
    second = refresh(stolen)
    third = refresh(second)
    time_passes()

    refused(refresh, stolen)

    assert is_ended()
    refused(refresh, second)
    refused(refresh, third)
    assert published.effects == [AccessChanged()]
    assert "session is ended owner=" in caplog.text


def test_a_thief_who_was_first_is_found_out_when_the_owner_comes(
    log_in, refresh, time_passes, is_ended
):
    owners = log_in()
    thiefs = time_passes(refresh(owners))
    refresh(thiefs)
    time_passes()
    refused(refresh, owners)
    assert is_ended()


@pytest.mark.parametrize("thief_is_first", [True, False])
def test_two_who_go_on_from_one_token_in_step_are_found_out(
    log_in, refresh, time_passes, is_ended, thief_is_first
):
    shared = log_in()
    one, other = time_passes(refresh(shared), refresh(shared))
    first, second = (one, other) if thief_is_first else (other, one)
    refresh(first)
    refused(refresh, second)
    assert is_ended()


def test_an_older_token_is_theft_however_quickly_it_comes(log_in, refresh, time_passes, is_ended):
    first = time_passes(log_in())
    second = time_passes(refresh(first))
    refresh(time_passes(refresh(second)))
    refused(refresh, first)
    assert is_ended()


def test_without_patience_the_first_use_of_a_successor_ends_what_was_before(
    database, owner, log_in
):
    strict = Sessions(LIFETIME, timedelta(0))
    first = log_in()
    with database.begin():
        strict.renew(owner, strict.renew(owner, first))
    with pytest.raises(NotAuthenticated), database.begin():
        strict.renew(owner, first)


# --- tokens that belong nowhere ---------------------------------------------------------------


def test_a_token_of_no_session_or_of_somebody_else_renews_nothing(
    database, log_in, refresh, is_ended
):
    token = log_in()
    with database.begin():
        somebody_else = make_user().id
    refused(refresh, None)
    refused(refresh, replace(token, session_id="0" * 32))
    refused(refresh, token, by=somebody_else)
    assert not is_ended()


def test_a_token_that_the_session_does_not_know_ends_it(log_in, refresh, is_ended):
    refused(refresh, replace(log_in(), id="another", after="unheard of"))
    assert is_ended()


def test_sessions_without_a_valid_token_are_forgotten_at_the_next_log_in(database, owner, log_in):
    old, young = log_in(), log_in()
    with database.begin() as session:
        session.get(LoginSession, old.session_id).moved_at = now() - 2 * LIFETIME - 2 * PATIENCE
        session.get(LoginSession, young.session_id).moved_at = now() - 2 * LIFETIME
    new = log_in()
    with database.begin() as session:
        kept = set(session.scalars(select(LoginSession.id)))
    assert kept == {young.session_id, new.session_id}


def test_sessions_go_with_their_owner(database, owner, log_in, is_ended):
    from vantage6.server.model import User

    log_in()
    with database.begin():
        User.by_id(owner).delete()
    assert is_ended()
