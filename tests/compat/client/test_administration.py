"""Making, changing and removing everything but tasks, with the published client."""

from typing import Any

import pytest
from tests.compat.client.nodes import PlayedNode
from tests.compat.client.published import Console, Remote
from tests.compat.client.servers import PASSWORD, RunningServer
from tests.compat.client.shapes import assert_shape
from vantage6.common.encryption import RSACryptor

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(400),
    pytest.mark.repeats("3.5.2"),
]
ADDRESS = ("Bag End 1", "Hobbiton", "3472", "NZ", "shire.example.org")
PEM = "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0="
OWN, OTHER = 2, 3  # organizations


def new_organization(client: Remote, name: str) -> Any:
    return client.organization.create(name, *ADDRESS)


def new_user(client: Remote, username: str, **values: Any) -> Any:
    return client.user.create(
        username, "Frodo", "Baggins", PASSWORD, f"{username}@example.org", **values
    )


def rule_ids(client: Remote, *wanted: tuple[str, str, str]) -> list[int]:
    rules = client.rule.list(per_page=100)["data"]
    ids = {(rule["name"], rule["scope"], rule["operation"]): rule["id"] for rule in rules}
    return [ids[key] for key in wanted]


def logged_in(console: Console, username: str) -> Remote:
    """A second client in the terminal, under the name of its user."""
    console.run(f"{username} = Client(client.host, client.port, client.path)")
    second = Remote(console, username)
    second.authenticate(username, PASSWORD)
    return second


# --- the server -------------------------------------------------------------------------------


def test_version_and_health_are_told_before_log_in(console: Console, client: Remote) -> None:
    console.run("stranger = Client(client.host, client.port, client.path)")
    stranger = Remote(console, "stranger")

    assert stranger.util.get_server_version().keys() == {"version"}
    assert stranger.util.get_server_health() == {"database": True}
    assert client.util.get_server_version()["version"].startswith("3.12")


def test_the_logged_in_client_knows_itself(console: Console, example: RunningServer) -> None:
    who = console.value("tuple(client.whoami)")

    assert who[0] == "user"
    assert console.value("(client.whoami.organization_id, client.whoami.organization_name)") == (
        OWN,
        "example_org1",
    )
    assert console.value("client.base_path") == example.api
    assert console.value("client.generate_path_to('task')") == f"{example.api}/task"
    assert console.value("client.headers") == {
        "Authorization": f"Bearer {console.value('client.token')}"
    }


def test_the_log_in_is_refreshed_again_and_again(console: Console, client: Remote) -> None:
    # 3.5 keeps its first refresh token for ever; 3.11 takes the new one each time.
    tokens = {console.value("client.token")}
    for _ in range(3):
        client.refresh_token()
        tokens.add(console.value("client.token"))
        assert client.user.get()["username"] == "user1"

    assert len(tokens) == 4


# --- organizations ----------------------------------------------------------------------------


def test_an_organization_is_made_and_read(client: Remote) -> None:
    made = client.organization.create("made", *ADDRESS, public_key=PEM)

    assert_shape("organization", made)
    assert made["public_key"] == PEM
    assert (made["address1"], made["address2"], made["zipcode"]) == ADDRESS[:3]
    assert (made["country"], made["domain"]) == ADDRESS[3:]
    assert client.organization.get(made["id"]) == made
    assert made["collaborations"] is None


def test_an_organization_is_changed_and_keeps_what_is_not_given(client: Remote) -> None:
    made = new_organization(client, "before")

    changed = client.organization.update(made["id"], name="after", public_key=PEM)

    assert changed == made | {"name": "after", "public_key": PEM}
    assert client.organization.get(made["id"]) == changed
    assert client.organization.update(made["id"], public_key="")["public_key"] == ""


def test_the_own_organization_is_meant_without_id(client: Remote) -> None:
    own = client.organization.get()

    assert_shape("organization", own)
    assert own["id"] == OWN
    assert client.organization.update(country="NL")["country"] == "NL"
    assert client.organization.get(fields=["country", "id"]) == {"id": OWN, "country": "NL"}


def test_a_private_key_is_made_and_its_public_key_uploaded(
    console: Console, client: Remote
) -> None:
    user3 = logged_in(console, "user3")
    user3.setup_encryption(None)

    user3.util.generate_private_key()

    key = RSACryptor(console.folder / "private_key.pem")
    assert client.organization.get(4)["public_key"] == key.public_key_str
    assert console.value("type(user3.cryptor).__name__") == "RSACryptor"


# --- collaborations ---------------------------------------------------------------------------


def test_a_collaboration_is_made_and_read(client: Remote) -> None:
    members = [new_organization(client, f"member{i}")["id"] for i in (1, 2)]

    made = client.collaboration.create("made", organizations=members, encrypted=True)

    assert_shape("collaboration", made)
    assert (made["name"], made["encrypted"]) == ("made", True)
    assert [link["id"] for link in made["organizations"]] == members
    assert client.collaboration.get(made["id"]) == made
    assert client.organization.get(members[0])["collaborations"][0]["id"] == made["id"]
    assert client.collaboration.get(made["id"], fields=["name"]) == {"name": "made"}


