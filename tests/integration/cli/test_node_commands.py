"""`vnode-local start` and `stop` with a real server."""

import sys

import pytest
import yaml
from vantage6.cli.vdev.child import Child
from vantage6.cli.vnode.local import cli as vnode_local
from vantage6.node.app import ExitCode

pytestmark = pytest.mark.integration
START_LIMIT_S = 60
PROGRAM = [sys.executable, "-c", "from vantage6.cli.vnode.local import cli; cli()"]


@pytest.fixture
def start(network, tmp_path):
    """Start the network's node with other settings; it is ended after the test."""
    made = []

    def make(environment="dev", **changes):
        member = network.plan.members[1]
        content = yaml.safe_load((network.folder / f"{member.node}.yaml").read_text())
        places = {"data": str(tmp_path / "data"), "log": str(tmp_path / "log")}
        settings = content["environments"]["dev"] | {"directories": places} | changes
        file = tmp_path / "x.yaml"
        file.write_text(yaml.safe_dump({"environments": {environment: settings}}))
        made.append(Child("node", [*PROGRAM, "start", "-c", str(file)], tmp_path / "out"))
        made[-1].start()
        return made[-1]

    yield make
    for each in made:
        each.kill_group()


def test_node_starts_says_so_and_is_stopped_by_its_configuration(run, start, tmp_path):
    node = start()
    node.wait_until(lambda: "READY" in node.tail(), START_LIMIT_S)

    log = run(vnode_local, ["attach", "-c", str(tmp_path / "x.yaml"), "--no-follow"])
    result = run(vnode_local, ["stop", "-c", str(tmp_path / "x.yaml")])

    assert "READY" in log.output
    assert result.exit_code == 0, result.output
    assert node.join(10)
    assert node.exit_code == ExitCode.STOPPED


def test_node_is_restarted_in_the_place_of_the_one_that_runs(start, tmp_path):
    old = start()
    old.wait_until(lambda: "READY" in old.tail(), START_LIMIT_S)
    arguments = [*PROGRAM, "restart", "-c", str(tmp_path / "x.yaml")]
    new = Child("restarted", arguments, tmp_path / "restarted.out")
    new.start()
    try:
        new.wait_until(lambda: "READY" in new.tail(), START_LIMIT_S)

        assert old.join(10)
        assert old.exit_code == ExitCode.STOPPED
    finally:
        new.kill_group()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"api_key": "no such key"}, ExitCode.LOGIN, "key"),
        ({"encryption": {"enabled": False}}, ExitCode.ENCRYPTION, "encrypt"),
        ({"environment": "prod"}, ExitCode.CONFIGURATION, "dev"),
    ],
)
def test_node_that_cannot_work_says_why_and_ends(start, changes, code, words):
    node = start(**changes)

    assert node.join(START_LIMIT_S)
    assert node.exit_code == code
    assert words in node.tail()


def test_bad_configuration_shows_every_problem(start):
    node = start(port="many", api_keys="x")

    assert node.join(START_LIMIT_S)
    assert node.exit_code == ExitCode.CONFIGURATION
    assert "2 problems" in node.tail()
    assert "did you mean 'api_key'" in node.tail()
