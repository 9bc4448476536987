"""Our server with published nodes and nodes of ours, in the clear and encrypted."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from tests.compat.federation import KINDS, Federation
from tests.compat.image.build import average_image, node_image
from tests.compat.node.published_node import PublishedNode
from tests.compat.processes import Server, docker, our_nodes, our_server


@dataclass
class Setting:
    """What a test works with: ``alpha`` has published nodes, ``beta`` has ours."""

    federation: Federation
    server: Server
    published: dict[str, PublishedNode]
    image: str


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory, base_image: str) -> Iterator[Setting]:
    image, node = average_image(base_image), node_image(base_image)
    # Containers on the engine's own bridge find the host here.
    gateway = docker("network", "inspect", "-f", "{{(index .IPAM.Config 0).Gateway}}", "bridge")
    federation = Federation(tmp_path_factory.mktemp("published-node"), base_image, gateway)
    published = {kind: PublishedNode(federation, kind, "alpha", node) for kind in KINDS}
    with ExitStack() as stack:
        server = stack.enter_context(our_server(federation))
        for member in published.values():
            stack.callback(member.remove)
            member.start()
        stack.enter_context(our_nodes(federation, "beta"))
        for member in published.values():
            member.wait()
        yield Setting(federation, server, published, image)
