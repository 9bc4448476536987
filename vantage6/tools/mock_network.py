"""Server, nodes and containers of a mock: one process, no sockets, the same code as in containers.

The clients of a mock are the real ones; only what they would send to the proxy of a node ends here
(`vantage6.tools.mock_api`). Inputs and results are written and read as on the wire, functions are
found and called by `vantage6.tools.dispatch`, and each run gets its own copy of the data and the
environment variables of its node.

What differs from containers: runs go one after the other, at once, in this process, without limits
of memory and time; `os.environ` is changed while a function runs, so that mocks must not run in
several threads.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.common.errors import InvalidInput, NotFound
from vantage6.common.status import TaskStatus, task_status
from vantage6.tools import entry
from vantage6.tools.exceptions import AlgorithmError, AlgorithmExecutionError
from vantage6.tools.mock_site import Site
from vantage6.tools.run_files import decoded_input, encoded_output
from vantage6.tools.surroundings import RunMetaData

Json = dict[str, Any]
_ENDED = "2020-01-01T00:00:00+00:00"  # a run of a mock has ended; when, nobody can rely on


class RunOfMock(Protocol):
    """Gives the function of a run what `entry.RunOfContainer` gives it in a container."""

    def container_client(self) -> Any:
        """The client of classic central functions."""

    def algorithm_client(self) -> Any:
        """The client that classic images ask for with `use_new_client`."""

    def decorated_client(self) -> Any:
        """The client of ``@algorithm_client``."""

    def metadata(self) -> RunMetaData:
        """What the run is part of."""


@dataclass(slots=True)
class MockNetwork:
    """Everything that the clients of one mock share.

    Parameters
    ----------
    module
        The algorithm.
    sites
        By organization.
    collaboration_id
        Of the only collaboration.
    style
        How the image of the algorithm would start.
    make_run
        From a site and the id of a task to what its function can ask for.
    raise_errors
        Whether what a function raises is passed on as it is.
    first_task_id
        3.x counts from 0, 4.x from 1.
    """

    module: ModuleType
    sites: Mapping[int, Site]
    collaboration_id: int
    style: entry.Style
    make_run: Callable[["MockNetwork", Site, int], RunOfMock]
    raise_errors: bool = True
    first_task_id: int = 0
    tasks: list[Json] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    _outside: dict[str, str] | None = None

    def create(self, body: Json, site: Site, parent_id: int | None) -> Json:
        """Run a function at organizations, one after the other, and answer the task.

        Raises
        ------
        InvalidInput
            When no organization is named.
        NotFound
            When one does not take part.
        """
        asked = body["organizations"]
        if not asked:
            raise InvalidInput("name at least one organization in organization_ids")
        unknown = [one["id"] for one in asked if one["id"] not in self.sites]
        if unknown:
            raise NotFound(f"there are no organizations {unknown}, only {list(self.sites)}")
        task = self._new_task(body, site, parent_id)
        for one in asked:
            self._start(task, self.sites[one["id"]], one["input"])
        task["status"] = task_status(TaskStatus(run["status"]) for run in task["results"])
        task["complete"] = "true"
        return task

    def task(self, task_id: int) -> Json:
        """A task.

        Raises
        ------
        NotFound
            When there is none of that id.
        """
        for task in self.tasks:
            if task["id"] == task_id:
                return task
        raise NotFound(f"there is no task {task_id}")

    def run(self, run_id: int) -> Json:
        """A run, with its result as it travels.

        Raises
        ------
        NotFound
            When there is none of that id.
        """
        for run in self.runs:
            if run["id"] == run_id:
                return as_on_the_wire(run)
        raise NotFound(f"there is no run {run_id}")

    def _new_task(self, body: Json, site: Site, parent_id: int | None) -> Json:
        task = {
            "id": len(self.tasks) + self.first_task_id,
            "name": body["name"],
            "description": body["description"],
            "image": body["image"],
            "database": body["database"],
            "initiator": site.organization_id,
            "init_user": 1 if parent_id is None else None,
            "collaboration": link("collaboration", self.collaboration_id),
            "run_id": 1,
            "parent": None if parent_id is None else link("task", parent_id),
            "children": None,
            "results": [],
            "complete": "",
            "status": TaskStatus.ACTIVE.value,
        }
        self.tasks.append(task)
        return task

    def _start(self, task: Json, site: Site, text: str) -> None:
        run = {
            "id": len(self.runs) + self.first_task_id,
            "organization": site.organization_id,
            "node": {"id": site.node_id, "ip": None},
            "task": link("task", task["id"]),
            "ports": [],
            "status": TaskStatus.CRASHED.value,
            "finished_at": None,
            "result": None,
        }
        self.runs.append(run)
        task["results"].append(run)
        try:
            run["result"] = self._output(site, task["id"], base64s_to_bytes(text))
            run["status"] = TaskStatus.COMPLETED.value
        except (AlgorithmError, MemoryError) as error:
            if self.raise_errors:
                raise
            run["log"] = f"error > {entry.explained(error)[0]}"
        finally:
            run["finished_at"] = _ENDED

    def _output(self, site: Site, task_id: int, data: bytes) -> bytes:
        """What the container of a run would write."""
        with self._variables(site):
            input_ = decoded_input(data)
            output_format = entry.output_format(input_)
            call: Any = entry.call_plainly if self.raise_errors else entry.call
            try:
                result = call(
                    self.module,
                    input_,
                    site.opened(input_),
                    self.style,
                    self.make_run(self, site, task_id),
                )
            except SystemExit as error:
                raise AlgorithmExecutionError("the algorithm ended its own process") from error
            return encoded_output(output_format, result)

    @contextmanager
    def _variables(self, site: Site) -> Iterator[None]:
        """The variables that a container there sees: not those of the run that asked for it."""
        before, outermost = dict(os.environ), self._outside is None
        if self._outside is None:
            self._outside = before
        _set_variables({**self._outside, **site.environment})
        try:
            yield
        finally:
            _set_variables(before)
            self._outside = None if outermost else self._outside


def _set_variables(variables: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)


def as_on_the_wire(run: Json) -> Json:
    """A run with its result in base64."""
    result = run["result"]
    return {**run, "result": None if result is None else bytes_to_base64s(result)}


def link(noun: str, id_: int) -> Json:
    """Reference to something, as the server writes it."""
    return {"id": id_, "link": f"/api/{noun}/{id_}", "methods": ["GET"]}
