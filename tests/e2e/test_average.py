"""The first federated average, through real containers, in the clear and encrypted."""

import base64
from pathlib import Path

import pandas as pd
import pytest
from tests.e2e.asking import ask, own_organization
from vantage6.cli.vdev.network import DemoNetwork

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(180)]
PLANTED_COLUMN = "planted_column_8c1f"
PLANTED_VALUE = "planted-value-77d0"


@pytest.fixture(scope="module")
def databases(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("data")
    files = []
    # As many as the example asks of each hospital, and more.
    for number, values in enumerate(([1.5, 2.25] * 5, [4.125] * 11, [10.0, 20.5, 31.75] * 4), 1):
        file = folder / f"hospital_{number}.csv"
        pd.DataFrame({PLANTED_COLUMN: values}).to_csv(file, index=False)
        files.append(file)
    return files


@pytest.fixture(scope="module")
def plain(start_network, databases) -> DemoNetwork:
    return start_network(runtime="docker", databases=databases)


@pytest.fixture(scope="module")
def encrypted(start_network, databases) -> DemoNetwork:
    return start_network(runtime="docker", databases=databases, encrypted=True)


def pooled(network: DemoNetwork, column: str) -> float:
    return float(pd.concat(pd.read_csv(file) for file in network.databases)[column].mean())


def spellings(text: str) -> set[bytes]:
    """A text as it is, and as it looks inside base64 at each of the three alignments."""
    found = {text.encode()}
    for shift in range(3):
        encoded = base64.b64encode(b" " * shift + text.encode())
        found.add(encoded[(0, 2, 3)[shift] : len(encoded) - 4])
    return found


def stored(network: DemoNetwork) -> bytes:
    """Every byte that the server keeps: database, journal and log."""
    server = [path for path in network.folder.rglob("*") if path.name.startswith("server.sqlite")]
    assert server
    return b"".join(path.read_bytes() for path in server)


@pytest.mark.repeats("plain")
@pytest.mark.parametrize("kind", ["plain", "encrypted"])
def test_federated_average_equals_the_pooled_one(kind, request, average_image):
    network = request.getfixturevalue(kind)
    with network.client() as client:
        me = own_organization(client)
        task = ask(client, average_image, "master", [me], column_name=PLANTED_COLUMN)
        (result,) = client.wait_for_results(task, timeout=90)
    assert result["result"]["average"] == pytest.approx(pooled(network, PLANTED_COLUMN), abs=1e-9)


def echo(network: DemoNetwork, image: str) -> set[bytes]:
    """Let an algorithm give back the planted value; how it can be read at the server."""
    with network.client() as client:
        task = ask(client, image, "echo", [own_organization(client)], value=PLANTED_VALUE)
        (result,) = client.wait_for_results(task, timeout=90)
    assert result["result"] == {"value": PLANTED_VALUE, "rows": 10}
    kept = stored(network)
    return {text for text in spellings(PLANTED_VALUE) if text in kept}


def test_nothing_readable_is_stored_at_the_server_when_encrypted(encrypted, faults_image):
    assert echo(encrypted, faults_image) == set()


def test_planted_text_is_found_at_the_server_when_not_encrypted(plain, faults_image):
    """The search of the test above finds what there is to find."""
    assert len(echo(plain, faults_image)) >= 2
