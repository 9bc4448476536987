import uuid

import pytest
from vantage6.server.model import Node

KEYS = {
    *("id", "name", "type", "status", "ip", "last_seen", "organization", "collaboration", "config")
}


def names(answer):
    assert answer.status_code == 200, answer.json
    return [entry["name"] for entry in answer.json]


@pytest.fixture
def alpha(world):
    return f"node/{world.nodes['alpha']}"


def test_users_and_nodes_list_the_nodes_of_their_organization(callers):
    assert len(names(callers.user("root").get("node"))) == 5
    assert names(callers.user("viewer").get("node")) == ["alpha - study Node"]
    assert names(callers.node("gamma").get("node")) == ["gamma - study Node"]


def test_lists_are_filtered(callers, world):
    root, other = callers.user("root"), world.collaborations["other"]

    assert len(names(root.get("node", collaboration_id=other))) == 2
    assert len(names(root.get("node", organization_id=world.organizations["gamma"]))) == 2
    assert names(root.get("node", name="%beta%")) == ["beta - study Node"]
    assert names(root.get("node", status="online")) == []
    assert names(root.get("node", ip="10.0.0.1")) == []
    assert names(root.get("node", last_seen_from="2023-01-01")) == []


@pytest.mark.parametrize("moment", ["2023-01-01", "2023-01-01 12:00:00.1", "2023-01-01T12:00:00Z"])
def test_days_and_times_are_understood(callers, moment):
    callers.node("alpha").get("organization")

    answer = callers.user("root").get("node", last_seen_from=moment)

    assert names(answer) == ["alpha - study Node"]
    assert names(callers.user("root").get("node", last_seen_till=moment)) == []


def test_a_node_has_the_keys_of_3x(callers, world, alpha):
    body = callers.user("viewer").get(alpha).json

    assert set(body) == KEYS
    assert (body["type"], body["status"], body["ip"], body["config"]) == ("node", None, None, [])
    assert body["collaboration"]["id"] == world.collaborations["study"]
    assert body["organization"]["link"] == f"/api/organization/{world.organizations['alpha']}"


def test_a_node_reads_itself_and_a_container_the_node_it_runs_at(callers, alpha, post_task):
    container = callers.container("alpha", post_task("alpha"))

    assert callers.node("alpha").get(alpha).status_code == 200
    assert container.get(alpha).status_code == 200
    assert callers.node("beta").get(alpha).status_code == 401
    assert callers.user("outsider").get(alpha).status_code == 401
    assert callers.user("root").get("node/99999").status_code == 404


def test_a_node_is_created_and_its_key_is_shown_once(callers, world):
    root = callers.user("root")
    root.delete(f"node/{world.nodes['alpha']}")
    body = {"collaboration_id": world.collaborations["study"]}

    answer = callers.user("admin").post("node", body | {"organization_id": None, "name": None})

    assert answer.status_code == 201
    assert set(answer.json) == {*KEYS, "api_key"}
    assert answer.json["name"] == "alpha - study Node"
    assert uuid.UUID(answer.json["api_key"]).version == 4
    log_in = callers.anyone().post("token/node", {"api_key": answer.json["api_key"]})
    assert log_in.json["node_url"] == f"/api/node/{answer.json['id']}"
    assert "api_key" not in root.get(f"node/{answer.json['id']}").json


@pytest.mark.parametrize(
    ("organization", "collaboration", "status"),
    [("alpha", "study", 400), ("delta", "study", 400), ("alpha", None, 404), (None, "study", 404)],
)
def test_a_node_that_cannot_be_is_refused(
    callers, world, stored, organization, collaboration, status
):
    body = {
        "organization_id": world.organizations.get(organization, 99999),
        "collaboration_id": world.collaborations.get(collaboration, 99999),
    }

    assert callers.user("root").post("node", body).status_code == status
    assert stored(Node) == 5


def test_only_those_with_the_rule_create_nodes(callers, world):
    body = {"collaboration_id": world.collaborations["study"]}

    for caller in (callers.user("researcher"), callers.node("alpha")):
        assert caller.post("node", body).status_code == 401


def test_a_node_is_renamed_and_null_leaves_a_value(callers, alpha):
    body = {"name": "station", "organization_id": None, "collaboration_id": None}

    answer = callers.user("admin").patch(alpha, body)

    assert (answer.status_code, answer.json["name"]) == (200, "station")
    assert callers.user("admin").patch(alpha, {"name": None}).json["name"] == "station"
    assert callers.user("researcher").patch(alpha, body).status_code == 401


def test_a_refused_move_changes_nothing(callers, world):
    node = f"node/{world.nodes['gamma-other']}"
    body = {"name": "moved", "collaboration_id": world.collaborations["study"]}

    answer = callers.user("root").patch(node, body)

    assert answer.status_code == 400
    assert callers.user("root").get(node).json["name"] == "gamma - other Node"


def test_a_node_says_its_address_in_the_vpn_and_forgets_it(callers, alpha):
    node = callers.node("alpha")

    assert node.patch(alpha, {"ip": "10.76.0.3"}).json["ip"] == "10.76.0.3"
    assert node.patch(alpha, {"clear_ip": True}).json["ip"] is None
    assert node.patch(alpha, {"name": "mine"}).status_code == 401


def test_a_node_changes_only_itself(callers, world):
    answer = callers.node("gamma").patch(f"node/{world.nodes['gamma-other']}", {"ip": "10.0.0.1"})

    assert answer.status_code == 401


def test_a_node_is_deleted(callers, alpha):
    assert callers.user("admin").delete(alpha).status_code == 401

    answer = callers.user("root").delete(alpha)

    assert (answer.status_code, set(answer.json)) == (200, {"msg"})
    assert callers.user("root").get(alpha).status_code == 404
