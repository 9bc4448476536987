"""What a node does not accept, from a researcher and from another node, against a real server."""

import pytest
from tests.integration.node.conftest import MakeNode, RealServer
from tests.integration.node.test_subtasks import central, run_of
from tests.integration.server.world import IMAGE
from vantage6.common.encoding import bytes_to_base64s

REPOSITORY = IMAGE.partition(":")[0]
CENTRAL = bytes_to_base64s(b'json.{"method": "average", "master": true}')
PICKLE = bytes_to_base64s(b"\x80\x04}.")


@pytest.mark.parametrize(
    ("policies", "input_", "reason"),
    [
        ({"allowed_algorithms": "evil"}, CENTRAL, "does not allow the image"),
        ({"allowed_registries": ["harbor.example.org"]}, CENTRAL, "is at the registry"),
        ({"allowed_organizations": ["nobody"]}, CENTRAL, "neither this user nor this organ"),
        ({"allowed_users": [999]}, CENTRAL, "neither this user nor this organization"),
        ({"allowed_functions": {".*": ["RPC_average"]}}, CENTRAL, "another one is asked for"),
        ({"allowed_functions": {".*": ["RPC_average"]}}, PICKLE, "cannot be known"),
    ],
)
def test_a_refusal_tells_the_researcher_and_the_owner_why(
    server: RealServer,
    make_node: MakeNode,
    caplog: pytest.LogCaptureFixture,
    policies: dict[str, object],
    input_: str,
    reason: str,
) -> None:
    node = make_node(server, policies=policies, share_config=False)  # or the server would refuse
    node.start()
    node.await_ready()

    (run,) = server.post_task("alpha", input=input_)
    row = server.await_status(run, "not allowed")

    assert reason in row["log"]
    assert any(reason in text and f"result={run}" in text for text in caplog.messages)
    assert node.runtime.started == []


def test_a_sub_task_is_no_way_round_the_policy(server: RealServer, make_node: MakeNode) -> None:
    alpha = make_node(server)
    beta = make_node(server, "beta", policies={"allowed_algorithms": [f"not-{REPOSITORY}"]})
    for node in (alpha, beta):
        node.start()
        node.await_ready()
    algorithm = central(server, alpha)

    task = algorithm.create_subtask([server.world.organizations["beta"]], b"json.{}")

    row = server.await_status(run_of(server, task["id"]), "not allowed")
    assert "does not allow the image" in row["log"]
    assert beta.runtime.started == []
