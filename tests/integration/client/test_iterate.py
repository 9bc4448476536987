"""Reading long lists from a real server: all of it, in little memory, while it changes."""

import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from tests.fakes.wsgi import WsgiAdapter
from tests.integration.client.conftest import MakeClient
from tests.integration.client.rig import Rig
from tests.integration.server.world import PASSWORD, Template, World, settings_for
from vantage6.client import Client
from vantage6.server.app import Server, create_app
from vantage6.server.model import Task

pytestmark = pytest.mark.integration
MANY, TRACED = 10_000, 2_000
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def long_server(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with 10,000 tasks, and pages of the usual size."""
    folder = tmp_path_factory.mktemp("long")
    with template.copy(folder) as uri:
        server = create_app(settings_for(uri, max_page_size=100), folder)
        add_tasks(server, template.world, MANY)
        yield server
        server.database.dispose()


def add_tasks(server: Server, world: World, number: int) -> None:
    start = datetime(2026, 1, 1)  # noqa: DTZ001  # UTC, as columns hold it
    rows = [
        {
            "name": f"task {count}",
            "description": f"number {count} of many",
            "image": "registry.example.org/average:1",
            "database": "default",
            "run_id": count,
            "collaboration_id": world.collaborations["study"],
            "initiator_id": world.organizations["alpha"],
            "init_user_id": world.users["researcher"],
            "created_at": start + timedelta(minutes=count),
        }
        for count in range(1, number + 1)
    ]
    with server.database.begin() as session:
        session.execute(Task.__table__.insert(), rows)


@pytest.fixture
def reader(long_server: Server) -> Iterator[Client]:
    with Client("http://server", 5000, long_server.prefix) as client:
        WsgiAdapter(long_server.app).attach(client.session)
        client.authenticate("researcher", PASSWORD)
        yield client


def test_ten_thousand_tasks_are_read_in_little_memory(reader: Client) -> None:
    tasks = reader.task.iterate()
    ids = [next(tasks)["id"] for _ in range(MANY - TRACED)]
    tracemalloc.start()  # late, because it makes everything four times as slow

    ids += [task["id"] for task in tasks]

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ids == list(range(MANY, 0, -1))
    assert peak < 2 * MEGABYTE  # server and client together; the traced rows alone would be more


def test_only_the_pages_that_are_needed_are_asked_for(reader: Client) -> None:
    tasks = reader.task.iterate(per_page=10, fields=["id", "name"])

    assert next(tasks) == {"id": MANY, "name": f"task {MANY}"}


def test_filters_of_server_and_client_apply(reader: Client) -> None:
    named = list(reader.task.iterate(name="task 99%", field="name", per_page=50))

    assert len(named) == 111
    assert [*reader.task.iterate(name="task 99_", filter_=("run_id", 995), field="run_id")] == [
        {"run_id": 995}
    ]


def test_tasks_that_are_deleted_meanwhile_hide_no_others(
    make_client: MakeClient, rig: Rig
) -> None:
    add_tasks(rig.server, rig.world, 40)
    client, seen = make_client(), []

    for number, task in enumerate(client.task.iterate(field="id")):
        seen.append(task["id"])
        if number in {4, 9}:
            with rig.server.database.begin() as session:
                session.execute(delete(Task).where(Task.id.in_(seen[-4:])))

    assert seen == list(range(40, 0, -1))


def test_every_list_can_be_read_so(make_client: MakeClient, rig: Rig) -> None:
    client = make_client("root")
    rig.create(make_client(), "alpha", "beta", "gamma")

    assert len(list(client.rule.iterate())) == len(client.rule.list(page=None, fields=["id"]))
    assert {user["username"] for user in client.user.iterate()} >= {"root", "viewer", "outsider"}
    assert len(list(client.organization.iterate(country="NL"))) == 4
    assert len(list(client.collaboration.iterate(scope="global"))) == 2
    assert len(list(client.node.iterate())) == 5
    assert {role["name"] for role in client.role.iterate()} >= {"Root", "Researcher"}
    assert len(list(client.result.iterate())) == 3


def test_collaborations_of_ones_own_organization_are_one_list(client: Client) -> None:
    assert [row["name"] for row in client.collaboration.iterate()] == ["study"]


def test_refusal_is_the_last_that_old_scripts_get(make_client: MakeClient) -> None:
    client = make_client("nobody", raise_errors=False)

    answers = list(client.task.iterate())

    assert len(answers) == 1
    assert answers[0]["code"] == "forbidden"
