"""Collaborations: who takes part, and what happens to the rest when they go."""

import pytest
from sqlalchemy import func, select
from tests.factories import (
    make_collaboration,
    make_node,
    make_organization,
    make_port,
    make_study,
    make_task,
    make_user,
)
from vantage6.common.errors import Conflict, Forbidden, InvalidInput, NotFound
from vantage6.common.events import KillContainers
from vantage6.common.status import TaskStatus
from vantage6.server.model import (
    Authenticatable,
    Collaboration,
    Member,
    Node,
    NodeConfig,
    Port,
    Result,
    Task,
)
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import collaboration as service
from vantage6.server.service.collaboration import (
    CollaborationBody,
    CollaborationQuery,
    MemberBody,
)
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")


def rows(statement):
    return list(current_session().scalars(statement))


def count(table):
    return current_session().scalar(select(func.count()).select_from(table))


@pytest.fixture
def root(as_user):
    return as_user(make_user(role="Root"))


@pytest.fixture
def study():
    return make_study()


def test_filters_of_the_list(root, study):
    secret = make_collaboration([study.first], name="secret", encrypted=True)
    assert rows(service.list_(root, CollaborationQuery(name="sec%"))) == [secret]
    assert rows(service.list_(root, CollaborationQuery(encrypted=True))) == [secret]
    assert rows(service.list_(root, CollaborationQuery(encrypted=False))) == [study.collaboration]
    of_second = CollaborationQuery(organization_id=study.organizations[1].id)
    assert rows(service.list_(root, of_second)) == [study.collaboration]


def test_collaborations_of_others_cannot_be_asked_for(as_user, study):
    actor = as_user(make_user(study.first, role="Viewer"))
    own = CollaborationQuery(organization_id=study.first.id)
    assert rows(service.list_(actor, own)) == [study.collaboration]
    with pytest.raises(Forbidden):
        service.list_(actor, CollaborationQuery(organization_id=study.organizations[1].id))


def test_create_is_not_encrypted_unless_asked_for(root):
    first, second = make_organization(), make_organization()
    body = CollaborationBody("new", (first.id, second.id))
    made = service.create(root, body)
    assert not made.encrypted
    assert made.organization_ids == (first.id, second.id)
    assert service.create(root, CollaborationBody("other", (first.id,), encrypted=True)).encrypted


@pytest.mark.parametrize("ids", [None, (), (4711,)])
def test_create_refuses_unknown_or_no_organizations(root, ids):
    with pytest.raises(InvalidInput):
        service.create(root, CollaborationBody("new", ids))


def test_create_refuses_a_name_that_is_taken_or_missing(root, study):
    with pytest.raises(Conflict):
        service.create(root, CollaborationBody(study.collaboration.name, (study.first.id,)))
    with pytest.raises(InvalidInput, match="needs a name"):
        service.create(root, CollaborationBody(None, (study.first.id,)))


def test_names_of_collaborations_are_not_told_to_those_who_may_not_create(as_user, study):
    body = CollaborationBody(study.collaboration.name, (study.first.id,))
    with pytest.raises(Forbidden):
        service.create(as_user(make_user(study.first, role="Researcher")), body)


def test_update_changes_only_what_is_given(root, study):
    service.update(root, study.collaboration.id, CollaborationBody(encrypted=True))
    changed = service.update(root, study.collaboration.id, CollaborationBody(name="renamed"))
    assert (changed.name, changed.encrypted) == ("renamed", True)
    assert len(changed.organization_ids) == 3
    same = service.update(root, study.collaboration.id, CollaborationBody(name="renamed"))
    assert same.name == "renamed"


def test_update_replaces_the_members_and_removes_nodes_of_those_who_left(root, study):
    new = make_organization()
    body = CollaborationBody(organization_ids=(study.first.id, new.id))
    changed = service.update(root, study.collaboration.id, body)
    assert changed.organization_ids == (study.first.id, new.id)
    assert changed.node_ids == (study.nodes[0].id,)


def test_update_refuses_an_empty_list_and_a_taken_name(root, study):
    taken = make_collaboration(name="taken")
    with pytest.raises(InvalidInput):
        service.update(root, study.collaboration.id, CollaborationBody(organization_ids=()))
    with pytest.raises(Conflict):
        service.update(root, study.collaboration.id, CollaborationBody(name=taken.name))


def test_deleting_a_collaboration_leaves_no_orphans(root, study):
    task = make_task(study.collaboration)
    make_task(study.collaboration, parent_id=task.id)
    make_port(task.results[0])
    NodeConfig(node=study.nodes[0], key="encryption", value="0").save()
    service.delete(root, study.collaboration.id)
    tables = (Collaboration, Member, Node, NodeConfig, Task, Result, Port)
    assert [count(table) for table in tables] == [0] * len(tables)
    assert count(Authenticatable) == 1  # root


