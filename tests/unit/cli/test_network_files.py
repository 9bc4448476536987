"""The files of a demo network."""

import json
import os
import subprocess
import sys

import pytest
import yaml
from vantage6.cli.vdev import files, sweep
from vantage6.cli.vdev.algorithms import Algorithm
from vantage6.cli.vdev.network import DemoNetwork, example_data
from vantage6.common import contract
from vantage6.common.config.loader import load
from vantage6.common.errors import ConfigurationError
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig


@pytest.fixture
def network(home):
    network = DemoNetwork(home / "demo", nodes=2, runtime="process")
    files.write(network.folder, network.plan)
    return network


def test_configurations_are_valid_and_agree(network):
    folder, plan = network.folder, network.plan
    server = load(folder / f"{plan.server}.yaml", ServerConfig, "dev").settings
    nodes = [load(folder / f"{m.node}.yaml", NodeConfig, "dev").settings for m in plan.members]

    assert {node.port for node in nodes} == {server.port} == {plan.port}
    assert [node.api_key.get_secret_value() for node in nodes] == [
        member.api_key for member in plan.members
    ]
    assert all(str(folder) in node.directories.data for node in nodes)


def test_entities_have_nodes_for_everybody_and_a_user_of_the_first(network):
    entities = yaml.safe_load((network.folder / files.ENTITIES).read_text())

    (collaboration,) = entities["collaborations"]
    assert len(entities["organizations"]) == len(collaboration["participants"]) == 2
    assert ["users" in each for each in entities["organizations"]] == [True, False]


def test_everything_is_for_its_owner_only(network):
    assert network.folder.stat().st_mode & 0o777 == 0o700
    for file in network.folder.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600


def test_containers_of_two_networks_have_different_names(home):
    names = {member.node for member in DemoNetwork(home / "a").plan.members}

    assert names.isdisjoint(member.node for member in DemoNetwork(home / "b").plan.members)


def test_more_nodes_than_files_start_again_with_the_first(home):
    data = [files["default"] for files in example_data()]

    databases = DemoNetwork(home / "a", nodes=4).databases

    assert databases == [*data, data[0]]


def test_nodes_have_each_database_of_their_hospital(network):
    nodes = [
        load(network.folder / f"{member.node}.yaml", NodeConfig, "dev").settings
        for member in network.plan.members
    ]

    for node, files_ in zip(nodes, example_data(), strict=False):
        assert {each.label: each.uri for each in node.databases} == {
            label: str(file) for label, file in files_.items()
        }
        assert {each.type for each in node.databases} == {"csv"}


def test_process_runtime_runs_every_example_and_what_is_added(home):
    added = Algorithm("registry.example/mine:1", home / "mine")
    network = DemoNetwork(home / "demo", nodes=1, runtime="process", algorithms=[added])
    files.write(network.folder, network.plan)

    (member,) = network.plan.members
    node = load(network.folder / f"{member.node}.yaml", NodeConfig, "dev").settings

    assert node.process_algorithms["vantage6/average:3.12"].endswith("/average/v6-average-py")
    assert node.process_algorithms["registry.example/mine:1"] == str(home / "mine")


@pytest.mark.parametrize("encrypted", [False, True])
def test_environment_is_that_of_the_first_organization(home, encrypted):
    network = DemoNetwork(home / "demo", nodes=1, encrypted=encrypted)

    environment = network.environment

    assert environment["V6_SERVER_URL"] == f"http://127.0.0.1:{network.plan.port}/api"
    assert environment["V6_USERNAME"] == "org_1-admin"
    assert environment["V6_PASSWORD"] == network.plan.password
    assert environment.get("V6_PRIVATE_KEY") == network.plan.members[0].key_file


def test_network_is_taken_up_again(network):
    files.seal(network.folder, network.plan)

    assert DemoNetwork(network.folder, nodes=9).plan == network.plan


def test_folder_without_a_network_is_said(home):
    with pytest.raises(ConfigurationError, match="no demo network"):
        files.read_plan(home / "nowhere")


def test_network_of_another_version_is_said(network):
    files.seal(network.folder, network.plan)
    file = network.folder / "network.json"
    file.write_text(file.read_text().replace('"databases"', '"database"'))

    with pytest.raises(ConfigurationError, match="of another version; remove that folder"):
        files.read_plan(network.folder)


def test_encrypted_network_has_a_key_for_everybody(home):
    network = DemoNetwork(home / "demo", nodes=1, encrypted=True)
    files.write(network.folder, network.plan)

    entities = json.loads((network.folder / files.ENTITIES).read_text())
    key = network.folder / "org_1.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    assert entities["organizations"][0]["public_key"]
    assert entities["collaborations"][0]["encrypted"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_only_algorithms_of_this_network_are_ended(home):
    def sleeper(folder):
        return subprocess.Popen(
            ["sleep", "60"], env=os.environ | {contract.INPUT_FILE: f"{folder}/node/input"}
        )

    ours, other = sleeper(home / "demo"), sleeper(home / "demo2")
    try:
        assert sweep.end_algorithm_processes(home / "demo") == 1
        assert ours.wait(10) == -9
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
