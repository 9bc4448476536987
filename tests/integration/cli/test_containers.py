"""Containers are found by their labels, on a real engine."""

import contextlib
import uuid

import pytest
from vantage6.cli.containers import engine, remove_runs, require_image
from vantage6.common.errors import RuntimeUnavailable

pytestmark = pytest.mark.docker


@pytest.fixture
def docker():
    with contextlib.closing(engine()) as client:
        yield client


def test_image_that_is_not_there_is_told_with_its_remedy(docker, base_image):
    require_image(docker, base_image, "")

    with pytest.raises(RuntimeUnavailable, match="no/such:image is not on this host; build it"):
        require_image(docker, "no/such:image", "build it")


def test_only_the_runs_of_the_named_nodes_are_removed(docker, base_image):
    ours, other = (f"node-{uuid.uuid4().hex}" for _ in range(2))

    def container(node):
        labels = {"vantage6-type": "algorithm", "node": node}
        return docker.containers.create(base_image, ["true"], labels=labels)

    container(ours)
    container(ours)
    kept = container(other)
    try:
        assert remove_runs(docker, [ours]) == 2
        assert remove_runs(docker, [ours]) == 0
        kept.reload()
    finally:
        kept.remove(force=True)
