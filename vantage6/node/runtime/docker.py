"""Runs as Docker containers: one each, found again by their labels, locked in by a gate.

The words of Docker's API stay in this module and in its ``docker_*`` neighbours.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from docker.errors import DockerException
from requests.exceptions import RequestException

from vantage6.common.errors import RuntimeUnavailable, V6Error
from vantage6.node.runtime import docker_options as options
from vantage6.node.runtime.base import Phase, ProxyDoor, RunReport, RunSpec, StartError
from vantage6.node.runtime.data import Layout
from vantage6.node.runtime.docker_containers import Containers
from vantage6.node.runtime.docker_engine import engine_answers, start_error
from vantage6.node.runtime.docker_events import EndWatcher, Labels
from vantage6.node.runtime.environment import run_environment
from vantage6.node.runtime.gate import Entrance, Gate
from vantage6.node.runtime.images import ImageStore

log = logging.getLogger(__name__)

_CLOSED_DATABASE = (
    "result=%s may be unable to read the database %s: not every user of this host can. Allow that,"
    " or give algorithms the capability DAC_OVERRIDE"
)
_UNENFORCED = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "CPU"}


class DockerRuntime:
    """Runs of one node on one engine.

    Parameters
    ----------
    node
        Name of the node, which marks its containers.
    engine
        Client from `docker_engine.connect`.
    images
        Where images come from.
    gate
        The network of the algorithms.
    door
        Gets the sockets on which the proxy is asked.
    limits
        What one run may use.
    """

    def __init__(
        self,
        node: str,
        engine: Any,
        images: ImageStore,
        gate: Gate,
        door: ProxyDoor,
        limits: options.Limits | None = None,
    ) -> None:
        self._node = node
        self._engine = engine
        self._containers = Containers(engine, node)
        self._images = images
        self._gate = gate
        self._door = door
        self._limits = limits or options.Limits()
        self._starting: set[int] = set()
        self._watcher: EndWatcher | None = None

    def check(self) -> None:
        """Refuse an engine on which algorithms cannot be locked in."""
        if self._about.get("OSType") != "linux":
            raise RuntimeUnavailable("the Docker engine does not run Linux containers")
        with engine_answers():
            self._gate.check(self._about)
        for key, what in _UNENFORCED.items():
            if not self._about.get(key, True):
                log.warning("this Docker engine cannot limit the %s of algorithms", what)
        log.info("Docker engine %s; %s", self._about.get("ServerVersion"), self._gate.describe())

    def start(self, spec: RunSpec) -> None:
        """Start the container of a run, after pulling its image if need be."""
        self._starting.add(spec.result_id)
        try:
            self._make_way(spec.result_id)
            image_id = self._images.obtain(spec.image)
            with self._attempt(spec):
                self._launch(spec, image_id)
        except RuntimeUnavailable as error:
            raise StartError(error.message, debug=error.debug) from error
        finally:
            self._starting.discard(spec.result_id)

    def poll(self, result_id: int) -> RunReport:
        """Present phase, from the state of the container."""
        state = self._containers.state(result_id)
        if state is not None and state.has_ended:
            reason = "out of memory" if state.out_of_memory else None
            return RunReport(Phase.FINISHED, state.exit_code, reason)
        runs = state is not None and state.has_run
        return RunReport(Phase.RUNNING if runs or result_id in self._starting else Phase.GONE)

    def log(self, result_id: int) -> str:
        """Output and errors in the order in which they were printed."""
        return self._containers.output(result_id).decode(errors="replace")

    def kill(self, result_id: int) -> None:
        """Kill all processes of the container."""
        self._containers.kill(result_id)
        self._door.close(result_id)

    def remove(self, result_id: int) -> None:
        """Remove the container, its output and its volumes; the files of the run stay."""
        self._containers.remove(result_id)
        self._door.close(result_id)

    def known(self) -> frozenset[int]:
        """Runs that have a container which ran, or are being started."""
        return self._containers.known() | self._starting

    def adopt(self, result_id: int) -> None:
        """Let a running container reach the proxy of this process."""
        try:
            self._open_door(result_id)
        except OSError as error:
            log.warning("result=%s cannot reach the proxy any more: %s", result_id, error)

    def watch(self, ended: Callable[[int], None]) -> None:
        """Listen to the events of the engine."""

        def on_end(labels: Labels) -> None:
            result_id = options.result_of(labels, self._node)
            if result_id is not None:
                self._door.close(result_id)
                ended(result_id)

        labels = options.node_labels(self._node)
        self._watcher = EndWatcher(self._engine, labels, self._containers.ended, on_end)
        self._watcher.start()

    def close(self) -> None:
        """Stop watching and let go of the engine."""
        if self._watcher is not None:
            self._watcher.stop()
        self._engine.close()

    @cached_property
    def _about(self) -> dict[str, Any]:
        with engine_answers():
            about: dict[str, Any] = self._engine.info()
        return about

    def _make_way(self, result_id: int) -> None:
        """Remove what an earlier life left under this id, unless it still runs."""
        state = self._containers.state(result_id)
        if state is not None and state.pid:
            raise StartError("the run is already there and runs")
        self.remove(result_id)

    @contextmanager
    def _attempt(self, spec: RunSpec) -> Iterator[None]:
        """Leave nothing behind, and say why, when a container does not start."""
        try:
            yield
        except V6Error:
            self._clean_up(spec.result_id)
            raise
        except (DockerException, RequestException, OSError) as error:
            self._clean_up(spec.result_id)
            raise start_error(spec.image, error) from error

    def _clean_up(self, result_id: int) -> None:
        try:
            self.remove(result_id)
        except RuntimeUnavailable as error:
            log.warning("result=%s may have left a container: %s", result_id, error.debug)

    def _launch(self, spec: RunSpec, image_id: str) -> None:
        with self._gate.entrance() as entrance:
            container_id = self._create(spec, image_id, entrance)
            listener = entrance.start(container_id, lambda: self._engine.start(container_id))
        if listener is not None:
            self._door.open(spec.result_id, listener)
        else:
            self._open_door(spec.result_id)

    def _create(self, spec: RunSpec, image_id: str, entrance: Entrance) -> str:
        layout = Layout.of(spec)
        environment = run_environment(spec, layout.places(self._gate.host, self._gate.port))
        options.open_files(spec)
        for label in options.closed_to_others(layout.files):
            log.warning(_CLOSED_DATABASE, spec.result_id, label)
        created = self._engine.create_container(
            image_id,
            name=self._containers.name(spec.result_id),
            labels=options.run_labels(self._node, spec),
            environment=environment,
            # Docker's client would add the proxy settings of this user, with their passwords.
            use_config_proxy=False,
            host_config=options.host_config(
                options.run_mounts(layout),
                self._limits,
                entrance.host_options,
                engine=self._about,
                api_version=self._engine.api_version,
            ),
            **entrance.container_options,
        )
        return str(created["Id"])

    def _open_door(self, result_id: int) -> None:
        """Let the container in to the proxy, unless it has ended already."""
        state = self._containers.state(result_id)
        if state is None or not state.pid:
            return
        try:
            listener = self._gate.listen(state.container_id, state.pid)
        except OSError:
            state = self._containers.state(result_id)
            if state is None or not state.pid:
                return
            raise
        self._door.open(result_id, listener)
