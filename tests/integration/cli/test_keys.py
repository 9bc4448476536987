"""`vnode create-private-key`: the key of an organization, at home and at a real server."""

import pytest
import yaml
from tests.fakes.keys import write_small_key
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vnode import cli as vnode
from vantage6.common.api_session import ApiSession
from vantage6.common.config.loader import load
from vantage6.common.encryption import RSACryptor
from vantage6.node.config import NodeConfig

pytestmark = pytest.mark.integration


@pytest.fixture
def node(network, tmp_path):
    """A configuration like that of the network's node, with a data folder of its own."""
    member = network.plan.members[0]
    settings = yaml.safe_load((network.folder / f"{member.node}.yaml").read_text())
    places = settings["environments"]["dev"]["directories"]
    places["data"] = places["log"] = str(tmp_path / "data" / "x")
    settings["environments"]["dev"]["encryption"] = {"enabled": True}
    file = tmp_path / "x.yaml"
    file.write_text(yaml.safe_dump(settings))
    return file


@pytest.fixture
def create(run, network, node):
    """Call the command as the user of the organization; gives click's result."""

    def call(*options, password=network.plan.password):
        arguments = ["create-private-key", "-c", str(node), "--username", network.plan.username]
        return run(vnode, [*arguments, *options], input=f"{password}\n")

    return call


def key_at_server(network):
    member = network.plan.members[0]
    session = ApiSession(network.address)
    try:
        user = {"username": network.plan.username, "password": network.plan.password}
        session.log_in("token/user", user)
        organizations = session.get("organization", {"name": member.name})
        return organizations[0]["public_key"]
    finally:
        session.close()


def test_key_that_differs_at_the_server_is_never_replaced_unasked(create, network, node):
    before = key_at_server(network)

    result = create()

    assert result.exit_code == 1
    assert "--overwrite" in result.output
    assert not list(node.parent.rglob("*.pem"))
    assert key_at_server(network) == before


def test_key_is_made_named_in_the_configuration_and_uploaded(create, network, node):
    result = create("--overwrite")

    assert result.exit_code == 0, result.output
    file = node.parent / "data" / "privkey_org_1.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    assert load(node, NodeConfig).settings.encryption.private_key == str(file)
    assert key_at_server(network) == RSACryptor(file).public_key_str


def test_key_that_is_there_is_kept(create, network, node):
    create("--overwrite")
    before = key_at_server(network)

    result = create()

    assert result.exit_code == 0, result.output
    assert "Kept the key" in result.output
    assert key_at_server(network) == before


def test_key_that_is_kept_replaces_another_at_the_server_only_when_asked(create, network, node):
    file = node.parent / "data" / "privkey_org_1.pem"
    file.parent.mkdir()
    write_small_key(file)
    ours = RSACryptor(file).public_key_str

    refused = create()
    assert refused.exit_code == 1
    assert "--replace-at-server" in refused.output
    assert key_at_server(network) != ours

    assert create("--replace-at-server").exit_code == 0
    assert key_at_server(network) == RSACryptor(file).public_key_str == ours


def test_wrong_password_makes_nothing(create, node):
    result = create("--overwrite", password="wrong")

    assert result.exit_code == ExitStatus.LOGIN
    assert not list(node.parent.rglob("*.pem"))


def test_key_is_made_without_a_server(run, node):
    options = ["-c", str(node), "--no-upload", "-o", "St. Some/where"]

    result = run(vnode, ["create-private-key", *options])

    assert result.exit_code == 0, result.output
    assert (node.parent / "data" / "privkey_St._Some_where.pem").exists()
