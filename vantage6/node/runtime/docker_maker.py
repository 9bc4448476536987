"""Makes the container of a run as the contract and the limits of the node say; starts nothing."""

import logging
from collections.abc import Mapping
from typing import Any

from docker.errors import APIError

from vantage6.node.runtime import docker_options as options
from vantage6.node.runtime.base import RunSpec
from vantage6.node.runtime.data import Layout
from vantage6.node.runtime.docker_limits import (
    Identity,
    Limits,
    closed_databases,
    identity,
    limit_options,
    may_have_quota,
)
from vantage6.node.runtime.environment import run_environment
from vantage6.node.runtime.gate import Entrance, Gate
from vantage6.node.runtime.host_paths import HostPaths
from vantage6.node.runtime.images import Image

log = logging.getLogger(__name__)

_CLOSED_DATABASE = (
    "result=%s may be unable to read the database %s: neither a group nor everybody can. Allow"
    " that, or give algorithms the capability DAC_OVERRIDE"
)


class ContainerMaker:
    """Makes containers for the runs of one node.

    Parameters
    ----------
    node
        Name of the node.
    engine
        Docker's API client.
    gate
        The network of the algorithms.
    limits
        What one run may use.
    paths
        Where the engine finds the files of the node.
    """

    def __init__(
        self, node: str, engine: Any, gate: Gate, limits: Limits, paths: HostPaths
    ) -> None:
        self._node = node
        self._engine = engine
        self._gate = gate
        self._limits = limits
        self._paths = paths
        self._image_configs: dict[str, Mapping[str, Any]] = {}
        self._has_quota: bool | None = None

    def make(
        self, spec: RunSpec, image: Image, entrance: Entrance, about: Mapping[str, Any]
    ) -> str:
        """Id of a new container.

        Parameters
        ----------
        spec
            The run.
        image
            What it runs.
        entrance
            Its network.
        about
            What the engine says about itself.

        Raises
        ------
        StartError, DockerException, OSError
            When there can be none.
        """
        layout = Layout.of(spec)
        options.open_files(spec)
        for label in closed_databases(layout.files):
            log.warning(_CLOSED_DATABASE, spec.result_id, label)
        who = identity(self._limits, self._config(image.id), layout.files, about)
        arguments: dict[str, Any] = {
            "image": image.id,
            "name": options.container_name(self._node, spec.result_id),
            "labels": options.run_labels(self._node, spec) | {options.IMAGE_LABEL: str(image)},
            "environment": self._environment(spec, layout, who),
            "user": who.user,
            # Docker's client would add the proxy settings of this user, with their passwords.
            "use_config_proxy": False,
            **entrance.container_options,
        }
        if self._has_quota is None:
            self._has_quota = may_have_quota(about)
        try:
            return self._create(arguments, layout, entrance, who, about)
        except APIError as error:
            if not self._has_quota or "storage-opt" not in str(error.explanation):
                raise
            # Only trying tells whether the file system of the engine was mounted with quotas.
            log.warning("this Docker engine cannot limit what a container writes at once")
            self._has_quota = False
        return self._create(arguments, layout, entrance, who, about)

    def _create(
        self,
        arguments: Mapping[str, Any],
        layout: Layout,
        entrance: Entrance,
        who: Identity,
        about: Mapping[str, Any],
    ) -> str:
        host_config = options.host_config(
            options.run_mounts(layout, self._paths),
            limit_options(self._limits, about, quota=bool(self._has_quota)),
            entrance.host_options,
            capabilities=self._limits.capabilities,
            groups=who.groups,
            api_version=self._engine.api_version,
        )
        created = self._engine.create_container(**arguments, host_config=host_config)
        return str(created["Id"])

    def _environment(self, spec: RunSpec, layout: Layout, who: Identity) -> dict[str, str]:
        places = layout.places(self._gate.host, self._gate.port)
        home = {"HOME": who.home} if who.home else {}
        return home | run_environment(spec, places)

    def _config(self, image_id: str) -> Mapping[str, Any]:
        if image_id not in self._image_configs:
            found = self._engine.inspect_image(image_id)
            self._image_configs[image_id] = found.get("Config") or {}
        return self._image_configs[image_id]
