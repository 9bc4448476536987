"""A hostile image tries to get out and at the data of others; nothing of it may succeed.

The probes are in ``image/hostile``. Each one is a case here, and a line in docs/guide/security.md.
They run in a real federation, as the user that an image has by default and as root. A control runs
them in containers that one would start by hand, so that a probe which could never succeed shows.
"""

import ast
import json
import os
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.e2e.asking import ask, own_organization, until, wait_for_status
from tests.e2e.hostile.bait import SECRET, bait
from vantage6.cli.vdev.network import DemoNetwork
from vantage6.client import Client

docker = pytest.mark.docker
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

HERE = Path(__file__).parent
GUIDE = HERE.parents[2] / "docs" / "guide" / "security.md"
VICTIM_PORT = 9000
USERS = ("nobody", "root")

THROUGH_THE_PROXY = (
    *("token_of_another_run", "token_of_a_run_that_has_ended"),
    *("accounts_of_the_server", "proxy_to_elsewhere"),
)
IN_VAIN = {"metadata_address", "internet", *THROUGH_THE_PROXY}
"""Probes that no container started by hand can show to succeed: it has no cloud and no proxy."""


def probes() -> dict[str, str]:
    """Name and sentence of each probe, in the order of the files."""
    found = {}
    for file in ("network", "machine", "rights", "data"):
        tree = ast.parse((HERE / "image" / "hostile" / f"{file}.py").read_text())
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                found[node.name] = (ast.get_docstring(node) or "").replace("\n", " ")
    return found


PROBES = probes()


def build(base: str, user: str) -> str:
    name = f"vantage6/test-hostile:{uuid.uuid4().hex[:12]}"
    dockerfile = (HERE / "image" / "Dockerfile").read_text()
    if user == "root":
        dockerfile += "USER root\n"
    subprocess.run(
        ["docker", "build", "-q", "-t", name, "--build-arg", f"BASE={base}", "-f", "-", "."],
        cwd=HERE / "image",
        input=dockerfile.encode(),
        check=True,
        capture_output=True,
        env={**os.environ, "DOCKER_BUILDKIT": "0"},
    )
    return name


@pytest.fixture(scope="module")
def images(base_image: str) -> Iterator[dict[str, str]]:
    """The hostile image, by the user that it names."""
    found = {user: build(base_image, user) for user in USERS}
    yield found
    subprocess.run(["docker", "rmi", "-f", *found.values()], check=True, capture_output=True)


@pytest.fixture(scope="module")
def told() -> Iterator[dict[str, Any]]:
    with bait() as facts:
        yield facts


# --- the federation ---------------------------------------------------------------------------


class Attack:
    """A victim that runs, one that has ended, and what the probes found beside them."""

    def __init__(self, network: DemoNetwork, images: dict[str, str], told: dict[str, Any]) -> None:
        self.network, self.told = network, dict(told)
        with network.client() as client:
            self._find_victims(client, images["nobody"])
            tasks = {user: self._attack(client, image) for user, image in images.items()}
            self.found = {user: self._result(client, task) for user, task in tasks.items()}
            wait_for_status(client, self.victim, "active")
            self.status_of_stolen_token = self._ask_server(self.told["victim_token"])
            client.task.kill(self.victim)
            wait_for_status(client, self.victim, "killed by user")

    def _find_victims(self, client: Client, image: str) -> None:
        me = own_organization(client)
        facts = {"victim_port": VICTIM_PORT, "secret": SECRET}
        name = f"v6-{uuid.uuid4().hex}"
        ended = ask(client, image, "victim", [me], stays=False, abstract=f"{name}-2", **facts)
        token = self._result(client, ended)["token"]
        self.victim = ask(client, image, "victim", [me], stays=True, abstract=name, **facts)
        wait_for_status(client, self.victim, "active")
        (run,) = client.result.from_task(self.victim)
        (folder,) = until(lambda: list(self.network.folder.rglob(f"task-{run['id']:09d}")))
        until(lambda: list(self.network.folder.rglob(SECRET)))
        self.told["abstract"] = [*self.told["abstract"], name]
        self.told |= {
            "run_folders": [str(folder)],
            "victim_task": self.victim,
            "victim_token": (folder / "token").read_text(),
            "ended_task": ended,
            "ended_token": token,
        }

    def _attack(self, client: Client, image: str) -> int:
        member = self.network.plan.members[0]
        near = [host.rpartition(".")[0] for host in self.told["hosts"]]
        facts = self.told | {
            "networks": [*near, "172.18.0", "172.19.0"],
            "near": 10,
            "victim_port": VICTIM_PORT,
            "private_key": member.key_file,
            "node_files": [
                str(self.network.folder / f"{member.node}.yaml"),
                *map(str, self.network.folder.glob(f"{member.node}/*")),
            ],
        }
        return ask(client, image, "probe", [own_organization(client)], **facts)

    def _ask_server(self, token: str) -> int:
        address = f"{self.network.address}/api/task/{self.victim}"
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(address, headers=headers, timeout=10).status_code

    def _result(self, client: Client, task: int) -> dict[str, Any]:
        (row,) = client.wait_for_results(task, timeout=120)
        assert row["status"] == "completed", row["log"]
        return dict(row["result"])


@pytest.fixture(scope="module")
def attack(
    start_network: Callable[..., DemoNetwork], images: dict[str, str], told: dict[str, Any]
) -> Attack:
    network = start_network(runtime="docker", nodes=1, encrypted=True)
    return Attack(network, images, told)


@docker
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("name", PROBES)
def test_hostile_algorithm_gets_nothing(attack: Attack, name: str, user: str) -> None:
    found = attack.found[user][name]
    assert found["got"] is None, found
    # A mistake in a probe must not pass for a refusal.
    assert not re.match("(Key|Name|Type|Attribute|Index|Value)Error|was stopped", found["said"])


