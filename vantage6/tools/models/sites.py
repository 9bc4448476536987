"""Asks sites for their part of an answer, with the client of the classic tutorial."""

from collections.abc import Sequence
from typing import Any

from vantage6.tools.container_client import ContainerClient


def chosen(client: ContainerClient, organizations: Sequence[int] | None = None) -> list[int]:
    """The organizations to ask; all of the collaboration when none are named."""
    if organizations:
        return list(organizations)
    return [each["id"] for each in client.get_organizations_in_my_collaboration()]


def ask(
    client: ContainerClient, organizations: Sequence[int], method: str, **kwargs: Any
) -> list[Any]:
    """What a partial function of this image answers at each of the organizations."""
    task = client.create_new_task(
        input_={"method": method, "kwargs": kwargs}, organization_ids=organizations
    )
    return client.wait_for_results(task["id"])
