"""Nodes: registration, presence, shared configuration."""

import uuid
from datetime import timedelta

import pytest
from tests.factories import (
    make_collaboration,
    make_node,
    make_organization,
    make_study,
    make_task,
    make_user,
)
from vantage6.common import rooms
from vantage6.common.errors import Conflict, Forbidden, InvalidInput, NotFound
from vantage6.common.events import KillContainers, NodeOffline, NodeOnline
from vantage6.common.status import TaskStatus
from vantage6.server.model import Node
from vantage6.server.model.base import now
from vantage6.server.permission.rules import Op, Scope
from vantage6.server.service import authentication
from vantage6.server.service import node as service
from vantage6.server.service.node import NodeBody, NodeQuery
from vantage6.server.session import current_session

pytestmark = pytest.mark.usefixtures("unit")


def rows(statement):
    return list(current_session().scalars(statement))


def effects():
    return current_session().info.get("effects", [])


def events(kind):
    return [effect.event for effect in effects() if isinstance(effect.event, kind)]


@pytest.fixture
def root(as_user):
    return as_user(make_user(role="Root"))


@pytest.fixture
def study():
    return make_study()


@pytest.fixture
def node(study):
    return study.nodes[0]


@pytest.fixture
def actor(as_node, node):
    return as_node(node)


def test_filters_of_the_list(root, study):
    first = study.nodes[0]
    first.ip, first.name, first.last_seen = "10.76.0.1", "gpu", now()
    first.save()
    later = now() + timedelta(hours=1)
    for query in (
        NodeQuery(name="g%"),
        NodeQuery(ip="10.76.0.1"),
        NodeQuery(organization_id=first.organization_id),
        NodeQuery(last_seen_from=now() - timedelta(hours=1), last_seen_till=later),
    ):
        assert rows(service.list_(root, query)) == [first]
    assert rows(service.list_(root, NodeQuery(last_seen_from=later))) == []
    assert rows(service.list_(root, NodeQuery(collaboration_id=4711))) == []


def test_filter_by_status_means_what_the_status_shows(root, study):
    gone, silent, there = study.nodes
    gone.last_heartbeat = now()
    silent.last_heartbeat, silent.socket_session = now() - timedelta(minutes=3), "s"
    there.last_heartbeat, there.socket_session = now(), "t"
    make_node(make_organization(), None)
    assert rows(service.list_(root, NodeQuery(status="online"))) == [there]
    assert rows(service.list_(root, NodeQuery(status="offline"))) == [gone, silent]
    assert [node.status for node in study.nodes] == ["offline", "offline", "online"]
    with pytest.raises(InvalidInput):
        service.list_(root, NodeQuery(status="asleep"))


def test_node_sees_itself(actor, node, study):
    assert service.get(actor, node.id) is node
    with pytest.raises(Forbidden):
        service.get(actor, study.nodes[1].id)


def test_new_node_can_log_in_with_the_key_that_is_shown_once(as_user):
    organization = make_organization(name="hospital")
    collaboration = make_collaboration([organization], name="study")
    admin = as_user(make_user(organization, role="Organization Admin"))
    made = service.create(admin, NodeBody(collaboration_id=collaboration.id))
    assert made.name == "hospital - study Node"
    assert uuid.UUID(made.clear_api_key).version == 4
    assert authentication.log_in_node(made.clear_api_key) is made
    current_session().expunge_all()
    assert Node.by_id(made.id).clear_api_key is None


def test_new_node_of_another_organization_needs_the_global_rule(as_user, root, study):
    other = make_organization()
    collaboration = make_collaboration([study.first, other])
    body = NodeBody(organization_id=other.id, collaboration_id=collaboration.id, name="named")
    with pytest.raises(Forbidden):
        service.create(as_user(make_user(study.first, role="Organization Admin")), body)
    assert service.create(root, body).name == "named"


def test_new_node_needs_a_member_without_a_node_and_a_collaboration(root, study):
    stranger = make_organization()
    with pytest.raises(InvalidInput, match="does not take part"):
        service.create(root, NodeBody(None, stranger.id, study.collaboration.id))
    with pytest.raises(Conflict):
        service.create(root, NodeBody(None, study.first.id, study.collaboration.id))
    with pytest.raises(NotFound):
        service.create(root, NodeBody(None, study.first.id, 4711))
    with pytest.raises(InvalidInput, match="which collaboration"):
        service.create(root, NodeBody(None, study.first.id))


def test_node_changes_its_own_address_and_nothing_else(actor, node, study):
    assert service.update(actor, node.id, NodeBody(ip="10.76.0.2")).ip == "10.76.0.2"
    assert service.update(actor, node.id, NodeBody(clear_ip=False)).ip == "10.76.0.2"
    assert service.update(actor, node.id, NodeBody(clear_ip=True)).ip is None
    other = make_collaboration([study.first])
    for body in (NodeBody(name="renamed"), NodeBody(collaboration_id=other.id)):
        with pytest.raises(Forbidden, match="its own address"):
            service.update(actor, node.id, body)


def test_update_without_values_changes_nothing(as_user, node, study):
    admin = as_user(make_user(study.first, role="Organization Admin"))
    before = node.name
    body = NodeBody(None, node.organization_id, node.collaboration_id)
    assert service.update(admin, node.id, body).name == before
    assert service.update(admin, node.id, NodeBody(name="new")).name == "new"


