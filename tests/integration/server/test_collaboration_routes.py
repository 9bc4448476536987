import pytest
from vantage6.server.model import Collaboration, Node, Task

pytestmark = pytest.mark.repeats("postgres")

KEYS = {"id", "name", "encrypted", "organizations", "nodes", "tasks"}


def names(answer):
    assert answer.status_code < 300, answer.json
    return [entry["name"] for entry in answer.json]


@pytest.fixture
def study(world):
    return f"collaboration/{world.collaborations['study']}"


# --- the collaboration itself -----------------------------------------------------------------


def test_users_list_the_collaborations_of_their_organization(callers):
    assert names(callers.user("root").get("collaboration")) == ["study", "other"]
    assert names(callers.user("researcher").get("collaboration")) == ["study"]


@pytest.mark.parametrize("encrypted", ["0", "False", "false"])
def test_lists_are_filtered(callers, world, encrypted):
    root = callers.user("root")

    assert names(root.get("collaboration", name="st%")) == ["study"]
    assert len(names(root.get("collaboration", encrypted=encrypted))) == 2
    assert names(root.get("collaboration", encrypted="True")) == []
    delta = world.organizations["delta"]
    assert names(root.get("collaboration", organization_id=delta)) == ["other"]
    assert (
        callers.user("researcher").get("collaboration", organization_id=delta).status_code == 401
    )


def test_nodes_do_not_list_but_read_their_collaboration(callers, world, study):
    node = callers.node("alpha")

    assert node.get("collaboration").status_code == 401
    body = node.get(study).json
    assert set(body) == KEYS
    assert (body["encrypted"], body["tasks"]) == (False, None)
    assert {link["id"] for link in body["nodes"]} == {
        world.nodes[name] for name in ("alpha", "beta", "gamma")
    }


def test_a_container_reads_only_its_own_collaboration(callers, world, study, post_task):
    container = callers.container("gamma", post_task("gamma"))

    assert container.get(study).status_code == 200
    other = container.get(f"collaboration/{world.collaborations['other']}")
    assert other.status_code == 401


def test_a_collaboration_is_created_with_status_200(callers, world):
    body = {"name": "new", "organization_ids": [world.organizations["alpha"]], "encrypted": True}

    answer = callers.user("root").post("collaboration", body)

    assert answer.status_code == 200
    assert set(answer.json) == KEYS
    assert answer.json["encrypted"] is True
    assert answer.json["organizations"][0]["id"] == world.organizations["alpha"]
    assert answer.json["nodes"] is None


@pytest.mark.parametrize(("sent", "stored"), [(1, True), (0, False), ("1", True), (None, False)])
def test_encrypted_is_understood_as_published_clients_send_it(callers, sent, stored):
    body = {"name": "new", "organization_ids": ["1"], "encrypted": sent}

    assert callers.user("root").post("collaboration", body).json["encrypted"] is stored


@pytest.mark.parametrize(
    "change",
    [{"name": "study"}, {"organization_ids": [99999]}, {"organization_ids": []}, {"name": ""}],
)
def test_a_collaboration_that_cannot_be_is_refused(callers, stored, change):
    body = {"name": "new", "organization_ids": [1]} | change

    assert callers.user("root").post("collaboration", body).status_code == 400
    assert stored(Collaboration) == 2


def test_a_taken_name_is_not_told_to_those_who_may_not_create(callers):
    body = {"name": "study", "organization_ids": [1]}

    assert callers.user("researcher").post("collaboration", body).status_code == 401


def test_a_collaboration_is_changed(callers, world, study):
    members = [world.organizations["alpha"], world.organizations["delta"]]

    answer = callers.user("root").patch(study, {"name": None, "organization_ids": members})

    assert answer.status_code == 200
    assert answer.json["name"] == "study"
    assert [link["id"] for link in answer.json["organizations"]] == members
    assert callers.user("root").patch(study, {"name": "other"}).status_code == 400
    assert callers.user("researcher").patch(study, {"name": "x"}).status_code == 401


