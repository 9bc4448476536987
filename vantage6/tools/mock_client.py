"""Runs an algorithm on local data, without server, node or containers.

`ClientMockProtocol` and `MockAlgorithmClient` have the signatures of 3.x, `DecoratedMockClient` is
the `MockAlgorithmClient` of 4.x. All are the clients that functions get in containers, whose
connection ends in a `MockNetwork`; what passes here passes in containers.

Errors
    What a function raises is passed on as it is, at once and through all functions that asked for
    it, so that a debugger stands where it happened. With ``raise_errors=False`` it is as in
    containers: the run is marked as crashed, and whoever wants its result gets `RunFailed`.
Variables
    ``environment={"MINIMUM_ROWS": "5"}`` is what the owner of each node sets in ``algorithm_env``;
    a list of such objects has one per data set.
Several databases
    Where an organization has several, a function gets those that its input names in ``databases``,
    and the first one when it names none. They have a ``label``; without, it is ``default`` for the
    first and ``database_2`` and so on for the others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vantage6.common.errors import InvalidInput
from vantage6.tools.algorithm_client import AlgorithmClient
from vantage6.tools.container_client import ContainerClient
from vantage6.tools.decorated_client import DecoratedClient
from vantage6.tools.dispatch import import_algorithm
from vantage6.tools.entry import Style
from vantage6.tools.mock_api import HOST, MockApi
from vantage6.tools.mock_network import Json, MockNetwork
from vantage6.tools.mock_site import Site, environments
from vantage6.tools.readers import read_database
from vantage6.tools.surroundings import Data, RunMetaData

Environment = Mapping[str, object] | Sequence[Mapping[str, object]] | None
Dataset = Mapping[str, Any]
"""``{"database": path or data frame, "type": "csv", "db_input": {"query": …}, "label": …}``."""


class RunOfMock:
    """What the function of a run can ask for."""

    def __init__(self, network: MockNetwork, site: Site, task_id: int) -> None:
        self._api = MockApi(network, site, task_id)
        self._network = network
        self._site = site
        self._task_id = task_id

    def container_client(self) -> ContainerClient:
        """The client of classic central functions."""
        return ContainerClient(self._api.token_of_run(), HOST, api=self._api)

    def algorithm_client(self) -> AlgorithmClient:
        """The client that images with `use_new_client` get."""
        return AlgorithmClient(self._api.token_of_run(), HOST, api=self._api)

    def decorated_client(self) -> DecoratedClient:
        """The client of ``@algorithm_client``."""
        return DecoratedClient(self._api.token_of_run(), HOST, api=self._api)

    def metadata(self) -> RunMetaData:
        """What the run is part of; it has no files."""
        return RunMetaData(
            task_id=self._task_id,
            node_id=self._site.node_id,
            collaboration_id=self._network.collaboration_id,
            organization_id=self._site.organization_id,
        )


class ClientMockProtocol(ContainerClient):
    """Mock of `ContainerClient`.

    Parameters
    ----------
    datasets
        CSV files, one per organization; the organizations' ids are 0, 1, ….
    module
        Name of the algorithm's package.
    raise_errors, environment
        See the head of this module.
    """

    def __init__(
        self,
        datasets: Sequence[str | Path],
        module: str,
        *,
        raise_errors: bool = True,
        environment: Environment = None,
    ) -> None:
        self.n = len(datasets)
        self.datasets = [read_database("csv", str(path), {}) for path in datasets]
        self.lib = import_algorithm(module)
        variables = environments(environment, self.n)
        sites = {
            id_: Site(id_, id_, {"default": self.datasets[id_]}, variables[id_])
            for id_ in range(self.n)
        }
        network = MockNetwork(self.lib, sites, 1, Style(), RunOfMock, raise_errors)
        self.tasks = network.tasks
        api = MockApi(network, _first(sites))
        super().__init__(api.token_of_run(), HOST, api=api)


class MockAlgorithmClient(AlgorithmClient):
    """Mock of `AlgorithmClient`.

    Parameters
    ----------
    datasets
        One `Dataset` per organization; or a list of them, for several databases.
    module
        Name of the algorithm's package.
    collaboration_id, organization_ids, node_ids
        The ids to pretend; by default 1, and 0, 1, … for organizations and nodes.
    raise_errors, environment
        See the head of this module.

    Raises
    ------
    InvalidInput
        When there is not one organization and one node per data set.
    """

    _style = Style(use_new_client=True)
    _first_task_id = 0

    def __init__(
        self,
        datasets: Sequence[Dataset | Sequence[Dataset]],
        module: str,
        collaboration_id: int | None = None,
        organization_ids: Sequence[int] | None = None,
        node_ids: Sequence[int] | None = None,
        *,
        raise_errors: bool = True,
        environment: Environment = None,
    ) -> None:
        self.n = len(datasets)
        self.all_organization_ids = _ids("organization_ids", organization_ids, self.n)
        self.all_node_ids = _ids("node_ids", node_ids, self.n)
        self.module_name, self.lib = module, import_algorithm(module)
        databases = [self._databases(one) for one in datasets]
        self.datasets = {
            id_: next(iter(databases[place].values()))
            for place, id_ in enumerate(self.all_organization_ids)
        }
        self.organizations_with_data = list(self.all_organization_ids)
        parts = zip(
            self.all_organization_ids,
            self.all_node_ids,
            databases,
            environments(environment, self.n),
            strict=True,
        )
        sites = {part[0]: Site(*part) for part in parts}
        network = MockNetwork(
            self.lib,
            sites,
            1 if collaboration_id is None else collaboration_id,
            self._style,
            RunOfMock,
            raise_errors,
            self._first_task_id,
        )
        self.tasks = network.tasks
        api = MockApi(network, _first(sites))
        super().__init__(api.token_of_run(), HOST, api=api)

    def _databases(self, datasets: Dataset | Sequence[Dataset]) -> dict[str, Data]:
        several = [datasets] if isinstance(datasets, Mapping) else list(datasets)
        labels = [str(one.get("label") or _label(place)) for place, one in enumerate(several)]
        if not labels or len(set(labels)) < len(labels):
            raise InvalidInput("each organization needs databases with different labels")
        return dict(zip(labels, map(self._data, several), strict=True))

    def _data(self, dataset: Dataset) -> Data:
        database = dataset["database"]
        if not isinstance(database, str | Path):
            return database
        kind = dataset.get("type") or dataset.get("db_type") or "csv"
        return read_database(kind, str(database), {**dataset, **(dataset.get("db_input") or {})})

    class Task(AlgorithmClient.Task):
        """Tasks."""

        def create(
            self,
            input_: Any,
            organization_ids: Sequence[int] | None = None,
            name: str = "mock",
            description: str | None = "mock",
            *,
            organizations: Sequence[int] | None = None,
        ) -> Json:
            """Run a function on the data of organizations, at once."""
            answer: Json = super().create(
                input_, organization_ids, name, description, organizations=organizations
            )
            return answer

    class Collaboration(AlgorithmClient.Collaboration):
        """The pretended collaboration."""

        def get(self, is_encrypted: bool = True) -> Json:
            """It."""
            return {**super().get(), "encrypted": is_encrypted}

    class Node(AlgorithmClient.Node):
        """The pretended node."""

        def get(self, is_online: bool = True) -> Json:
            """It."""
            return {**super().get(), "status": "online" if is_online else "offline"}


class DecoratedMockClient(MockAlgorithmClient):
    """The `MockAlgorithmClient` of 4.x: a list of `Dataset` per organization, ids from 1.

    Functions are called by their plain names, as images that start with the 4.x entry point do.
    """

    _style = Style(use_new_client=True, by_plain_name=True)
    _first_task_id = 1
    Result = DecoratedClient.Result


def _first(sites: Mapping[int, Site]) -> Site:
    if not sites:
        raise InvalidInput("a mock needs at least one data set")
    return next(iter(sites.values()))


def _label(place: int) -> str:
    return "default" if place == 0 else f"database_{place + 1}"


def _ids(name: str, ids: Sequence[int] | None, n: int) -> list[int]:
    if ids is not None and len(ids) != n:
        raise InvalidInput(f"{name} has {len(ids)} entries for {n} data sets")
    return list(range(n)) if ids is None else list(ids)
