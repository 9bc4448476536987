"""The published server with four of our nodes: two organizations, in the clear and encrypted."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.compat.federation import Federation
from tests.compat.image.build import average_image
from tests.compat.processes import Nodes, Server, our_nodes, published_server
from vantage6.common.api_session import ApiSession


@dataclass
class Setting:
    """What a test works with."""

    federation: Federation
    server: Server
    nodes: Nodes
    image: str


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory, base_image: str) -> Iterator[Setting]:
    image = average_image(base_image)
    federation = Federation(tmp_path_factory.mktemp("published-server"), base_image)
    with published_server(federation) as server:
        root = ApiSession(f"http://{federation.host}", federation.port, "/api")
        root.log_in("token/user", {"username": "root", "password": "root"})
        federation.register(root)
        root.close()
        with our_nodes(federation) as nodes:
            yield Setting(federation, server, nodes, image)
