"""Units of work: one transaction, effects only after the commit."""

import contextvars

import pytest
from sqlalchemy import text
from tests.factories import make_organization, make_study, make_user
from tests.fakes.publisher import BrokenPublisher
from vantage6.common.errors import Conflict, NotFound, Unavailable
from vantage6.common.events import NewTask
from vantage6.server import db
from vantage6.server.model import Organization, User
from vantage6.server.session import Announcement, Database, current_session, keep, record

EFFECT = Announcement(NewTask(1), "collaboration_1")


def test_there_is_no_session_outside_a_unit_of_work():
    with pytest.raises(RuntimeError, match="no unit of work"):
        current_session()


def test_everything_is_stored_in_one_commit(database, counted):
    with counted() as seen, database.begin():
        make_organization()
        make_organization()
    assert seen.commits == 1
    with database.begin():
        assert len(Organization.get()) == 2


def test_nothing_is_stored_after_an_exception(database):
    with pytest.raises(NotFound), database.begin():
        make_organization()
        raise NotFound("stop")
    with database.begin():
        assert Organization.get() == []


def test_effects_leave_in_order_after_the_commit(database, published):
    with database.begin():
        record(EFFECT)
        record("second")
        assert published.effects == []
    assert published.effects == [EFFECT, "second"]


def test_nobody_hears_of_what_was_rolled_back(database, published):
    with pytest.raises(NotFound), database.begin():
        record(EFFECT)
        raise NotFound("stop")
    assert published.effects == []


def test_a_failing_publisher_does_not_undo_the_work(database, tmp_path, caplog):
    other = Database(str(database.engine.url), deliver=BrokenPublisher())
    with other.begin():
        make_organization()
        record(EFFECT)
    other.dispose()
    assert "Announcement" in caplog.text
    with database.begin():
        assert len(Organization.get()) == 1


def test_effects_without_a_receiver_are_dropped(database):
    silent = Database(str(database.engine.url))
    with silent.begin():
        record(EFFECT)
    silent.dispose()


def test_units_of_work_do_not_nest(database):
    with database.begin(), pytest.raises(RuntimeError, match="do not nest"), database.begin():
        pass


def test_what_was_kept_survives_a_failure(database):
    with pytest.raises(NotFound), database.begin():
        make_organization(name="kept")
        keep()
        make_organization(name="lost")
        raise NotFound("stop")
    with database.begin():
        assert [organization.name for organization in Organization.get()] == ["kept"]


def test_same_unique_value_twice_is_a_conflict(database):
    with pytest.raises(Conflict), database.begin():
        make_user(username="twice")
        make_user(username="twice")


def test_a_broken_reference_is_not_taken_for_a_conflict(database):
    with pytest.raises(Exception, match="FOREIGN KEY"), database.begin():
        User(username="lost", organization_id=4711).save()


def test_a_database_that_is_gone_is_unavailable(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/no/such/folder/file.sqlite")
    with pytest.raises(Unavailable), database.begin() as session:
        session.execute(text("SELECT 1"))
    assert not database.is_alive()


def test_a_wrong_statement_is_a_bug_and_not_an_outage(database):
    with pytest.raises(Exception, match="no such table"), database.begin() as session:
        session.execute(text("SELECT * FROM nowhere"))


def test_is_alive_when_the_database_answers(database):
    assert database.is_alive()


def test_secrets_are_not_in_database_errors(database):
    with pytest.raises(Exception) as error, database.begin() as session:
        session.execute(text("SELECT :secret FROM nowhere"), {"secret": "planted"})
    assert "planted" not in str(error.value)


def test_held_row_shows_what_others_stored_meanwhile(database):
    with database.begin():
        id_ = make_organization(name="before").id
    other = Database(str(database.engine.url))
    with database.begin():
        stale = Organization.by_id(id_)
        with other.engine.begin() as connection:
            connection.execute(text("UPDATE organization SET name = 'after'"))
        assert stale.name == "before"
        assert Organization.held(id_).name == "after"
    other.dispose()


def test_missing_row_is_not_found_by_id_and_none_by_get(database):
    with database.begin():
        assert Organization.get(1) is None
        with pytest.raises(NotFound, match="organization 1 does not exist"):
            Organization.by_id(1)


@pytest.mark.parametrize("table", ["organization", "authenticatable"])
def test_ids_of_deleted_rows_are_never_given_again(database, table):
    with database.begin():
        user = make_user()
        first = (user.organization_id, user.id)
        organization = user.organization
        user.delete()
        organization.delete()
    with database.begin():
        user = make_user()
        assert user.organization_id > first[0]
        assert user.id > first[1]


def test_users_and_nodes_share_one_series_of_ids(database):
    with database.begin():
        study = make_study(members=2)
        user = make_user(study.first)
        assert len({user.id, *(node.id for node in study.nodes)}) == 3


def test_shell_stores_at_once_and_reads_as_users_know_it(database):
    shell = contextvars.copy_context()

    def session():
        attached = db.attach(str(database.engine.url))
        organization = db.Organization(name="shell").save()
        assert db.Organization.get(organization.id) is organization
        current_session().close()
        attached.dispose()

    shell.run(session)
    with database.begin():
        assert [organization.name for organization in Organization.get()] == ["shell"]


def test_a_new_database_file_is_readable_by_its_owner_only(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/new.sqlite")
    database.upgrade()
    database.dispose()
    assert (tmp_path / "new.sqlite").stat().st_mode & 0o777 == 0o600
