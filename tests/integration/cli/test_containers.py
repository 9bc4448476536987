"""Containers are found by their labels, on a real engine."""

import contextlib
import uuid

import pytest
from docker.errors import NotFound
from tests.contract.registries import pushed_image, tiny_image
from vantage6.cli.containers import engine, provide_image, remove_runs, require_image
from vantage6.cli.vnode import cli as vnode
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


def test_image_that_is_only_at_the_registry_is_pulled(docker, registry):
    with tiny_image(docker.api) as tiny, pushed_image(docker.api, registry, tiny) as image:
        provide_image(docker, image)

        require_image(docker, image, "")


def test_image_that_no_registry_has_is_told_with_what_the_engine_says(docker, registry):
    image = f"{registry}/no/such:image"

    with pytest.raises(RuntimeUnavailable, match="cannot be pulled; name another one with --im"):
        provide_image(docker, image)


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


@pytest.fixture
def volumes(docker):
    """Two temporary volumes of a node of 3.x, and one of another kind."""
    node = uuid.uuid4().hex
    names = [f"vantage6-{node}-{rest}" for rest in ("user-1-tmpvol", "user-2-tmpvol", "user-vol")]
    made = [docker.volumes.create(name) for name in names]
    yield node, made
    for volume in made:
        with contextlib.suppress(NotFound):
            volume.remove(force=True)


def test_temporary_volumes_of_a_node_are_removed_and_no_others(run, docker, volumes):
    node, (first, second, kept) = volumes

    declined = run(vnode, ["clean", "--name", node], input="n\n")
    result = run(vnode, ["clean", "--name", node, "--yes"])
    again = run(vnode, ["clean", "--name", node, "--yes"])

    assert "Nothing was removed" in declined.output
    assert "Removed 2 volumes" in result.output
    assert "There are no temporary volumes" in again.output
    there = {volume.name for volume in docker.volumes.list()}
    assert there & {first.name, second.name, kept.name} == {kept.name}


def test_temporary_volume_that_is_in_use_is_told(run, docker, volumes, base_image):
    node, (first, *_) = volumes
    mounts = {first.name: {"bind": "/mnt/tmp"}}
    container = docker.containers.create(base_image, ["true"], volumes=mounts)
    try:
        result = run(vnode, ["clean", "--name", node, "--yes"])
    finally:
        container.remove(force=True)

    assert result.exit_code == 1
    assert f"{first.name} cannot be removed" in result.output