def test_a_collaboration_is_not_encrypted_unless_asked(client: Remote) -> None:
    member = new_organization(client, "plain member")["id"]

    made = client.collaboration.create("plain", [member])

    assert made["encrypted"] is False


def test_collaborations_of_the_own_organization_are_a_plain_list(client: Remote) -> None:
    found = client.collaboration.list()

    assert_shape("collaboration", *found)
    assert [entry["id"] for entry in found] == [1]
    assert client.collaboration.list(fields=["name"]) == [{"name": "example_collab1"}]
    assert client.collaboration.list(filter_=("name", "example_collab1"), field="id") == [
        {"id": 1}
    ]
    assert client.collaboration.list(filters=[("encrypted", True)]) == []


# --- nodes ------------------------------------------------------------------------------------


def new_node(client: Remote, name: str) -> Any:
    organization = new_organization(client, name)["id"]
    collaboration = client.collaboration.create(name, [OWN + 2, organization])["id"]
    return client.node.create(collaboration, organization=organization, name=name)


def test_a_node_is_made_and_its_key_works(client: Remote, example: RunningServer) -> None:
    made = new_node(client, "node that is made")

    assert_shape("created_node", made)
    assert made["name"] == "node that is made"
    assert made["status"] is None
    assert PlayedNode(example.api, made["api_key"]).id == made["id"]
    read = client.node.get(made["id"])
    assert_shape("node", read)
    assert read["organization"] == made["organization"]
    assert client.node.get(made["id"], fields=["name"]) == {"name": "node that is made"}


def test_a_node_has_a_name_of_its_own_organization_by_default(client: Remote) -> None:
    collaboration = client.collaboration.create("with a node of ours", [OWN])["id"]

    made = client.node.create(collaboration)

    assert made["organization"]["id"] == OWN
    assert made["name"] == "example_org1 - with a node of ours Node"
    assert client.node.delete(made["id"]).keys() == {"msg"}
    client.request(f"collaboration/{collaboration}", method="delete")


def test_a_node_is_renamed_and_keeps_what_is_not_given(client: Remote) -> None:
    made = new_node(client, "old name of a node")

    changed = client.node.update(made["id"], name="new name of a node")
    unchanged = client.node.update(made["id"])

    assert_shape("node", changed)
    assert changed["name"] == unchanged["name"] == "new name of a node"
    assert changed["collaboration"] == unchanged["collaboration"] == made["collaboration"]
    assert changed["organization"] == made["organization"]


def test_a_node_moves_to_another_collaboration(client: Remote) -> None:
    made = new_node(client, "node that moves")
    organization = made["organization"]["id"]
    other = client.collaboration.create("where it moves", [organization])

    changed = client.node.update(made["id"], collaboration=other["id"])

    assert changed["collaboration"]["id"] == other["id"]
    assert client.collaboration.get(other["id"])["nodes"][0]["id"] == made["id"]


def test_a_node_is_deleted(client: Remote) -> None:
    made = new_node(client, "node that goes")

    answer = client.node.delete(made["id"])

    assert isinstance(answer["msg"], str)
    assert client.node.get(made["id"]).keys() >= {"msg"}


# --- users ------------------------------------------------------------------------------------


def test_a_user_is_made_with_roles_and_rules(client: Remote) -> None:
    (role,) = client.role.list(name="Researcher")["data"]
    rules = rule_ids(client, ("user", "ORGANIZATION", "CREATE"), ("task", "GLOBAL", "VIEW"))

    made = new_user(client, "frodo", organization=OTHER, roles=[role["id"]], rules=rules)

    assert_shape("user", made)
    assert (made["username"], made["firstname"], made["lastname"]) == (
        "frodo",
        "Frodo",
        "Baggins",
    )
    assert made["organization"]["id"] == OTHER
    assert [link["id"] for link in made["roles"]] == [role["id"]]
    assert sorted(link["id"] for link in made["rules"]) == sorted(rules)
    assert client.user.get(made["id"]) == made


def test_a_new_user_logs_in_and_changes_name_and_password(
    console: Console, client: Remote
) -> None:
    rules = rule_ids(client, ("user", "OWN", "EDIT"), ("organization", "ORGANIZATION", "VIEW"))
    new_user(client, "merry", rules=rules)
    merry = logged_in(console, "merry")

    changed = merry.user.update(firstname="Meriadoc")
    answer = merry.util.change_my_password(PASSWORD, "Another-horse-2")

    assert console.value("merry.name") == "Frodo"
    assert_shape("user", changed)
    assert (changed["firstname"], changed["lastname"]) == ("Meriadoc", "Baggins")
    assert answer.keys() == {"msg"}
    merry.authenticate("merry", "Another-horse-2")
    assert merry.user.get(field="firstname") == {"firstname": "Meriadoc"}


