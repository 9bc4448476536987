"""What a newcomer met in one afternoon with a published version: each has tests that keep it away.

The table says which; those that no other file has are here.
"""

import re
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from vantage6.common.config.loader import Loaded
from vantage6.node.config import NodeConfig
from vantage6.node.runtime_choice import build_runtime

TESTS = Path(__file__).resolve().parents[2]
HERE = "integration/cli/test_newcomer.py"
INSTALL, EXTRAS = "install/test_install.py", "install/test_extras.py"
IMAGES, RUNTIME = "contract/test_images.py", "contract/test_docker_runtime.py"
NODE = "integration/node/test_node_and_server.py"
SERVER = "integration/server/test_process.py"

MET = {
    1: (
        "a plain install cannot start, because dependencies no longer fit together",
        (INSTALL, "everything_can_be_imported_where_it_is_installed"),
        (HERE, "every_dependency_has_an_upper_bound"),
    ),
    2: (
        "numpy 2 beside the pinned pandas kills every algorithm",
        (INSTALL, "example_that_is_installed_passes_its_tests"),
    ),
    3: (
        "the wrong environment is a traceback",
        (
            "unit/common/config/test_loader.py",
            "environment_that_is_not_there_is_answered_with_those_that_are",
        ),
        (
            "integration/cli/test_mistakes.py",
            "environment_that_is_not_there_is_told_with_those_that_are",
        ),
    ),
    4: (
        "who was imported before the first start has no permissions",
        (
            "integration/cli/test_published_defects_import.py",
            "b16_imported_users_may_do_everything_on_a_new_database",
        ),
    ),
    5: (
        "the first start logs a fixed password",
        (
            "integration/cli/test_server_commands.py",
            "first_password_is_random_and_shown_once_in_production",
        ),
    ),
    6: (
        "a file makes the node believe that it is in a container",
        (
            "unit/node/runtime/test_host_paths.py",
            "host_and_container_of_another_engine_are_no_container_of_this_one",
        ),
    ),
    7: (
        "a library that is imported is not declared",
        (EXTRAS, "part_imports_only_what_its_extra_names"),
    ),
    8: (
        "images that nobody needs are asked for at every start, after it said success",
        (HERE, "node_asks_no_registry_for_images_that_it_does_not_use"),
        (IMAGES, "image_that_was_never_pushed_is_used_without_a_registry"),
        ("integration/cli/test_start.py", "node_that_cannot_work_is_not_started"),
    ),
    9: (
        "a key of the configuration is ignored, and tasks are pending for ever",
        ("unit/common/config/test_loader.py", "every_problem_is_told_at_once_with_path_and_line"),
        (NODE, "a_run_that_fails_says_why"),
        ("e2e/test_survival.py", "image_that_does_not_exist_is_named"),
    ),
    10: (
        "newer images are found at one brand of registry only",
        (IMAGES, "newer_image_at_the_registry_is_pulled_when_asked_for"),
    ),
    11: (
        "a configuration that is given by its path is not the one that is used",
        ("unit/cli/test_context.py", "file_that_is_given_is_the_file_that_is_used"),
    ),
    12: (
        "stopping a node takes 11 s and ends in a kill",
        (
            "integration/node/test_node_process.py",
            "a_node_stops_at_once_and_leaves_running_algorithms_alone",
        ),
    ),
    13: (
        "volumes and files of runs are left behind",
        (RUNTIME, "image_with_volumes_leaves_none"),
        (NODE, "nothing_of_a_run_is_left_on_disk"),
    ),
    14: (
        "host and port of the proxy have to be set by hand",
        (RUNTIME, "proxy_is_there_before_the_first_instruction"),
    ),
    15: (
        "there is no websocket, and answers on a kept connection come late",
        (
            "integration/node/test_corporate_network.py",
            "the_socket_is_a_websocket_through_the_proxy",
        ),
        (SERVER, "answers_do_not_wait_for_full_packets"),
    ),
    16: (
        "the server needs a compiler",
        (HERE, "nothing_has_to_be_compiled"),
    ),
    17: (
        "kept connections are closed without a word",
        (SERVER, "a_connection_serves_one_request_after_the_other"),
    ),
    18: (
        "the client mixes kinds of answers, hands bytes back, and waits without limit",
        ("unit/client/test_names.py", "every_list_can_be_iterated"),
        ("integration/client/test_real_server.py", "results_come_as_objects"),
        ("unit/client/test_waiting.py", "waiting_ends_in_time"),
    ),
    19: (
        "one list without a page stops the server for everybody",
        (
            "integration/server/test_list_costs.py",
            "a_whole_list_is_read_in_portions_and_is_complete",
        ),
        ("integration/client/test_iterate.py", "ten_thousand_tasks_are_read_in_little_memory"),
    ),
}


def test_all_nineteen_are_here() -> None:
    assert sorted(MET) == list(range(1, 20))


@pytest.mark.parametrize("number", MET)
def test_what_a_newcomer_met_has_its_tests(number: int) -> None:
    _, *tests = MET[number]

    missing = [(file, name) for file, name in tests if not _is_there(file, name)]

    assert tests
    assert missing == []


def _is_there(file: str, name: str) -> bool:
    path = TESTS / file
    text = path.read_text("utf-8") if path.is_file() else ""
    return re.search(rf"^ *def test_{name}\(", text, re.MULTILINE) is not None


# --- those that no other file has -------------------------------------------------------------


def test_every_dependency_has_an_upper_bound() -> None:
    required = [Requirement(line) for line in distribution("vantage6").requires or ()]
    ours = [each for each in required if "dev" not in str(each.marker) and each.name != "vantage6"]

    unbound = [
        str(each)
        for each in ours
        if not any(part.operator in {"<", "<=", "==", "~="} for part in each.specifier)
    ]

    assert len(ours) > 20
    assert unbound == []


def test_nothing_has_to_be_compiled() -> None:
    """Wheels that a machine compiles for itself carry its bare platform in their tag."""
    names = set(_needed("vantage6", {"server", "node", "tools"}, set()))

    compiled = [
        name
        for name in names
        if re.search(r"^Tag: .*-linux_\w+$", distribution(name).read_text("WHEEL") or "", re.M)
    ]

    assert len(names) > 40
    assert compiled == []


def _needed(name: str, extras: set[str], seen: set[str]) -> Iterator[str]:
    """Names of a distribution and of all that it needs here."""
    if name in seen:
        return
    seen.add(name)
    yield name
    for line in distribution(name).requires or ():
        needed = Requirement(line)
        wanted = [{"extra": extra} for extra in extras or {""}]
        if needed.marker is None or any(map(needed.marker.evaluate, wanted)):
            yield from _needed(needed.name.lower(), needed.extras, seen)


@pytest.mark.docker
def test_node_asks_no_registry_for_images_that_it_does_not_use(tmp_path: Path) -> None:
    nowhere = "localhost:1/not/there:1"
    images = dict.fromkeys(("node", "alpine", "vpn_client", "network_config", "squid"), nowhere)
    settings = NodeConfig.model_validate(
        {"api_key": "x", "server_url": "http://x", "alpine": nowhere, "images": images}
    )
    door: Any = None  # no run is started
    loaded = Loaded(settings, "prod", tmp_path / "newcomer.yaml")
    runtime = build_runtime(loaded, tmp_path, door)

    try:
        runtime.check()
        assert runtime.known() == frozenset()
    finally:
        runtime.close()
