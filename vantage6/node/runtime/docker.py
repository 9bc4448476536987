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
from vantage6.node.runtime.docker_containers import Containers, State
from vantage6.node.runtime.docker_engine import engine_answers, start_error
from vantage6.node.runtime.docker_events import EndWatcher, Labels
from vantage6.node.runtime.docker_limits import Limits
from vantage6.node.runtime.docker_maker import ContainerMaker
from vantage6.node.runtime.gate import Gate
from vantage6.node.runtime.host_paths import HostPaths
from vantage6.node.runtime.images import Image, ImageStore
from vantage6.node.runtime.warden import Warden

log = logging.getLogger(__name__)

UNENFORCED = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "CPU"}


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
    paths
        Where the engine finds the files of this process.
    """

    def __init__(
        self,
        node: str,
        engine: Any,
        images: ImageStore,
        gate: Gate,
        door: ProxyDoor,
        limits: Limits | None = None,
        paths: HostPaths | None = None,
    ) -> None:
        limits, paths = limits or Limits(), paths or HostPaths()
        self._node = node
        self._engine = engine
        self._containers = Containers(engine, node)
        self._images = images
        self._gate = gate
        self._door = door
        self._maker = ContainerMaker(node, engine, gate, limits, paths)
        self._warden = Warden(
            limits.seconds,
            limits.disk_bytes,
            self._containers.kill,
            lambda: self._containers.written(paths),
            limits.look_s,
        )
        self._starting: set[int] = set()
        self._unwanted: set[int] = set()
        self._watcher: EndWatcher | None = None

    def check(self) -> None:
        """Refuse an engine on which algorithms cannot be locked in."""
        if self._about.get("OSType") != "linux":
            raise RuntimeUnavailable("the Docker engine does not run Linux containers")
        with engine_answers():
            self._gate.check(self._about)
        for key, what in UNENFORCED.items():
            if not self._about.get(key, True):
                log.warning("this Docker engine cannot limit the %s of algorithms", what)
        log.info("Docker engine %s; %s", self._about.get("ServerVersion"), self._gate.describe())

    def start(self, spec: RunSpec) -> None:
        """Start the container of a run, after pulling its image if need be."""
        self._unwanted.discard(spec.result_id)
        self._starting.add(spec.result_id)
        try:
            self._make_way(spec.result_id)
            image = self._images.obtain(spec.image, lambda: spec.result_id not in self._unwanted)
            with self._attempt(spec):
                self._launch(spec, image)
        except RuntimeUnavailable as error:
            raise StartError(error.message, debug=error.debug) from error
        finally:
            self._starting.discard(spec.result_id)
            self._unwanted.discard(spec.result_id)

    def poll(self, result_id: int) -> RunReport:
        """Present phase, from the state of the container."""
        state = self._containers.state(result_id)
        if state is not None and state.has_ended:
            reason = self._reason(result_id, state)
            return RunReport(Phase.FINISHED, state.exit_code, reason, state.image)
        runs = state is not None and state.has_run
        return RunReport(Phase.RUNNING if runs or result_id in self._starting else Phase.GONE)

    def log(self, result_id: int) -> str:
        """Output and errors in the order in which they were printed."""
        return self._containers.output(result_id).decode(errors="replace")

    def kill(self, result_id: int) -> None:
        """Kill all processes of the container; a pull for it is given up."""
        if result_id in self._starting:
            self._unwanted.add(result_id)
        self._containers.kill(result_id)
        self._door.close(result_id)

    def remove(self, result_id: int) -> None:
        """Remove the container, its output and its volumes; the files of the run stay."""
        self._containers.remove(result_id)
        self._door.close(result_id)
        self._warden.forget(result_id)

    def known(self) -> frozenset[int]:
        """Runs that have a container which ran, or are being started."""
        return self._containers.known() | self._starting

    def adopt(self, result_id: int) -> None:
        """Let a running container reach the proxy of this process, within its limits."""
        state = self._containers.state(result_id)
        if state is not None and state.pid:
            self._warden.watch(result_id, state.age_s)
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
                self._warden.leave(result_id)
                ended(result_id)

        labels = options.node_labels(self._node)
        self._watcher = EndWatcher(self._engine, labels, self._containers.ended, on_end)
        self._watcher.start()

    def close(self) -> None:
        """Stop watching and let go of the engine."""
        self._warden.stop()
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

    def _launch(self, spec: RunSpec, image: Image) -> None:
        with self._gate.entrance() as entrance:
            container_id = self._maker.make(spec, image, entrance, self._about)
            listeners = entrance.start(container_id, lambda: self._engine.start(container_id))
        self._warden.watch(spec.result_id)
        if listeners:
            self._door.open(spec.result_id, *listeners)
        else:
            self._open_door(spec.result_id)

    def _reason(self, result_id: int, state: State) -> str | None:
        """What the kernel or this node has to do with the end of a run; None for nothing."""
        if state.out_of_memory:
            return "out of memory"
        # A run may end by itself in the moment before it is ended.
        return self._warden.reason(result_id) if state.exit_code else None

    def _open_door(self, result_id: int) -> None:
        """Let the container in to the proxy, unless it has ended already."""
        state = self._containers.state(result_id)
        if state is None or not state.pid:
            return
        try:
            listeners = self._gate.listen(state.container_id, state.pid)
        except OSError:
            state = self._containers.state(result_id)
            if state is None or not state.pid:
                return
            raise
        self._door.open(result_id, *listeners)
