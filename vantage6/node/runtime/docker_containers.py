"""The containers of one node on a Docker engine, found by their exact labels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from docker.errors import APIError, NotFound

from vantage6.node.runtime import docker_options as options
from vantage6.node.runtime.docker_engine import engine_answers
from vantage6.node.runtime.docker_events import Labels

_CONFLICT = 409
_RAN = ["running", "paused", "restarting", "exited", "dead"]


@dataclass(frozen=True, slots=True)
class State:
    """State of a container, in Docker's words; `pid` is 0 unless it runs."""

    container_id: str
    status: str
    pid: int
    exit_code: int
    out_of_memory: bool

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
        if options.result_of(container["Config"]["Labels"] or {}, self._node) != result_id:
            return None
        state = container["State"]
        return State(
            container["Id"],
            state["Status"],
            int(state["Pid"]),
            int(state["ExitCode"]),
            bool(state.get("OOMKilled")),
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

    def _listed(self) -> Iterator[tuple[str, Labels, int]]:
        labels = [f"{name}={text}" for name, text in options.node_labels(self._node).items()]
        filters = {"label": labels, "status": _RAN}
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
