"""Runs an algorithm on local data, without server, node or containers.

Inputs and results take the same way as in a container: they are written and read in the same
formats, and functions are found and called by the same code, each with its own copy of the data.
What an algorithm raises is passed on as it is.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from vantage6.common.errors import InvalidInput, NotFound
from vantage6.tools.data_format import decode, encode
from vantage6.tools.dispatch import dispatch, import_algorithm
from vantage6.tools.readers import Data, read_database

Task = dict[str, Any]


class ClientMockProtocol:
    """Mock of `ContainerClient`.

    Parameters
    ----------
    datasets
        CSV files, one per organization; the organizations' ids are 0, 1, ….
    module
        Name of the algorithm's package.
    """

    def __init__(self, datasets: Sequence[str | Path], module: str) -> None:
        self.n = len(datasets)
        self.datasets = [read_database("csv", str(path), {}) for path in datasets]
        self.lib = import_algorithm(module)
        self.tasks: list[Task] = []

    def create_new_task(self, input_: Any, organization_ids: Sequence[int] | None = None) -> Task:
        """Run a function on the data of organizations, at once."""
        data = dict(enumerate(self.datasets))
        results = [
            {"id": id_, "organization": id_, "result": _run(self.lib, input_, part, lambda: self)}
            for id_, part in _chosen(data, organization_ids).items()
        ]
        return _added(self.tasks, {"results": results})

    def get_task(self, task_id: int) -> Task:
        """A task."""
        return _task(self.tasks, task_id)

    def get_results(self, task_id: int) -> list[Any]:
        """What its functions returned, in the order of the organizations that were asked."""
        return _results(self.tasks, task_id)

    def wait_for_results(
        self, task_id: int, timeout: float | None = None, *, interval: float | None = None
    ) -> list[Any]:
        """The same as `get_results`: nothing has to be waited for."""
        del timeout, interval
        return self.get_results(task_id)

    def get_organizations_in_my_collaboration(self) -> list[dict[str, Any]]:
        """The pretended organizations."""
        return [_organization(id_) for id_ in range(self.n)]


class MockAlgorithmClient:
    """Mock of `AlgorithmClient`.

    Parameters
    ----------
    datasets
        One per organization: ``{"database": path or data frame, "type": "csv", "db_input": {…}}``,
        where `db_input` holds a query or sheet name.
    module
        Name of the algorithm's package.
    collaboration_id, organization_ids, node_ids
        The ids to pretend; by default 1, and 0, 1, … for organizations and nodes.

    Raises
    ------
    InvalidInput
        When there is not one organization and one node per data set.
    """

    def __init__(
        self,
        datasets: Sequence[Mapping[str, Any]],
        module: str,
        collaboration_id: int | None = None,
        organization_ids: Sequence[int] | None = None,
        node_ids: Sequence[int] | None = None,
    ) -> None:
        self.n = len(datasets)
        self.all_organization_ids = _ids("organization_ids", organization_ids, self.n)
        self.all_node_ids = _ids("node_ids", node_ids, self.n)
        self.datasets = dict(zip(self.all_organization_ids, map(_data, datasets), strict=True))
        self.module_name, self.lib = module, import_algorithm(module)
        self.collaboration_id = 1 if collaboration_id is None else collaboration_id
        self.image, self.database = "mock_image", "mock_database"
        self.tasks: list[Task] = []
        self._take_place_of(self.all_organization_ids[0])

    def at(self, organization_id: int) -> "MockAlgorithmClient":
        """The client that a central function gets at an organization; it shares all tasks."""
        client = copy.copy(self)
        client._take_place_of(organization_id)
        return client

    def _take_place_of(self, organization_id: int) -> None:
        self.organization_id = organization_id
        self.host_node_id = self.all_node_ids[self.all_organization_ids.index(organization_id)]
        self.task = self.Task(self)
        self.result = self.Result(self)
        self.organization = self.Organization(self)
        self.collaboration = self.Collaboration(self)
        self.node = self.Node(self)

    def wait_for_results(
        self, task_id: int, timeout: float | None = None, *, interval: float | None = None
    ) -> list[Any]:
        """The same as ``result.get``: nothing has to be waited for."""
        del timeout, interval
        return self.result.get(task_id)

    class SubClient:
        """Methods about one noun."""

        def __init__(self, parent: "MockAlgorithmClient") -> None:
            self.parent = parent

    class Task(SubClient):
        """Tasks."""

        def create(
            self,
            input_: Any,
            organization_ids: Sequence[int] | None = None,
            name: str = "mock",
            description: str = "mock",
            *,
            organizations: Sequence[int] | None = None,
        ) -> Task:
            """Run a function on the data of organizations, at once."""
            parent = self.parent
            chosen = _chosen(parent.datasets, organization_ids or organizations)
            results = [
                {"id": i, "organization": id_, "result": self._run(input_, id_)}
                for i, id_ in enumerate(chosen)
            ]
            return _added(
                parent.tasks,
                {
                    "name": name,
                    "description": description,
                    "image": parent.image,
                    "database": parent.database,
                    "initiator": parent.organization_id,
                    "init_user": 1,
                    "collaboration": _link("collaboration", parent.collaboration_id),
                    "run_id": 1,
                    "parent": None,
                    "children": None,
                    "results": results,
                },
            )

        def _run(self, input_: Any, id_: int) -> bytes:
            parent = self.parent
            return _run(parent.lib, input_, parent.datasets[id_], lambda: parent.at(id_))

        def get(self, task_id: int) -> Task:
            """A task."""
            return _task(self.parent.tasks, task_id)

    class Result(SubClient):
        """What functions returned."""

        def get(self, task_id: int) -> list[Any]:
            """Results of a task, in the order of the organizations that were asked."""
            return _results(self.parent.tasks, task_id)

    class Organization(SubClient):
        """The pretended organizations."""

        def get(self, id_: int) -> dict[str, Any]:
            """One of them."""
            if id_ not in self.parent.datasets:
                raise NotFound(f"there is no organization {id_}")
            return _organization(id_)

        def list(self) -> list[dict[str, Any]]:
            """All of them."""
            return [_organization(id_) for id_ in self.parent.all_organization_ids]

    class Collaboration(SubClient):
        """The pretended collaboration."""

        def get(self, is_encrypted: bool = True) -> dict[str, Any]:
            """It."""
            parent = self.parent
            return {
                "id": parent.collaboration_id,
                "name": "mock-collaboration",
                "encrypted": is_encrypted,
                "organizations": [_link("organization", i) for i in parent.all_organization_ids],
            }

    class Node(SubClient):
        """The pretended node at which the central function runs."""

        def get(self, is_online: bool = True) -> dict[str, Any]:
            """It."""
            parent = self.parent
            return {
                "id": parent.host_node_id,
                "name": f"mock-node-{parent.host_node_id}",
                "status": "online" if is_online else "offline",
                "organization": _link("organization", parent.organization_id),
                "collaboration": _link("collaboration", parent.collaboration_id),
            }


def _run(lib: ModuleType, input_: Any, data: Data, make_client: Callable[[], Any]) -> bytes:
    """Output of one organization, as its container would write it."""
    received = decode(encode(input_))
    output = dispatch(received, copy.deepcopy(data), lib, make_client)
    return encode(output, received.get("output_format"))


def _chosen(data: Mapping[int, Data], ids: Sequence[int] | None) -> dict[int, Data]:
    if not ids:
        raise InvalidInput("name at least one organization in organization_ids")
    unknown = [id_ for id_ in ids if id_ not in data]
    if unknown:
        raise NotFound(f"there are no organizations {unknown}, only {list(data)}")
    return {id_: data[id_] for id_ in ids}


def _added(tasks: list[Task], task: Task) -> Task:
    # A task that was started while this one ran has its place already; the text "true" is 3.x's.
    task = {"id": len(tasks), **task, "complete": "true", "status": "completed"}
    tasks.append(task)
    return task


def _task(tasks: list[Task], task_id: int) -> Task:
    if not 0 <= task_id < len(tasks):
        raise NotFound(f"there is no task {task_id}")
    return tasks[task_id]


def _results(tasks: list[Task], task_id: int) -> list[Any]:
    return [decode(result["result"]) for result in _task(tasks, task_id)["results"]]


def _data(dataset: Mapping[str, Any]) -> Data:
    database = dataset["database"]
    if not isinstance(database, str | Path):
        return database
    return read_database(dataset.get("type", "csv"), str(database), dataset.get("db_input") or {})


def _ids(name: str, ids: Sequence[int] | None, n: int) -> list[int]:
    if ids is not None and len(ids) != n:
        raise InvalidInput(f"{name} has {len(ids)} entries for {n} data sets")
    return list(range(n)) if ids is None else list(ids)


def _organization(id_: int) -> dict[str, Any]:
    return {"id": id_, "name": f"mock-{id_}", "domain": f"mock-{id_}.org"}


def _link(noun: str, id_: int) -> dict[str, Any]:
    return {"id": id_, "link": f"/api/{noun}/{id_}", "methods": ["GET"]}
