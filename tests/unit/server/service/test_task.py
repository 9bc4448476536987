"""Tasks: everything is checked before anything is stored; then the nodes hear of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.factories import (
    ENVELOPE,
    IMAGE,
    make_collaboration,
    make_organization,
    make_port,
    make_study,
    make_task,
    make_user,
)
from vantage6.common import rooms
from vantage6.common.errors import Forbidden, InvalidInput, NotAuthenticated, NotFound
from vantage6.common.events import KillContainers, NewTask, TaskCreated
from vantage6.common.status import TaskStatus
from vantage6.server.model import Port, Result, Task
from vantage6.server.model.base import now
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import principals
from vantage6.server.service import task as service
from vantage6.server.service.task import TaskBody, TaskOrganization, TaskQuery
from vantage6.server.session import current_session


def rows(statement):
    return list(current_session().scalars(statement))


def body_for(collaboration, organizations=None, **values):
    asked = collaboration.organizations if organizations is None else organizations
    defaults = {
        "image": IMAGE,
        "organizations": tuple(
            TaskOrganization(organization.id, "e30=") for organization in asked
        ),
    }
    return TaskBody(collaboration.id, **(defaults | values))


@pytest.fixture
def study(unit):
    return make_study()


@pytest.fixture
def researcher(study, as_user):
    return as_user(make_user(study.first, role="Researcher"))


@pytest.fixture
def parent(study, researcher):
    return service.create(researcher, body_for(study.collaboration))


@pytest.fixture
def container(parent, as_container):
    return as_container(parent.results[0])


class TestCreate:
    def test_a_run_is_stored_for_each_organization(self, study, researcher):
        body = body_for(study.collaboration, name="average", description="of age", database="x")
        task = service.create(researcher, body)
        assert (task.name, task.description, task.database) == ("average", "of age", "x")
        assert (task.initiator_id, task.init_user_id) == (study.first.id, researcher.id)
        assert task.parent_id is None
        assert [run.organization_id for run in task.results] == [o.id for o in study.organizations]
        assert {(run.status, run.input) for run in task.results} == {(TaskStatus.PENDING, "e30=")}
        assert task.status == "pending"
        assert not task.complete

    def test_texts_that_are_not_given_are_empty(self, study, researcher):
        task = service.create(researcher, body_for(study.collaboration))
        assert (task.name, task.description, task.database) == ("", "", "")

    def test_each_tree_has_a_number_of_its_own(self, study, researcher):
        first = service.create(researcher, body_for(study.collaboration))
        second = service.create(researcher, body_for(study.collaboration))
        assert first.run_id != second.run_id
        assert first.run_id == first.id

    def test_number_of_a_deleted_tree_is_never_given_again(self, study, as_user):
        root = as_user(make_user(study.first, role="Root"))
        first = service.create(root, body_for(study.collaboration))
        gone = first.run_id
        service.delete(root, first.id)
        assert service.create(root, body_for(study.collaboration)).run_id > gone

    def test_events_leave_after_the_commit_and_in_order(self, database, published):
        with database.begin():
            study = make_study()
            actor = principals.user(make_user(study.first, role="Researcher").id)
            task = service.create(actor, body_for(study.collaboration))
            assert published.effects == []
        created, new = published.announcements
        assert created.event == TaskCreated(
            task.id, task.run_id, study.collaboration.id, study.first.id
        )
        assert new.event == NewTask(task.id)
        assert {created.room, new.room} == {rooms.collaboration(study.collaboration.id)}

    def test_unknown_collaboration_is_not_found(self, researcher):
        with pytest.raises(NotFound):
            service.create(researcher, TaskBody(4711, (TaskOrganization(1),), IMAGE))

    def test_permission_is_needed(self, study, as_user):
        with pytest.raises(Forbidden):
            service.create(
                as_user(make_user(study.first, role="Viewer")), body_for(study.collaboration)
            )

    def test_nobody_asks_a_collaboration_of_others(self, study, as_user):
        for role in ("Researcher", "Root"):
            with pytest.raises(Forbidden, match="does not take part"):
                service.create(as_user(make_user(role=role)), body_for(study.collaboration))

    def test_image_is_needed(self, study, researcher):
        with pytest.raises(InvalidInput, match="which image"):
            service.create(researcher, body_for(study.collaboration, image=" "))

    def test_organizations_are_needed(self, study, researcher):
        with pytest.raises(InvalidInput, match="which organizations"):
            service.create(researcher, body_for(study.collaboration, []))

    def test_strangers_cannot_be_asked(self, study, researcher):
        stranger = make_organization()
        with pytest.raises(InvalidInput, match=f"not in this collaboration.*{stranger.id}"):
            service.create(researcher, body_for(study.collaboration, [study.first, stranger]))

    def test_organizations_without_a_node_cannot_be_asked(self, study, researcher):
        study.nodes[1].delete()
        with pytest.raises(InvalidInput, match=f"no node.*{study.organizations[1].id}"):
            service.create(researcher, body_for(study.collaboration))

    def test_no_organization_is_asked_twice(self, study, researcher):
        with pytest.raises(InvalidInput, match="more than once"):
            service.create(researcher, body_for(study.collaboration, [study.first, study.first]))

    def test_refused_task_leaves_nothing_behind(self, study, researcher):
        with pytest.raises(InvalidInput):
            service.create(researcher, body_for(study.collaboration, [study.first] * 2))
        assert Task.get() == []
        assert "effects" not in current_session().info

    @pytest.mark.parametrize("readable", ["e30=", None, "", "$$", "secret patient data"])
    def test_readable_input_is_refused_in_an_encrypted_collaboration(
        self, unit, as_user, readable
    ):
        study = make_study(encrypted=True)
        actor = as_user(make_user(study.first, role="Researcher"))
        inputs = (
            TaskOrganization(study.first.id, ENVELOPE),
            TaskOrganization(study.organizations[1].id, readable),
        )
        with pytest.raises(InvalidInput, match=f"is not: organization {inputs[1].id}"):
            service.create(actor, TaskBody(study.collaboration.id, inputs, IMAGE))

    def test_encrypted_input_is_accepted(self, unit, as_user):
        study = make_study(encrypted=True)
        actor = as_user(make_user(study.first, role="Researcher"))
        asked = (TaskOrganization(study.first.id, ENVELOPE),)
        task = service.create(actor, TaskBody(study.collaboration.id, asked, IMAGE))
        assert task.results[0].input == ENVELOPE


class TestSubTask:
    def test_belongs_to_the_tree_of_its_parent(self, study, parent, container):
        child = service.create(container, body_for(study.collaboration))
        assert (child.parent_id, child.run_id) == (parent.id, parent.run_id)
        assert child.init_user_id == parent.init_user_id
        assert child.initiator_id == container.organization_id

    @pytest.mark.parametrize("image", [f"evil/{IMAGE}", IMAGE[1:], IMAGE.upper(), f"{IMAGE} "])
    def test_container_asks_for_its_own_image_only(self, study, container, image):
        with pytest.raises(Forbidden, match="its own image"):
            service.create(container, body_for(study.collaboration, image=image))

    def test_container_asks_its_own_collaboration_only(self, study, container):
        other = make_collaboration(study.organizations)
        with pytest.raises(Forbidden):
            service.create(container, body_for(other))

    def test_container_whose_run_has_ended_asks_for_nothing(self, study, parent, as_container):
        actor = as_container(parent.results[0])
        parent.results[0].status = TaskStatus.COMPLETED
        parent.save()
        with pytest.raises(NotAuthenticated):
            principals.container({"result_id": actor.result_id, "task_id": actor.task_id})

    def test_container_that_is_being_killed_asks_for_nothing(self, study, parent, container):
        parent.results[0].kill_requested_at = now()
        with pytest.raises(Forbidden, match="being killed"):
            service.create(container, body_for(study.collaboration))


class TestAllowLists:
    @pytest.fixture
    def shares(self, study, as_node):
        from vantage6.server.service.node import share_config

        return lambda **settings: share_config(as_node(study.nodes[0]), settings)

    def test_user_on_the_list_is_let_through(self, study, researcher, shares):
        shares(allowed_users=[researcher.id, 4711])
        assert service.create(researcher, body_for(study.collaboration))

    def test_user_who_is_not_on_it_is_refused(self, study, researcher, shares):
        shares(allowed_users=[4711])
        with pytest.raises(InvalidInput, match=f"allow-list of organization {study.first.id}"):
            service.create(researcher, body_for(study.collaboration))

    def test_other_organizations_can_still_be_asked(self, study, researcher, shares):
        shares(allowed_users=[4711])
        assert service.create(researcher, body_for(study.collaboration, study.organizations[1:]))

    def test_one_of_the_two_lists_is_enough(self, study, researcher, shares):
        shares(allowed_users=[4711], allowed_orgs=[study.first.id])
        assert service.create(researcher, body_for(study.collaboration))

    def test_names_are_matched_as_a_whole(self, study, as_user, shares):
        user = make_user(study.first, role="Researcher", username="doctor")
        shares(allowed_users=["doctor"])
        assert service.create(as_user(user), body_for(study.collaboration))
        shares(allowed_users=["doctor2"], allowed_orgs=[study.first.name + "x"])
        with pytest.raises(InvalidInput):
            service.create(as_user(user), body_for(study.collaboration))
        shares(allowed_orgs=[study.first.name])
        assert service.create(as_user(user), body_for(study.collaboration))

    def test_digits_of_a_user_name_are_never_taken_for_an_id(self, study, as_user, shares):
        user = make_user(study.first, role="Researcher", username="4711")
        shares(allowed_users=[4711])
        with pytest.raises(InvalidInput):
            service.create(as_user(user), body_for(study.collaboration))

    def test_digits_of_an_organization_are_never_taken_for_an_id(self, study, as_user, shares):
        study.first.name = "4711"
        user = make_user(study.first, role="Researcher")
        shares(allowed_orgs=[4711])
        with pytest.raises(InvalidInput):
            service.create(as_user(user), body_for(study.collaboration))

    def test_sub_tasks_are_the_business_of_the_node(self, study, container, shares):
        shares(allowed_users=[4711])
        assert service.create(container, body_for(study.collaboration))


class TestList:
    def test_newest_first_and_only_the_own_collaborations(self, study, researcher):
        tasks = [make_task(study.collaboration) for _ in range(3)]
        make_task(make_study().collaboration)
        assert rows(service.list_(researcher, TaskQuery())) == tasks[::-1]

    def test_filters(self, study, researcher):
        make_task(study.collaboration)
        wanted = make_task(
            study.collaboration,
            name="average",
            description="mean",
            image="img:2",
            database="ehr",
            run_id=77,
            initiator_id=study.organizations[1].id,
            init_user_id=researcher.id,
        )
        child = make_task(study.collaboration, parent_id=wanted.id, run_id=78)
        for query in (
            TaskQuery(name="av%"),
            TaskQuery(description="me__"),
            TaskQuery(image="img%"),
            TaskQuery(database="ehr"),
            TaskQuery(run_id=77),
            TaskQuery(initiator_id=study.organizations[1].id),
            TaskQuery(init_user_id=researcher.id),
            TaskQuery(result_id=wanted.results[1].id, collaboration_id=study.collaboration.id),
        ):
            assert rows(service.list_(researcher, query)) == [wanted], query
        assert rows(service.list_(researcher, TaskQuery(parent_id=wanted.id))) == [child]

    @pytest.mark.parametrize(
        ("states", "status"),
        [
            (["pending", "completed"], "pending"),
            (["initializing", "pending"], "initializing"),
            (["active", "initializing", "completed"], "active"),
            (["crashed", "active"], "failed"),
            (["killed by user", "completed"], "failed"),
            (["completed", "completed"], "completed"),
            ([], "unknown"),
        ],
    )
    def test_filter_by_status_means_what_the_status_shows(self, study, researcher, states, status):
        task = make_task(study.collaboration, [])
        for state, organization in zip(states, study.organizations, strict=False):
            Result(task=task, organization_id=organization.id, status=TaskStatus(state)).save()
        assert task.status == status
        all_states = {*TaskStatus, "failed", "unknown", "nonsense"}
        names = {getattr(state, "value", state) for state in all_states}
        found = {name for name in names if rows(service.list_(researcher, TaskQuery(status=name)))}
        assert found == {status}

    def test_get_checks_the_permission(self, study, researcher):
        own, foreign = make_task(study.collaboration), make_task(make_study().collaboration)
        assert service.get(researcher, own.id, include_results=True) is own
        with pytest.raises(Forbidden):
            service.get(researcher, foreign.id)
        with pytest.raises(NotFound):
            service.get(researcher, 4711)

    def test_results_of_a_task(self, study, researcher, container, parent):
        assert rows(service.results(researcher, parent.id)) == parent.results
        assert rows(service.results(container, parent.id)) == parent.results
        with pytest.raises(Forbidden):
            service.results(researcher, make_task(make_study().collaboration).id)

    def test_results_need_the_rule_about_results(self, study, as_user):
        actor = as_user(make_user(study.first, rules=[("task", Op.VIEW, Scope.ORGANIZATION)]))
        with pytest.raises(Forbidden):
            service.results(actor, make_task(study.collaboration).id)


class TestDelete:
    def test_runs_ports_and_children_go_with_the_task(self, study, as_user):
        task = make_task(study.collaboration, run={"status": TaskStatus.COMPLETED})
        child = make_task(study.collaboration, parent_id=task.id)
        make_task(study.collaboration, parent_id=child.id)
        make_port(task.results[0])
        service.delete(as_user(make_user(study.first, role="Researcher")), task.id)
        assert (Task.get(), Result.get(), Port.get()) == ([], [], [])

    def test_what_still_runs_is_stopped(self, study, as_user):
        task = make_task(study.collaboration, run={"status": TaskStatus.COMPLETED})
        child = make_task(study.collaboration, parent_id=task.id)
        service.delete(as_user(make_user(study.first, role="Researcher")), task.id)
        (effect,) = current_session().info["effects"]
        assert isinstance(effect.event, KillContainers)
        assert {entry.task_id for entry in effect.event.kill_list} == {child.id}

    def test_permission_is_needed(self, study, as_user):
        task = make_task(study.collaboration)
        with pytest.raises(Forbidden):
            service.delete(as_user(make_user(study.first, role="Viewer")), task.id)


def test_numbers_of_trees_are_right_under_concurrency(database):
    with database.begin():
        study = make_study()
        user_id = make_user(study.first, role="Researcher").id
        body = body_for(study.collaboration)

    def submit(_):
        with database.begin():
            return service.create(principals.user(user_id), body).run_id

    with ThreadPoolExecutor(4) as clients:
        numbers = list(clients.map(submit, range(12)))
    assert len(set(numbers)) == 12
