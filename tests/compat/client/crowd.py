"""A few of everything in the example network: lists get pages, and filters a choice.

Made by the published client, and by played nodes where only a node can.
"""

from typing import Any

from tests.compat.client.nodes import PlayedNode, average
from tests.compat.client.published import Remote
from tests.compat.client.servers import PASSWORD

INPUT = {"method": "average_partial", "kwargs": {"column_name": "age"}}
NUMBERS = (1, 2, 3)
PORT = 8765


def gather(client: Remote, nodes: dict[int, PlayedNode]) -> None:
    """Make everything, once for a server."""
    organizations = [_organization(client, number) for number in NUMBERS]
    for number, organization in zip(NUMBERS, organizations, strict=True):
        _collaboration(client, number, organization)
        client.role.create(f"crowd{number}", f"crowd {number}", [number], organization)
    _person(client, organizations[0])
    for number in (*NUMBERS, 4):
        _task(client, nodes, number)
    nodes[4].call("patch", f"node/{nodes[4].id}", json={"ip": "10.76.0.4"})


def _organization(client: Remote, number: int) -> int:
    country = "NL" if number == 1 else "BE"
    made = client.organization.create(f"crowd{number}", "", "", "", country, "")
    return int(made["id"])


def _collaboration(client: Remote, number: int, organization: int) -> None:
    made = client.collaboration.create(f"crowd{number}", [organization], encrypted=number == 2)
    client.node.create(made["id"], organization=organization, name=f"crowd node {number}")


def _person(client: Remote, organization: int) -> None:
    # One is enough: hashing a password takes a while.
    client.user.create(
        "crowd1",
        "First1",
        "Last1",
        PASSWORD,
        "crowd1@example.org",
        organization=organization,
        rules=[1],
    )


def _task(client: Remote, nodes: dict[int, PlayedNode], number: int) -> None:
    made: dict[str, Any] = client.task.create(
        collaboration=1,
        organizations=[2, 3],
        name=f"crowd{number}",
        image=f"registry.example.org/crowd:{number}",
        description=f"crowd {number}",
        input=INPUT,
        data_format="json",
        database=f"crowd{number}",
    )
    run = nodes[2].open_runs(made["id"])[0]["id"]
    if number == 1:
        body = {"port": PORT, "label": "crowd", "result_id": run}
        nodes[2].call("post", "port", json=body)
    if number in (2, 3):
        nodes[2].work(made["id"], average)
    if number == 3:
        nodes[3].work(made["id"], average)
