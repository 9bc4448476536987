"""What the two databases do differently, on PostgreSQL."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.orm import undefer_group
from tests.factories import IMAGE, make_organization, make_study, make_task, make_user
from vantage6.common.errors import Conflict, InvalidInput, Unavailable
from vantage6.common.status import TaskStatus
from vantage6.server.fixtures import Fixtures, import_fixtures
from vantage6.server.model import Base, Organization, Result, Role, Task, User
from vantage6.server.permission.roles import DEFAULT_ROLES
from vantage6.server.service import authentication, killing, principals, result, task
from vantage6.server.session import Database, current_session
from vantage6.server.startup import prepare

pytestmark = pytest.mark.postgres


@pytest.fixture
def empty(postgres_url):
    """A schema of its own, which is gone afterwards."""
    schema = f"test_{uuid.uuid4().hex}"
    admin = create_engine(postgres_url)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    url = make_url(postgres_url).update_query_dict({"options": f"-csearch_path={schema}"})
    database = Database(url.render_as_string(hide_password=False))
    yield database
    database.dispose()
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture
def postgres(empty):
    empty.upgrade()
    return empty


def test_head_is_what_the_models_say(postgres):
    with postgres.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_servers_that_start_together_make_everything_once(empty):
    with ThreadPoolExecutor(3) as servers:
        started = [servers.submit(prepare, empty, "test") for _ in range(3)]
    assert [server.exception() for server in started] == [None] * 3
    with empty.begin():
        assert (len(User.get()), len(Role.get())) == (1, len(DEFAULT_ROLES))


def test_plain_address_means_the_driver_that_is_installed(postgres_url):
    url = make_url(postgres_url).set(drivername="postgres").render_as_string(hide_password=False)
    database = Database(url)
    assert database.is_alive()
    database.dispose()


def test_ids_of_related_rows_are_read_along(postgres):
    with postgres.begin():
        study = make_study()
        user = make_user(study.first)
    with postgres.begin():
        rows = select(Organization).options(undefer_group("links"))
        first = current_session().scalars(rows.order_by(Organization.id)).first()
        assert (first.user_ids, first.node_ids) == ((user.id,), (study.nodes[0].id,))
        assert (first.collaboration_ids, first.role_ids) == ((study.collaboration.id,), ())


def test_same_unique_value_twice_is_a_conflict(postgres):
    with pytest.raises(Conflict), postgres.begin():
        make_user(username="twice")
        make_user(username="twice")


def test_broken_reference_is_a_bug_and_no_conflict(postgres):
    with pytest.raises(Exception, match="violates foreign key"), postgres.begin():
        User(username="lost", organization_id=4711).save()


def test_database_that_went_away_is_unavailable(postgres):
    with pytest.raises(Unavailable), postgres.begin() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def test_numbers_of_trees_are_right_under_concurrency(postgres):
    with postgres.begin():
        study = make_study()
        user_id = make_user(study.first, role="Researcher").id
        asked = (task.TaskOrganization(study.first.id, "e30="),)
        body = task.TaskBody(study.collaboration.id, asked, IMAGE)

    def submit(_):
        with postgres.begin():
            return task.create(principals.user(user_id), body).run_id

    with ThreadPoolExecutor(4) as clients:
        assert len(set(clients.map(submit, range(12)))) == 12


def test_kill_never_overtakes_a_result_that_is_being_stored(postgres):
    with postgres.begin():
        study = make_study(members=1)
        run = make_task(study.collaboration, run={"status": TaskStatus.ACTIVE}).results[0]
        user_id, node_id = make_user(study.first, role="Root").id, study.nodes[0].id
    started = threading.Event()

    def kill():
        with postgres.begin():
            actor = principals.user(user_id)
            started.set()
            killing.kill_task(actor, run.task_id)

    with ThreadPoolExecutor(1) as other:
        with postgres.begin():
            done = result.ResultBody(TaskStatus.COMPLETED, result="cmVz")
            result.update(principals.node(node_id), run.id, done)
            killed = other.submit(kill)
            assert started.wait(30)
        assert isinstance(killed.exception(30), InvalidInput)
    with postgres.begin():
        stored = Result.by_id(run.id)
        assert (stored.status, stored.kill_requested_at) == (TaskStatus.COMPLETED, None)


def test_deleting_takes_everything_along_in_the_database(postgres):
    with postgres.begin():
        study = make_study()
        parent = make_task(study.collaboration)
        make_task(study.collaboration, parent_id=parent.id)
    with postgres.begin():
        Task.by_id(parent.id).delete()
    with postgres.begin():
        assert (Task.get(), Result.get()) == ([], [])


def test_import_can_start_from_nothing(postgres):
    with postgres.begin():
        make_study()
    with postgres.begin():
        import_fixtures(Fixtures(), drop_all=True)
    with postgres.begin():
        assert Organization.get() == []
        assert make_organization().id > 3


def test_kill_reaches_a_sub_task_that_is_being_stored(postgres):
    with postgres.begin():
        study = make_study(members=1)
        run = make_task(study.collaboration, run={"status": TaskStatus.ACTIVE}).results[0]
        user_id, node_id = make_user(study.first, role="Root").id, study.nodes[0].id
        body = task.TaskBody(
            study.collaboration.id, (task.TaskOrganization(study.first.id, "e30="),), IMAGE
        )
        claims = authentication.container_identity(principals.node(node_id), run.task_id, IMAGE)
    started = threading.Event()

    def kill():
        with postgres.begin():
            actor = principals.user(user_id)
            started.set()
            killing.kill_task(actor, run.task_id)

    with ThreadPoolExecutor(1) as other:
        with postgres.begin():
            child = task.create(principals.container(claims), body)
            killed = other.submit(kill)
            assert started.wait(30)
        killed.result(30)
    with postgres.begin():
        assert Result.by_id(child.results[0].id).status is TaskStatus.KILLED
