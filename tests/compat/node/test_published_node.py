"""The published node 3.11.1 at our server, in one federation with a node of ours."""

from typing import Any

import pytest
from tests.compat.federation import AVERAGE, COLUMN, DATA, KINDS, ask
from tests.compat.node.conftest import Setting
from tests.compat.node.published_node import JOINED
from tests.compat.processes import algorithm, containers, docker
from tests.e2e.asking import until, wait_for_status

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(600)]
LIMIT_S = 90
SIGN = "/tmp/go"  # noqa: S108  # in a container


@pytest.mark.repeats("plain")
@pytest.mark.parametrize("kind", KINDS)
def test_average_over_a_published_node_and_ours_is_right(setting: Setting, kind: str) -> None:
    with setting.federation.client(kind) as client:
        task = ask(client, kind, setting.image, "master", "alpha", column_name=COLUMN)

        (result,) = client.wait_for_results(task, timeout=LIMIT_S)

    assert result["result"]["average"] == pytest.approx(AVERAGE)


@pytest.mark.parametrize("kind", KINDS)
def test_our_tools_wait_for_sub_tasks_at_the_proxy_of_a_published_node(
    setting: Setting, kind: str, average_image: str
) -> None:
    """It does not hold questions back: the central function asks again and again."""
    with setting.federation.client(kind) as client:
        task = ask(client, kind, average_image, "master", "alpha", column_name=COLUMN)

        (result,) = client.wait_for_results(task, timeout=LIMIT_S)

    assert result["result"]["average"] == pytest.approx(AVERAGE)


def begin(setting: Setting, kind: str) -> dict[str, Any]:
    """Start an algorithm that waits for a sign; the row of its run."""
    with setting.federation.client(kind) as client:
        task = ask(client, kind, setting.image, "wait", "alpha", file=SIGN)
        return wait_for_status(client, task, "active")


@pytest.mark.parametrize("kind", KINDS)
def test_running_algorithm_is_killed(setting: Setting, kind: str) -> None:
    row = begin(setting, kind)
    with setting.federation.client(kind) as client:
        client.task.kill(row["task"]["id"])

        ended = wait_for_status(client, row["task"]["id"], "killed by user")

    assert ended["finished_at"] is not None
    until(lambda: not containers(setting.published[kind].name))


def test_runs_go_on_while_the_server_restarts(setting: Setting) -> None:
    """They end only after the node is back.

    The published node drops results that are ready while its socket is away (node.md, R1), so
    that a run that ends earlier is lost with any server.
    """
    nodes, rows = setting.published, {kind: begin(setting, kind) for kind in KINDS}
    joined = {kind: node.log().count(JOINED) for kind, node in nodes.items()}

    setting.server.kill()
    setting.server.start()

    for kind, row in rows.items():
        nodes[kind].wait_for(JOINED, joined[kind] + 1)
        docker("exec", algorithm(nodes[kind].name, row["id"]), "touch", SIGN)
        with setting.federation.client(kind) as client:
            (ended,) = client.wait_for_results(row["task"]["id"], timeout=LIMIT_S)
            assert ended["result"] == {"rows": len(DATA["alpha"])}
            again = ask(
                client, kind, setting.image, "average_partial", "alpha", column_name=COLUMN
            )
            (part,) = client.wait_for_results(again, timeout=LIMIT_S)
            assert part["result"] == {"sum": sum(DATA["alpha"]), "count": len(DATA["alpha"])}
