"""`vdev create-demo-network`: what it writes and what it refuses."""

import json

import pytest
from vantage6.cli.vdev import cli
from vantage6.cli.vdev.starter import Starter

CREATE = ("create-demo-network", "--num-nodes", "1")


@pytest.fixture
def algorithm(home):
    folder = home / "heart-age"
    Starter.named("heart-age", None, "3.x").write(folder)
    return folder


def test_algorithm_is_for_the_process_runtime_only(run, algorithm):
    result = run(cli, [*CREATE, "--runtime", "docker", "--algorithm", str(algorithm)])

    assert result.exit_code == 2
    assert "--algorithm needs --runtime process" in result.output
    assert f"docker build -t NAME {algorithm}" in result.output


def test_folder_that_is_no_algorithm_is_said_before_anything_is_made(run, home):
    result = run(cli, [*CREATE, "--runtime", "process", "--algorithm", str(home)])

    assert result.exit_code == 3
    assert "is no algorithm" in result.output
    assert list(home.rglob("*.yaml")) == []


def test_nodes_get_the_algorithm(run, home, algorithm):
    result = run(cli, [*CREATE, "--runtime", "process", "--algorithm", str(algorithm)])

    assert result.exit_code == 0, result.output
    (file,) = home.rglob("*_node_1.yaml")
    settings = json.loads(file.read_text())["environments"]["dev"]
    assert settings["process_algorithms"]["heart-age:0.1.0"] == str(algorithm / "heart_age")


def test_server_listens_where_it_is_told_to(run, home):
    result = run(cli, [*CREATE, "--runtime", "process", "--server-port", "5123"])

    assert result.exit_code == 0, result.output
    (file,) = home.rglob("*_node_1.yaml")
    assert json.loads(file.read_text())["environments"]["dev"]["port"] == 5123
