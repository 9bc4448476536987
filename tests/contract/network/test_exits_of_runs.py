"""Algorithms in containers: what they find under the names of the exits, and nothing more."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.contract.network.hosts import PATIENTS, WEB_PORT, SSHHost
from tests.contract.runtime_rigs import DockerRig, make_spec, run_and_read
from vantage6.common.config.loader import Loaded
from vantage6.node.config import NodeConfig
from vantage6.node.network.helper import HelperGate
from vantage6.node.network.relay import Relay, RunDoors
from vantage6.node.network_parts import start_exits
from vantage6.node.runtime.base import Database
from vantage6.node.runtime_choice import build_runtime

pytestmark = pytest.mark.docker
URI = "http://records:8000/patients.csv"

# Asks as algorithms do: by the address of a database, and with a library that reads HTTP_PROXY.
PROGRAM = """
import urllib.error, urllib.request

def fetch(url, **options):
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return type(getattr(error, "reason", error)).__name__

def reach(*place):
    return outcome(lambda: socket.create_connection(place, 3).close())

report(
    records=fetch(os.environ["RECORDS_DATABASE_URI"]),
    allowed=fetch("http://{address}:{port}/page"),
    other_port=fetch("http://{address}:8000/patients.csv"),
    other_host=fetch("http://{gateway}:{port}/"),
    straight=reach("{address}", {port}),
    ssh=reach("{address}", 22),
    ports={{name: reach(name, port) for name, port in [("records", 22), ("records", 3128),
           ("squid", 8000), ("squid", 22), ("127.0.0.1", 3128), ("127.0.0.1", 8000)]}},
    interfaces=[name for _, name in socket.if_nameindex()],
    resolved=outcome(lambda: socket.gethostbyname("allowed.example")),
    no_proxy=os.environ["NO_PROXY"],
)
"""


@pytest.fixture(scope="module")
def loaded(
    squid_image: str, ssh_host: SSHHost, tmp_path_factory: pytest.TempPathFactory
) -> Loaded[NodeConfig]:
    """A configuration with both kinds of exits."""
    config = NodeConfig(
        api_key="key",
        server_url="http://server",
        images={"squid": squid_image},
        whitelist={"ips": [ssh_host.address], "ports": [WEB_PORT]},
        **{"ssh-tunnels": [ssh_host.settings().model_dump()]},
    )
    folder = tmp_path_factory.mktemp("node")
    return Loaded(config, "test", folder / f"exits test {uuid.uuid4().hex[:8]}.yaml")


@pytest.fixture(scope="module")
def relay(loaded: Loaded[NodeConfig]) -> Iterator[Relay]:
    """Everything behind the exits, started as a node does it."""
    with ExitStack() as stack:
        yield start_exits(stack, loaded, loaded.file.parent)


@pytest.fixture(scope="module", params=["root", "helper"])
def runtime(
    request: pytest.FixtureRequest,
    loaded: Loaded[NodeConfig],
    relay: Relay,
    probe_image: str,
    base_image: str,
) -> Iterator[tuple[DockerRig, Any]]:
    """The runtime of the node, and the same for a node that is not root."""
    data, rig = loaded.file.parent, DockerRig(loaded.name, probe_image, "")
    doors = RunDoors(rig.door, relay)
    if request.param == "helper":
        exits = loaded.settings.exits(data)
        rig.gate = lambda engine: HelperGate(engine, base_image, exits=exits)
        made: Any = rig.runtime(doors)
    else:
        made = build_runtime(loaded, data, doors)
    yield rig, made
    made.remove(7)
    made.close()
    rig.door.close_all()


@pytest.fixture(scope="module")
def seen(
    runtime: tuple[DockerRig, Any],
    loaded: Loaded[NodeConfig],
    ssh_host: SSHHost,
    gateway: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What an algorithm saw."""
    rig, made = runtime
    program = PROGRAM.format(address=ssh_host.address, port=WEB_PORT, gateway=gateway)
    spec = make_spec(
        tmp_path_factory.mktemp("run"),
        rig.image,
        program,
        result_id=7,
        environment=loaded.settings.environment,
        databases=(Database("records", URI, "other"),),
    )
    return run_and_read(rig, spec, made)


def test_a_database_behind_a_tunnel_is_read_by_its_uri(seen: dict[str, Any]) -> None:
    assert seen["records"] == PATIENTS


def test_what_is_on_the_list_is_reached_by_programs_that_know_proxies(
    seen: dict[str, Any],
) -> None:
    assert seen["allowed"] == "web\n"
    assert seen["no_proxy"] == "localhost,127.0.0.1,proxyserver,records"


def test_what_is_not_on_the_list_is_refused(seen: dict[str, Any]) -> None:
    assert (seen["other_port"], seen["other_host"]) == (403, 403)


def test_there_is_still_no_other_way_out(seen: dict[str, Any]) -> None:
    assert seen["interfaces"] == ["lo"]
    assert {seen["straight"], seen["ssh"]} == {"OSError"}
    assert set(seen["ports"].values()) == {"ConnectionRefusedError"}
    assert seen["resolved"] == "gaierror"