def test_refused_move_is_not_stored(as_user, study):
    other = make_collaboration([study.first])
    second = make_node(study.first, other)
    admin = as_user(make_user(study.first, role="Organization Admin"))
    with pytest.raises(Conflict):
        service.update(admin, second.id, NodeBody(collaboration_id=study.collaboration.id))
    assert second.collaboration_id == other.id


def test_move_needs_membership_or_the_global_rule(as_user, root, study):
    free = make_collaboration([study.first])
    admin = as_user(make_user(study.first, role="Organization Admin"))
    moved = service.update(admin, study.nodes[0].id, NodeBody(collaboration_id=free.id))
    assert moved.collaboration_id == free.id
    foreign = make_collaboration()
    with pytest.raises(Forbidden, match="does not take part"):
        service.update(admin, study.nodes[0].id, NodeBody(collaboration_id=foreign.id))
    with pytest.raises(InvalidInput):
        service.update(root, study.nodes[0].id, NodeBody(collaboration_id=foreign.id))


def test_other_organization_needs_the_global_rule(as_user, root, study):
    free = make_node(make_organization(), None)
    admin = as_user(make_user(free.organization, role="Organization Admin"))
    with pytest.raises(Forbidden):
        service.update(admin, free.id, NodeBody(organization_id=study.first.id))
    changed = service.update(root, free.id, NodeBody(organization_id=study.first.id))
    assert changed.organization_id == study.first.id
    with pytest.raises(NotFound):
        service.update(root, free.id, NodeBody(organization_id=4711))


def test_delete_removes_the_node_and_keeps_its_runs(as_user, study):
    task = make_task(study.collaboration)
    rule = ("node", Op.DELETE, Scope.ORGANIZATION)
    service.delete(as_user(make_user(study.first, rules=[rule])), study.nodes[0].id)
    assert Node.get(study.nodes[0].id) is None
    assert len(task.results) == 3


def test_connected_node_is_online_and_the_collaboration_hears_of_it(actor, node):
    assert node.status is None
    service.connected(actor, "s1")
    assert node.status == "online"
    heard = [effect.room for effect in effects() if isinstance(effect.event, NodeOnline)]
    collaboration_id, organization_id = node.collaboration_id, node.organization_id
    assert heard == [
        rooms.collaboration(collaboration_id),
        rooms.organization(collaboration_id, organization_id),
    ]


def test_disconnected_node_is_offline(actor, node):
    service.connected(actor, "s1")
    service.disconnected(actor, "s1")
    assert node.status == "offline"
    assert len(events(NodeOffline)) == 2


def test_late_goodbye_of_an_old_connection_does_not_mark_the_node_offline(actor, node):
    service.connected(actor, "s1")
    service.connected(actor, "s2")
    service.disconnected(actor, "s1")
    assert node.status == "online"
    assert events(NodeOffline) == []


def test_goodbye_of_a_deleted_node_is_nothing(actor, node):
    service.connected(actor, "s1")
    node.delete()
    service.disconnected(actor, "s1")
    assert events(NodeOffline) == []


def test_node_without_a_sign_of_life_is_offline_without_any_event(actor, node):
    service.connected(actor, "s1")
    node.last_heartbeat = now() - timedelta(seconds=151)
    assert node.status == "offline"
    service.heartbeat(actor, "s1")
    assert node.status == "online"


def test_heartbeat_heals_a_goodbye_that_was_wrong(actor, node):
    service.connected(actor, "s1")
    service.disconnected(actor, "s1")
    service.heartbeat(actor, "s1")
    assert node.is_online


def test_node_that_was_away_hears_of_kills_when_it_connects(actor, node, study):
    task = make_task(study.collaboration, run={"status": TaskStatus.ACTIVE})
    mine = task.results[0]
    mine.kill_requested_at = task.results[1].kill_requested_at = now()
    mine.save()
    service.connected(actor, "s1")
    (event,) = events(KillContainers)
    assert [entry.result_id for entry in event.kill_list] == [mine.id]


def test_nothing_is_killed_when_nothing_was_asked_for(actor, study):
    make_task(study.collaboration, run={"status": TaskStatus.ACTIVE})
    service.connected(actor, "s1")
    assert events(KillContainers) == []


def test_node_outside_any_collaboration_connects_quietly(as_node):
    lonely = make_node(make_organization(), None)
    service.connected(as_node(lonely), "s1")
    assert effects() == []


def test_shared_configuration_is_replaced_and_only_known_keys_are_kept(actor, node):
    service.share_config(actor, {"allowed_users": [1, 2], "encryption": True})
    service.share_config(
        actor,
        {
            "encryption": False,
            "allowed_orgs": ["one", 2],
            "private_key": "x",
            "allowed_users": None,
        },
    )
    assert [(row.key, row.value) for row in node.config] == [
        ("encryption", "0"),
        ("allowed_orgs", "one"),
        ("allowed_orgs", "2"),
    ]


def test_what_a_node_shared_before_is_forgotten_when_it_connects(actor, node):
    service.share_config(actor, {"allowed_algorithms": "all"})
    service.connected(actor, "s1")
    assert node.config == []


def test_a_node_cannot_flood_the_server_with_shared_values(actor, node):
    service.share_config(actor, {"allowed_algorithms": "all"})
    flood = {"allowed_users": ["x"] * (service.MAX_SHARED + 1)}
    with pytest.raises(InvalidInput, match="at most"):
        service.share_config(actor, flood)
    assert [row.value for row in node.config] == ["all"]
