"""A node in a container, as `vnode start` of 3.x has it, starts the same runs as any other."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.types import Mount
from tests.contract.conftest import BuildImage
from tests.contract.runtime_rigs import ENTRY

pytestmark = pytest.mark.docker

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(pytest.__file__).resolve().parents[1]
SOCKET = "/var/run/docker.sock"

# What the container of the node runs; `argv` is the image of the algorithm and its program.
NODE = """
import json, queue, sys
from pathlib import Path
from tests.contract.test_runtime import GreetingDoor
from vantage6.common.config.loader import Loaded
from vantage6.node.config import NodeConfig
from vantage6.node.run_files import RunFiles
from vantage6.node.runtime.base import RunSpec
from vantage6.node.runtime_choice import build_runtime

image, program, node = sys.argv[1:]
data = Path("/mnt/data")
database = {"label": "default", "uri": "/mnt/default.csv", "type": "csv"}
settings = NodeConfig(api_key="key", server_url="http://server", databases=[database])
runtime = build_runtime(Loaded(settings, "prod", Path(f"{node}.yaml")), data, GreetingDoor("hi"))
runtime.check()
files, ends = RunFiles(data / "runs", 10**6), queue.Queue()
runtime.watch(ends.put)
folder = files.create(7, program.encode(), "token-7")
runtime.start(RunSpec(7, 3, image, folder, files.temporary(3), settings.data_sources, "default"))
ends.get(timeout=60)
report = runtime.poll(7)
assert report.exit_code == 0, runtime.log(7)
print(b"".join(files.output_parts(7)).decode())
runtime.remove(7)
files.remove(7)
files.remove_tree(3)
assert not list((data / "runs").iterdir())
runtime.close()
"""
ALGORITHM = """
import json, os, socket
with socket.create_connection(("proxyserver", 8080), 5) as connection:
    heard = connection.makefile().readline().strip()
open("/mnt/tmp/note", "w").close()
report = {"heard": heard, "table": open(os.environ["DATABASE_URI"]).read(), "uid": os.getuid(),
          "token": open(os.environ["TOKEN_FILE"]).read(), "uri": os.environ["DATABASE_URI"],
          "interfaces": [name for _, name in socket.if_nameindex()]}
json.dump(report, open(os.environ["OUTPUT_FILE"], "w"))
"""


@pytest.fixture
def images(build_image: BuildImage) -> tuple[str, str]:
    """Image of the node and image of an algorithm."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    check = (
        f"import sys; sys.exit(sys.version_info[:2] != tuple(map(int, '{version}'.split('.'))))"
    )
    try:
        node = build_image(f'RUN python3 -c "{check}"\nENV PYTHONPATH=/source:/packages')
    except AssertionError:
        pytest.skip(f"the base image has another Python than {version}, which has our libraries")
    return node, build_image(f'CMD ["python3", "-c", "{ENTRY}"]')


@pytest.fixture
def node_name(engine: Any) -> Iterator[str]:
    name = f"inside-{os.getpid()}"
    yield name
    for container in engine.containers(all=True, filters={"label": f"node={name}"}):
        engine.remove_container(container, force=True)


def run_node(engine: Any, image: str, data: Path, command: list[str]) -> str:
    """What a node printed that runs in a container with the usual mounts."""
    mounts = [
        Mount(SOCKET, os.path.realpath(SOCKET), type="bind"),
        Mount("/source", str(ROOT), type="bind", read_only=True),
        Mount("/packages", str(PACKAGES), type="bind", read_only=True),
        Mount("/mnt/data", str(data / "data"), type="bind"),
        Mount("/mnt/default.csv", str(data / "table.csv"), type="bind", read_only=True),
    ]
    host_config = engine.create_host_config(mounts=mounts)
    container = engine.create_container(image, command, host_config=host_config)
    try:
        engine.start(container)
        exit_code = engine.wait(container, timeout=90)["StatusCode"]
        printed = engine.logs(container, stderr=exit_code != 0).decode()
    finally:
        engine.remove_container(container, force=True)
    assert exit_code == 0, printed
    return str(printed)


def test_run_of_a_node_in_a_container_is_like_that_of_a_node_on_the_host(
    engine: Any, images: tuple[str, str], node_name: str, tmp_path: Path
) -> None:
    node_image, algorithm = images
    (tmp_path / "data").mkdir()
    (tmp_path / "table.csv").write_text("a,b")
    command = ["python3", "-c", NODE, algorithm, ALGORITHM, node_name]
    report = json.loads(run_node(engine, node_image, tmp_path, command))
    assert report == {
        "heard": "hi",
        "table": "a,b",
        "uri": "/mnt/data/default.csv",
        "token": "token-7",
        "uid": 65534,
        "interfaces": ["lo"],
    }
    assert engine.containers(all=True, filters={"label": f"node={node_name}"}) == []
