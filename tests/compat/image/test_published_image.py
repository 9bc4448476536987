"""A classic algorithm with the published tools 3.11.1, on our nodes and our server."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.compat.federation import AVERAGE, COLUMN, KINDS, Federation, ask
from tests.compat.image.build import average_image
from tests.compat.processes import our_nodes, our_server

pytestmark = [pytest.mark.e2e, pytest.mark.docker, pytest.mark.timeout(600)]
LIMIT_S = 90


@dataclass
class Setting:
    """What a test works with."""

    federation: Federation
    image: str


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory, base_image: str) -> Iterator[Setting]:
    image = average_image(base_image)
    federation = Federation(tmp_path_factory.mktemp("published-image"), base_image)
    with our_server(federation), our_nodes(federation):
        yield Setting(federation, image)


@pytest.mark.repeats("plain")
@pytest.mark.parametrize("data_format", ["json", "pickle"])
@pytest.mark.parametrize("kind", KINDS)
def test_federated_average_is_right(setting: Setting, kind: str, data_format: str) -> None:
    with setting.federation.client(kind) as client:
        task = ask(
            client,
            kind,
            setting.image,
            "master",
            "alpha",
            data_format=data_format,
            column_name=COLUMN,
        )

        (result,) = client.wait_for_results(task, timeout=LIMIT_S)

    assert result["result"] == {"average": pytest.approx(AVERAGE)}
