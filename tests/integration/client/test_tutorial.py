"""The manual's classic tutorial, verbatim: functions, mock client, and the network."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.compat.client import manual
from tests.compat.client.nodes import PlayedNode
from tests.compat.client.servers import API_KEYS, EXAMPLE, PASSWORD, RunningServer
from tests.integration.client.terminal import Site, Terminal, listening_server, work
from vantage6.client import Client
from vantage6.common import payload
from vantage6.common.encoding import base64s_to_bytes

pytestmark = pytest.mark.integration
SCRIPTS = manual.scripts_of(Path(__file__).parent / "programs" / "tutorial.md")
PACKAGE = "v6-average-py"
ALGORITHM_BASE = "vantage6/algorithm-base:3.12"
PARTIAL = {"method": "average_partial"}
A, B = (41, 52, 38, 42), (61, 72, 58, 62)
AVERAGE = {"average": sum(A + B) / len(A + B)}


def write_csv(file: Path, column: str, values: tuple[int, ...]) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join([column, *map(str, values)]))
    return file


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the reader of the tutorial makes."""
    folder = tmp_path_factory.mktemp("project")
    (folder / PACKAGE).mkdir()
    (folder / PACKAGE / "__init__.py").write_text(SCRIPTS["algorithm"])
    return folder


@pytest.fixture
def terminal(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal in that folder, with its package installed."""
    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    sys.modules.pop(PACKAGE, None)
    yield Terminal(project)
    sys.modules.pop(PACKAGE, None)


def test_federated_implementation_gives_the_average(terminal: Terminal) -> None:
    files = [
        write_csv(terminal.folder / name, "numbers", values)
        for name, values in (("A.csv", A), ("B.csv", B))
    ]
    terminal.run(SCRIPTS["federated part"])
    terminal.run(SCRIPTS["central part"])
    script = SCRIPTS["local testing"]
    for place, file in zip(("path/to/dataset/A", "path/to/dataset/B"), files, strict=True):
        script = script.replace(place, str(file))

    terminal.run(script)

    assert terminal.printed == f"global average = {AVERAGE['average']}.\n"


def test_the_mock_client_gives_the_average(terminal: Terminal) -> None:
    for name, values in (("a", A), ("b", B)):
        write_csv(terminal.folder / "local" / f"{name}.csv", "age", values)

    terminal.run(SCRIPTS["mock client"])

    printed = [line for line in terminal.printed.splitlines() if line.startswith("[")]
    partials, average = map(ast.literal_eval, printed)
    assert [partial["count"] for partial in partials] == [4, 4]
    assert average == [AVERAGE]


# --- the network ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with listening_server(tmp_path_factory.mktemp("server"), EXAMPLE) as server:
        yield server


@pytest.fixture
def client(server: RunningServer) -> Iterator[Client]:
    with Client(server.origin, None, server.api_path) as client:
        client.authenticate("user1", PASSWORD)
        yield client


@pytest.fixture
def sites(server: RunningServer, project: Path) -> list[Site]:
    image = (PACKAGE, project)
    values = {2: A, 3: B, 4: A + B}
    return [
        Site(
            PlayedNode(server.api, API_KEYS[number]),
            write_csv(project / f"{number}.csv", "age", ages),
            image,
            project,
        )
        for number, ages in values.items()
    ]


def test_the_algorithm_runs_in_the_network(client: Client, sites: list[Site]) -> None:
    input_ = {"method": "master", "master": True, "kwargs": {"column_name": "age"}}
    task = client.task.create(1, [2], "tutorial", "harbor2.vantage6.ai/demo/average", "", input_)

    work(sites)

    assert client.wait_for_results(task["id"], timeout=30)[0]["result"] == AVERAGE


def test_the_input_is_written_in_the_format_that_is_asked_for(client: Client) -> None:
    names: dict[str, Any] = {"client": client, "COLLABORATION_ID": 1, "ORGANIZATION_IDS": [2, 3]}
    terminal = Terminal(Path())
    terminal.names.update(names)

    terminal.run("task = " + SCRIPTS["cross-language"].lstrip())

    runs = client.request(f"task/{terminal.value('task')['id']}/result")
    inputs = [base64s_to_bytes(run["input"]) for run in runs]
    assert [data[:5] for data in inputs] == [b"json."] * 2
    assert payload.load(inputs[0])["method"] == "column_names"


# --- the image --------------------------------------------------------------------------------


@pytest.fixture
def image(project: Path, services: dict[str, str]) -> Iterator[str]:
    """What the tutorial's reader builds; without a network, so that nothing else gets in."""
    base, name = "harbor.vantage6.ai/algorithms/algorithm-base", "vantage6-test/tutorial:1"
    (project / "Dockerfile").write_text(SCRIPTS["Dockerfile"].replace(base, ALGORITHM_BASE))
    (project / "setup.py").write_text(SCRIPTS["setup.py"])
    (project / "README.md").write_text("The average.")
    docker("build", "--network", "none", "--tag", name, str(project))
    yield name
    docker("image", "rm", "--force", name)


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.docker
def test_the_image_of_the_tutorial_is_built_and_runs(image: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "input").write_bytes(payload.dump({**PARTIAL, "kwargs": {"column_name": "age"}}))
    (tmp_path / "output").touch()
    (tmp_path / "output").chmod(0o666)
    write_csv(tmp_path / "default.csv", "age", A)
    environ = {
        "INPUT_FILE": "/run6/input",
        "OUTPUT_FILE": "/run6/output",
        "TOKEN_FILE": "/run6/token",
        "USER_REQUESTED_DATABASE_LABEL": "default",
        "DEFAULT_DATABASE_URI": "/run6/default.csv",
    }
    variables = [part for name, value in environ.items() for part in ("-e", f"{name}={value}")]

    docker("run", "--rm", "--network", "none", "-v", f"{tmp_path}:/run6", *variables, image)

    assert payload.load((tmp_path / "output").read_bytes()) == {"sum": sum(A), "count": len(A)}