def test_a_user_without_organization_belongs_to_the_own_one(client: Remote) -> None:
    made = new_user(client, "sam")

    assert made["organization"]["id"] == OWN
    assert (made["roles"], made["rules"]) == (None, None)


def test_a_user_is_changed_and_never_moves_to_another_organization(client: Remote) -> None:
    (viewer,) = client.role.list(name="Viewer")["data"]
    rules = rule_ids(client, ("task", "GLOBAL", "VIEW"))
    made = new_user(client, "pippin", roles=[viewer["id"]])

    changed = client.user.update(
        made["id"], rules=rules, roles=[], email="took@example.org", organization=OTHER
    )

    assert changed["roles"] is None
    assert [link["id"] for link in changed["rules"]] == rules
    assert changed["email"] == "took@example.org"
    assert changed["organization"]["id"] == OWN
    assert changed["lastname"] == "Baggins"


# --- roles and rules --------------------------------------------------------------------------


def test_a_role_is_made_changed_and_deleted(client: Remote) -> None:
    first, second = rule_ids(client, ("task", "GLOBAL", "VIEW"), ("result", "GLOBAL", "VIEW"))

    made = client.role.create("reader", "reads", rules=[first])
    changed = client.role.update(made["id"], name="second reader", rules=[first, second])
    same = client.role.update(made["id"], description="reads more")

    assert_shape("role", made, changed, same)
    assert made["organization"]["id"] == OWN
    assert sorted(link["id"] for link in changed["rules"]) == sorted([first, second])
    assert (same["name"], same["description"]) == ("second reader", "reads more")
    assert same["rules"] == changed["rules"]
    assert client.role.get(made["id"]) == same
    assert client.role.delete(made["id"]) is None
    assert client.role.get(made["id"]).keys() >= {"msg"}


def test_a_role_is_made_for_another_organization(client: Remote) -> None:
    made = client.role.create("theirs", "for others", rules=[], organization=OTHER)

    assert made["organization"]["id"] == OTHER
    assert made["rules"] is None


def test_a_rule_is_read(client: Remote) -> None:
    rule = client.rule.get(1)

    assert_shape("rule", rule)
    assert client.rule.get(1, fields=["id", "name"]) == {"id": 1, "name": rule["name"]}


def test_the_rules_are_those_of_3x(client: Remote) -> None:
    rules = client.rule.list(per_page=100)["data"]

    assert_shape("rule", *rules)
    names = [rule["name"] for rule in sorted(rules, key=lambda rule: int(rule["id"]))]
    counts = {name: names.count(name) for name in names}
    assert counts == {
        "node": 8,
        "collaboration": 5,
        "organization": 6,
        "task": 6,
        "result": 2,
        "user": 10,
        "role": 8,
        "port": 2,
        "event": 6,
    }
    assert list(counts) == list(dict.fromkeys(names))


def test_the_default_roles_are_those_of_3x(client: Remote) -> None:
    roles = client.role.list(include_root=True, per_page=100)["data"]
    shared = {role["name"]: role["rules"] for role in roles if role["organization"] is None}

    assert {name: len(rules or ()) for name, rules in shared.items()} == {
        "Root": 53,
        "container": 7,
        "node": 9,
        "Viewer": 12,
        "Researcher": 14,
        "Organization Admin": 24,
        "Collaboration Admin": 37,
    }


# --- refusals ---------------------------------------------------------------------------------


@pytest.fixture
def guest(console: Console, client: Remote) -> Remote:
    """A user who may see rules and nothing else."""
    if client.user.list(username="guest")["data"]:
        return Remote(console, "guest")
    new_user(client, "guest")
    return logged_in(console, "guest")


@pytest.mark.parametrize(
    "call",
    [
        "guest.organization.create('no', '', '', '', '', '')",
        "guest.collaboration.create('no', [2])",
        "guest.node.create(1)",
        "guest.user.create('no', 'no', 'no', 'Correct-horse-1', 'no@example.org')",
        "guest.role.create('no', 'no', [1])",
        "guest.task.get(1)",
        "client.task.get(999999)",
        "client.user.get(999999)",
        "client.collaboration.create('example_collab1', [2])",
        "client.user.create('user1', 'no', 'no', 'Correct-horse-1', 'no@example.org')",
        "client.user.create('weak', 'no', 'no', 'weak', 'weak@example.org')",
        "client.role.create('Viewer', 'reserved', [1])",
        "client.node.create(1, organization=2)",
        "client.request('nowhere')",
    ],
)
def test_a_refusal_is_a_message(console: Console, guest: Remote, call: str) -> None:
    # The published client refreshes its log-in and asks a second time before it hands over.
    refused = console.value(call)

    assert isinstance(refused["msg"], str)
    assert "id" not in refused
