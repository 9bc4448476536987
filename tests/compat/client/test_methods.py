"""No method of the published clients is forgotten.

The list is that of client.md, section 1.9, with what scripts call on the client itself. It is
compared with what the published class offers, and with what the tests beside this one call.
"""

import re
from pathlib import Path

import pytest
from tests.compat.client.published import Console

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]
METHODS = {
    "client": (
        "authenticate generate_path_to get_results post_task refresh_token request"
        " setup_encryption wait_for_results"
    ),
    "collaboration": "create get list",
    "node": "create delete get kill_tasks list update",
    "organization": "create get list update",
    "result": "from_task get list",
    "role": "create delete get list update",
    "rule": "get list",
    "task": "create delete get kill list",
    "user": "create get list update",
    "util": (
        "change_my_password generate_private_key get_server_health get_server_version"
        " reset_my_password reset_two_factor_auth set_my_password set_two_factor_auth"
    ),
}
ALL = {f"{group}.{name}" for group, names in METHODS.items() for name in names.split()}
CANNOT_SUCCEED: dict[str, str] = {}
"""Methods that no 3.x server lets succeed, each with the reason: not one of the above."""
NOT_OFFERED: dict[str, set[str]] = {"3.11.1": set(), "3.5.2": {"node.kill_tasks", "task.kill"}}
OFFERED = """
def methods_of(name, part):
    for attribute in dir(type(part)):
        method = getattr(type(part), attribute)
        if not attribute.startswith('_') and callable(method) and not isinstance(method, type):
            yield f'{name}.{attribute}'

offered = {*methods_of('client', client)}
for group in GROUPS:
    offered.update(methods_of(group, getattr(client, group)))
"""


def test_the_published_client_offers_these_methods(console: Console, version: str) -> None:
    console.run(f"GROUPS = {[group for group in METHODS if group != 'client']}{OFFERED}")

    assert console.value("offered") == ALL - NOT_OFFERED[version]


def test_every_method_is_called() -> None:
    folder = Path(__file__).parent
    sources = "".join(file.read_text("utf-8") for file in folder.glob("test_*.py"))

    called = set(re.findall(r"\b(\w+\.\w+)\(", sources))

    assert ALL - called == set(CANNOT_SUCCEED)