def test_deleting_a_collaboration_stops_what_runs(database, as_user, published):
    task = make_task(make_study().collaboration)
    service.delete(as_user(make_user(role="Root")), task.collaboration_id)
    database_effects = current_session().info["effects"]
    (announcement,) = database_effects
    assert isinstance(announcement.event, KillContainers)
    assert len(announcement.event.kill_list) == 3


def test_delete_needs_the_global_rule(as_user, study):
    with pytest.raises(Forbidden):
        service.delete(
            as_user(make_user(study.first, role="Collaboration Admin")), study.collaboration.id
        )


def test_members_are_seen_by_those_who_may_see_organizations(as_user, as_container, study):
    actor = as_user(make_user(study.first, role="Viewer"))
    assert rows(service.organizations(actor, study.collaboration.id)) == study.organizations
    container = as_container(make_task(study.collaboration).results[0])
    assert rows(service.organizations(container, study.collaboration.id)) == study.organizations


def test_nested_list_does_not_skip_the_permission_to_see_organizations(as_user, study):
    only = make_user(study.first, rules=[("collaboration", Op.VIEW, Scope.ORGANIZATION)])
    with pytest.raises(Forbidden):
        service.organizations(as_user(only), study.collaboration.id)


def test_nested_list_does_not_skip_the_permission_to_see_tasks(as_user, study):
    only = make_user(study.first, rules=[("collaboration", Op.VIEW, Scope.ORGANIZATION)])
    with pytest.raises(Forbidden):
        service.tasks(as_user(only), study.collaboration.id)


def test_member_is_added_once(root, study):
    new = make_organization()
    for _ in range(2):
        members = rows(service.add_organization(root, study.collaboration.id, MemberBody(new.id)))
        assert members == [*study.organizations, new]
    assert study.collaboration.id in members[-1].collaboration_ids


def test_unknown_member_is_not_found(root, study):
    with pytest.raises(NotFound):
        service.add_organization(root, study.collaboration.id, MemberBody(4711))


def test_member_that_leaves_loses_its_node_and_its_runs(root, study):
    task = make_task(study.collaboration, run={"status": TaskStatus.ACTIVE})
    left = service.remove_organization(root, study.collaboration.id, MemberBody(study.first.id))
    assert rows(left) == study.organizations[1:]
    assert Node.get(study.nodes[0].id) is None
    states = [run.status for run in task.results]
    assert states == [TaskStatus.KILLED, TaskStatus.ACTIVE, TaskStatus.ACTIVE]
    with pytest.raises(InvalidInput, match="does not take part"):
        service.remove_organization(root, study.collaboration.id, MemberBody(study.first.id))


def test_every_member_sees_which_nodes_take_part(as_user, study):
    actor = as_user(make_user(study.first, role="Viewer"))
    assert rows(service.nodes(actor, study.collaboration.id)) == study.nodes
    with pytest.raises(Forbidden):
        service.nodes(as_user(make_user(role="Viewer")), study.collaboration.id)


def test_node_is_moved_into_a_collaboration_of_its_organization(root, study):
    other = make_collaboration([study.first])
    assert rows(service.add_node(root, other.id, MemberBody(study.nodes[0].id))) == [
        study.nodes[0]
    ]
    with pytest.raises(InvalidInput, match="already"):
        service.add_node(root, other.id, MemberBody(study.nodes[0].id))


def test_there_are_never_two_nodes_for_one_organization_and_collaboration(root, study):
    second = make_node(study.first, make_collaboration([study.first]))
    with pytest.raises(Conflict):
        service.add_node(root, study.collaboration.id, MemberBody(second.id))


def test_node_of_a_stranger_is_not_added(root, study):
    stranger = make_node(make_organization(), None)
    with pytest.raises(InvalidInput, match="does not take part"):
        service.add_node(root, study.collaboration.id, MemberBody(stranger.id))


def test_node_is_taken_out(root, study):
    service.remove_node(root, study.collaboration.id, MemberBody(study.nodes[0].id))
    assert study.nodes[0].collaboration_id is None
    with pytest.raises(InvalidInput, match="is not in collaboration"):
        service.remove_node(root, study.collaboration.id, MemberBody(study.nodes[0].id))


def test_tasks_of_a_collaboration_oldest_first(as_user, study):
    tasks = [make_task(study.collaboration) for _ in range(2)]
    make_task(make_collaboration([study.first]))
    actor = as_user(make_user(study.first, role="Viewer"))
    assert rows(service.tasks(actor, study.collaboration.id)) == tasks
    with pytest.raises(Forbidden):
        service.tasks(as_user(make_user(role="Viewer")), study.collaboration.id)
