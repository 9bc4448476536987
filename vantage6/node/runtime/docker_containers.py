"""The containers of one node on a Docker engine, found by their exact labels."""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from docker.errors import APIError, NotFound

from vantage6.node.runtime import docker_options as options
from vantage6.node.runtime.docker_engine import engine_answers
from vantage6.node.runtime.docker_events import Labels
from vantage6.node.runtime.host_paths import HostPaths

_CONFLICT = 409
_RAN = ["running", "paused", "restarting", "exited", "dead"]


@dataclass(frozen=True, slots=True)
class State:
    """State of a container, in Docker's words; `pid` is 0 unless it runs.

    `image` says what its image was, in words to be shown; `age_s` is the time since it started.
    """

    container_id: str
    status: str
    pid: int
    exit_code: int
    out_of_memory: bool
    image: str | None = None
    age_s: float = 0.0

    @property
    def has_ended(self) -> bool:
        """It ran and does so no more."""
        return self.status in {"exited", "dead"}

    @property
    def has_run(self) -> bool:
        """It is more than a plan, or less than a memory."""
        return self.status not in {"created", "removing"}


class Containers:
    """Algorithm containers of the node `node`.

    All methods raise RuntimeUnavailable when the engine does not answer, and take the absence of
    a container as a fact, not as an error.
    """

    def __init__(self, engine: Any, node: str) -> None:
        self._engine = engine
        self._node = node

    def name(self, result_id: int) -> str:
        """Name of the container of a run."""
        return options.container_name(self._node, result_id)

    def state(self, result_id: int) -> State | None:
        """Present state; None when the run has no container."""
        with engine_answers():
            try:
                container = self._engine.inspect_container(self.name(result_id))
            except NotFound:
                return None
        # Two nodes can have names that are the same in the letters of a container's name.
        labels = container["Config"]["Labels"] or {}
        if options.result_of(labels, self._node) != result_id:
            return None
        state = container["State"]
        return State(
            container["Id"],
            state["Status"],
            int(state["Pid"]),
            int(state["ExitCode"]),
            bool(state.get("OOMKilled")),
            labels.get(options.IMAGE_LABEL),
            _age_s(state["StartedAt"]),
        )

    def known(self) -> frozenset[int]:
        """Runs that have a container which ran."""
        return frozenset(result_id for _, _, result_id in self._listed())

    def ended(self) -> Iterator[tuple[str, Labels]]:
        """Id and labels of the containers that ran and do so no more.

        Each one is asked for by itself: the engine's list says for some time after the event of
        an end that the container still runs.
        """
        for container_id, labels, result_id in self._listed():
            state = self.state(result_id)
            if state is not None and state.has_ended:
                yield container_id, labels

    def output(self, result_id: int) -> bytes:
        """Output and errors in the order in which they were printed."""
        found = self.state(result_id)
        text: bytes = b""
        if found is not None:
            with engine_answers():
                try:
                    text = self._engine.logs(found.container_id, stdout=True, stderr=True)
                except NotFound:
                    return b""
        return text

    def kill(self, result_id: int) -> None:
        """Kill all processes; the container stays."""
        self._do_if_possible(self._engine.kill, result_id)

    def remove(self, result_id: int) -> None:
        """Remove the container, its output and its volumes, also when it runs."""
        self._do_if_possible(self._engine.remove_container, result_id, force=True, v=True)

    def written(self, paths: HostPaths) -> dict[int, int]:
        """Bytes that each running container has on the disk of the host, as far as it is seen.

        Parameters
        ----------
        paths
            Where this process finds what is mounted.
        """
        filters = {"label": self._labels(), "status": "running"}
        with engine_answers():
            found = self._engine.containers(size=True, filters=filters)
        sizes = {}
        for container in found:
            result_id = options.result_of(container["Labels"], self._node)
            if result_id is not None:
                mounts = [Path(m["Source"]) for m in container["Mounts"] if m.get("RW")]
                seen = [inside for mount in mounts if (inside := paths.inside(mount))]
                sizes[result_id] = int(container.get("SizeRw") or 0) + disk_usage(seen)
        return sizes

    def _labels(self) -> list[str]:
        return [f"{name}={text}" for name, text in options.node_labels(self._node).items()]

    def _listed(self) -> Iterator[tuple[str, Labels, int]]:
        filters = {"label": self._labels(), "status": _RAN}
        with engine_answers():
            found = self._engine.containers(all=True, filters=filters)
        for container in found:
            result_id = options.result_of(container["Labels"], self._node)
            if result_id is not None:
                yield container["Id"], container["Labels"], result_id

    def _do_if_possible(self, call: Callable[..., Any], result_id: int, **arguments: Any) -> None:
        found = self.state(result_id)
        if found is None:
            return
        with engine_answers():
            try:
                call(found.container_id, **arguments)
            except NotFound:
                return
            except APIError as error:
                # It has ended in the meantime, or is being removed already.
                if error.status_code != _CONFLICT:
                    raise


def disk_usage(paths: Sequence[Path]) -> int:
    """Bytes that files and folders have on the disk; what vanishes meanwhile does not count.

    Notes
    -----
    ``du`` finds its way through folders of any depth, which is not easy to do.
    """
    if not paths:
        return 0
    # Names of the node's own files; nothing an algorithm named is an argument.
    command = ["du", "-skx", "--", *map(str, paths)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return sum(int(line.split(None, 1)[0]) * 1024 for line in answer.stdout.splitlines())


def _age_s(started_at: str) -> float:
    """Seconds since a time in the engine's words, whose fractions have up to nine digits."""
    began = datetime.fromisoformat(started_at[:19]).replace(tzinfo=timezone.utc)
    return max(0.0, (datetime.now(timezone.utc) - began).total_seconds())
