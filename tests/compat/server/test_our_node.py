"""Our node at the published server 3.11.1: from log-in to the result, kill and reconnect."""

from functools import partial
from typing import Any

import pytest
from tests.compat.federation import AVERAGE, COLUMN, DATA, KINDS, ask
from tests.compat.processes import OurNode, algorithm, containers, docker
from tests.compat.server.conftest import Setting
from tests.e2e.asking import until, wait_for_status
from vantage6.common.errors import NoSuchAddress

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(600)]
LIMIT_S = 90
KIND = next(iter(KINDS))
SIGN = "/tmp/go"  # noqa: S108  # in a container


@pytest.mark.repeats("plain")
@pytest.mark.parametrize("kind", KINDS)
def test_federated_average_comes_back(setting: Setting, kind: str) -> None:
    with setting.federation.client(kind) as client:
        task = ask(client, kind, setting.image, "master", "alpha", column_name=COLUMN)

        (result,) = client.wait_for_results(task, timeout=LIMIT_S)

    assert result["result"]["average"] == pytest.approx(AVERAGE)


def begin(setting: Setting, kind: str, organization: str) -> dict[str, Any]:
    """Start an algorithm that waits for a sign; the row of its run."""
    with setting.federation.client(kind) as client:
        task = ask(client, kind, setting.image, "wait", organization, file=SIGN)
        return wait_for_status(client, task, "active")


def finish(setting: Setting, kind: str, row: dict[str, Any]) -> Any:
    """Wait for the result of a run."""
    with setting.federation.client(kind) as client:
        (ended,) = client.wait_for_results(row["task"]["id"], timeout=LIMIT_S)
        return ended["result"]


@pytest.mark.parametrize("kind", KINDS)
def test_running_algorithm_is_killed(setting: Setting, kind: str) -> None:
    row = begin(setting, kind, "alpha")
    with setting.federation.client(kind) as client:
        client.task.kill(row["task"]["id"])

        ended = wait_for_status(client, row["task"]["id"], "killed by user")

    assert ended["finished_at"] is not None
    until(lambda: not containers(setting.nodes[kind, "alpha"].name))


def test_nothing_is_lost_when_the_server_restarts_with_another_secret(setting: Setting) -> None:
    """One node of each collaboration has a result to send meanwhile, the other one has not."""
    rows = {kind: begin(setting, kind, "beta") for kind in KINDS}

    setting.server.kill()
    for kind, row in rows.items():
        node = setting.nodes[kind, "beta"]
        docker("exec", algorithm(node.name, row["id"]), "touch", SIGN)
        until(partial(has_ended, node.name))
    setting.server.start()

    for kind, row in rows.items():
        assert finish(setting, kind, row) == {"rows": len(DATA["beta"])}
        idle = setting.nodes[kind, "alpha"]
        until(partial(has_come_back, idle))
        row = begin(setting, kind, "alpha")
        docker("exec", algorithm(idle.name, row["id"]), "touch", SIGN)
        assert finish(setting, kind, row) == {"rows": len(DATA["alpha"])}


def test_client_reads_whole_lists_and_names_what_the_server_lacks(setting: Setting) -> None:
    with setting.federation.client(KIND) as client:
        rules = client.rule.list(page=None, fields=["id"])
        tasks = client.task.list(page=None, per_page=None, include_metadata=False)

        assert len(list(client.rule.iterate(per_page=20))) == len(rules) > 20
        assert list(client.task.iterate(per_page=2)) == tasks
        with pytest.raises(
            NoSuchAddress, match=r"version 3\.11\.1 and does not know POST recover"
        ):
            client.util.renew_recovery_codes("a password")


def has_ended(node: str) -> bool:
    return not containers(node)


def has_come_back(node: OurNode) -> bool:
    return node.log().count("socket connected") > 1