def test_a_collaboration_is_deleted_with_all_that_is_its_own(callers, study, post_task, stored):
    post_task()

    answer = callers.user("root").delete(study)

    assert answer.status_code == 200
    assert isinstance(answer.json["msg"], str)
    assert (stored(Collaboration), stored(Node), stored(Task)) == (1, 2, 0)
    assert callers.user("root").get(study).status_code == 404


def test_only_those_with_the_rule_delete_collaborations(callers, study):
    assert callers.user("coordinator").delete(study).status_code == 401


# --- its organizations ------------------------------------------------------------------------


def test_members_are_listed_for_everyone_who_takes_part(callers, study, post_task):
    container = callers.container("alpha", post_task("alpha"))

    for caller in (callers.user("viewer"), callers.node("beta"), container):
        assert names(caller.get(f"{study}/organization")) == ["alpha", "beta", "gamma"]
    assert callers.user("outsider").get(f"{study}/organization").status_code == 401
    assert callers.user("root").get("collaboration/9999/organization").status_code == 404


def test_organizations_come_and_go(callers, world, study):
    root, delta = callers.user("root"), {"id": world.organizations["delta"]}

    added = root.post(f"{study}/organization", delta)
    removed = root.delete(f"{study}/organization", {"id": str(delta["id"])})

    assert (added.status_code, removed.status_code) == (200, 200)
    assert names(added) == ["alpha", "beta", "gamma", "delta"]
    assert names(removed) == ["alpha", "beta", "gamma"]
    assert root.delete(f"{study}/organization", delta).status_code == 400
    assert root.post(f"{study}/organization", {"id": 99999}).status_code == 404


def test_the_node_of_an_organization_leaves_with_it(callers, world, study):
    root = callers.user("root")

    root.delete(f"{study}/organization", {"id": world.organizations["gamma"]})

    assert root.get(f"node/{world.nodes['gamma']}").status_code == 404


def test_members_change_only_by_those_with_the_rule(callers, world, study):
    delta = {"id": world.organizations["delta"]}

    for caller in (callers.user("researcher"), callers.node("alpha")):
        assert caller.post(f"{study}/organization", delta).status_code == 401
        assert caller.delete(f"{study}/organization", delta).status_code == 401


# --- its nodes and tasks ----------------------------------------------------------------------


def test_nodes_of_a_collaboration_are_listed(callers, study):
    answer = callers.user("viewer").get(f"{study}/node")

    assert names(answer) == [f"{name} - study Node" for name in ("alpha", "beta", "gamma")]
    assert set(answer.json[0]) == {
        *("id", "name", "status", "ip", "last_seen", "organization", "config")
    }
    assert answer.json[0]["config"] == []
    assert callers.node("alpha").get(f"{study}/node").status_code == 401


def test_a_node_is_taken_out_and_put_back(callers, world, study):
    root, node = callers.user("root"), {"id": world.nodes["alpha"]}

    removed = root.delete(f"{study}/node", node)
    again = root.delete(f"{study}/node", node)
    added = root.post(f"{study}/node", node)

    assert (removed.status_code, again.status_code, added.status_code) == (200, 400, 201)
    assert isinstance(removed.json["msg"], str)
    assert "alpha - study Node" in names(added)
    assert root.post(f"{study}/node", node).status_code == 400


def test_a_node_of_an_organization_that_is_no_member_cannot_come(callers, world, study):
    answer = callers.user("root").post(f"{study}/node", {"id": world.nodes["delta-other"]})

    assert answer.status_code == 400


def test_a_node_without_collaboration_cannot_log_in(callers, world, study):
    callers.user("root").delete(f"{study}/node", {"id": world.nodes["alpha"]})

    answer = callers.anyone().post("token/node", {"api_key": world.keys["alpha"]})

    assert answer.status_code == 401


def test_tasks_of_a_collaboration_are_listed_oldest_first(callers, study, post_task):
    ids = [post_task()["id"], post_task()["id"]]

    for caller in (callers.user("viewer"), callers.node("beta")):
        assert [task["id"] for task in caller.get(f"{study}/task").json] == ids
    assert callers.user("outsider").get(f"{study}/task").status_code == 401