@docker
def test_all_probes_ran(attack: Attack) -> None:
    for found in attack.found.values():
        assert set(found) == set(PROBES)


@docker
@pytest.mark.parametrize("name", THROUGH_THE_PROXY)
def test_proxy_answered_and_refused(attack: Attack, name: str) -> None:
    for found in attack.found.values():
        assert found[name] == {"got": None, "said": ""}


@docker
def test_token_that_was_stolen_was_good_at_that_time(attack: Attack) -> None:
    """Control of `token_of_another_run`: it is the node's proxy that refuses it."""
    assert attack.status_of_stolen_token == 200


@docker
def test_nothing_is_left_of_them(attack: Attack) -> None:
    label = f"label=node={attack.network.plan.members[0].node}"
    listed = ["docker", "ps", "-aq", "--filter", label]
    until(lambda: not subprocess.check_output(listed))
    until(lambda: not list(attack.network.folder.rglob("task-*")))


# --- the control ------------------------------------------------------------------------------

SOCKET = "/var/run/docker.sock"
RIGHTS = ("SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_BOOT", "SYSLOG", "DAC_READ_SEARCH")
# As `--privileged`, which fails where the engine itself lacks a capability.
OPEN = [
    *(f"--cap-add={right}" for right in RIGHTS),
    *(f"--security-opt={name}" for name in ("seccomp=unconfined", "systempaths=unconfined")),
    *(f"--{kind}=host" for kind in ("network", "pid", "ipc")),
    "--device-cgroup-rule=a *:* rwm",
    *(f"-v{path}:{path}" for path in ("/sys", "/sys/fs/cgroup", "/dev", SOCKET)),
]


def run_by_hand(image: str, folder: Path, facts: dict[str, Any], options: list[str]) -> Any:
    """What the probes find in a container that was started as 3.x starts it, with its mounts."""
    data = folder / "data"
    (data / "task-000000001").mkdir(parents=True)
    (data / "task-000000002").mkdir()
    (data / "task-000000002" / "token").touch()
    (data / "default.csv").touch()
    (data / "task-000000001" / "token").touch()
    (data / "task-000000001" / "output").touch()
    body = {"method": "probe", "kwargs": facts}
    (data / "task-000000001" / "input").write_text(json.dumps(body))
    (folder / "tmp").mkdir()
    (folder / "tmp" / SECRET).touch()
    own = "/mnt/data/task-000000001"
    variables = {
        "INPUT_FILE": f"{own}/input",
        "OUTPUT_FILE": f"{own}/output",
        "TOKEN_FILE": f"{own}/token",
        "TEMPORARY_FOLDER": "/mnt/tmp",
        "DATABASE_URI": "/mnt/data/default.csv",
        "HOST": "http://127.0.0.1",
        "PORT": "1",
    }
    environment = [f"-e{name}={text}" for name, text in variables.items()]
    mounts = [f"-v{data}:/mnt/data", f"-v{folder / 'tmp'}:/mnt/tmp"]
    command = ["docker", "run", "--rm", "--user=0", *options, *environment, *mounts, image]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    text = (data / "task-000000001" / "output").read_text()
    return json.loads(text.removeprefix("json."))


@pytest.fixture(scope="module")
def open_to_all(
    images: dict[str, str], told: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What the probes find in an ordinary container, and in one that has all rights."""
    folder = tmp_path_factory.mktemp("control")
    (folder / "private_key.pem").touch()
    facts = told | {
        "engine_ports": [told["tcp_port"]],
        "private_key": str(folder / "private_key.pem"),
        "node_files": [str(folder / "private_key.pem")],
        "run_folders": [],
        "victim_port": told["tcp_port"],
        "networks": [],
        "near": 3,
        **dict.fromkeys(("victim_task", "ended_task"), 1),
        **dict.fromkeys(("victim_token", "ended_token"), "token"),
    }
    network = f"v6-control-{os.getpid()}"
    subprocess.run(["docker", "network", "create", network], check=True, capture_output=True)
    try:
        shown = subprocess.check_output(["docker", "network", "inspect", network])
        gateway = json.loads(shown)[0]["IPAM"]["Config"][0]["Gateway"]
        ordinary = facts | {
            "name": "control-alias",
            "networks": [gateway.rpartition(".")[0]],
            "hosts": [gateway],
        }
        options = [f"--network={network}", "--network-alias=control-alias"]
        found = run_by_hand(images["root"], folder / "ordinary", ordinary, options)
    finally:
        subprocess.run(["docker", "network", "rm", network], check=True, capture_output=True)
    free = run_by_hand(images["root"], folder / "open", facts, OPEN)
    return {name: found[name]["got"] or free[name]["got"] for name in PROBES}


def this_host_has_none(name: str) -> bool:
    """Whether not even the host itself can do what a probe tries."""
    if name == "kernel_module":
        return not Path("/proc/modules").exists()
    if name == "disk_of_the_host":
        rows = Path("/proc/partitions").read_text().splitlines()[2:]
        return not any(map(_reads, rows))
    return False


def _reads(row: str) -> bool:
    try:
        os.close(os.open(f"/dev/{row.split()[3]}", os.O_RDONLY))
    except OSError:
        return False
    return True


@docker
@pytest.mark.parametrize("name", [name for name in PROBES if name not in IN_VAIN])
def test_control_shows_that_the_probe_can_succeed(open_to_all: dict[str, Any], name: str) -> None:
    assert open_to_all[name] or this_host_has_none(name)


# --- the guide --------------------------------------------------------------------------------


def test_guide_lists_every_probe() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == PROBES
    assert len(PROBES) >= 20
