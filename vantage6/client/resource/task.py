# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from vantage6.client.connection import Json
from vantage6.client.logs import log
from vantage6.client.resource.base import Body, ListClient, picked
from vantage6.client.spelling import also_as, also_in_order
from vantage6.client.task_body import TaskBody
from vantage6.common import contract, payload
from vantage6.common.errors import EncryptionMismatch, InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection

_LATER = {
    "study": "name the organizations of the study in 'organizations'",
    "store": "name the image in 'image', with its registry",
    "server_url": "it belongs to algorithm stores, which are of version 4",
}
_ORDER_OF_4X = ("organizations", "name", "image", "description", "input", "collaboration")
Databases = str | Sequence[str | dict[str, Any]]


class Task(ListClient):
    """Questions to the data of organizations."""

    @also_as(id="id_")
    def get(self, id_: int, include_results: bool = False, **fields: "Unpack[Fields]") -> Json:
        """One task; ``complete`` says whether all its runs have ended, ``status`` how."""
        include = "results" if include_results else None
        return self._get(f"task/{id_}", fields, include=include)

    @also_as(
        init_org="initiator",
        init_user="initiating_user",
        collaboration_id="collaboration",
        job="run",
        job_id="run",
        run_id="run",
        databases="database",
    )
    def list(
        self,
        initiator: int | None = None,
        initiating_user: int | None = None,
        collaboration: int | None = None,
        image: str | None = None,
        parent: int | None = None,
        run: int | None = None,
        name: str | None = None,
        include_results: bool = False,
        description: str | None = None,
        database: str | None = None,
        result: int | None = None,
        status: str | None = None,
        page: int | None = 1,
        per_page: int | None = 20,
        include_metadata: bool = True,
        *,
        sort: str | None = None,
        **selection: "Unpack[Selection]",
    ) -> Json:
        """Tasks, the newest first.

        Parameters
        ----------
        initiator, initiating_user, collaboration
            Only those of that organization, user or collaboration.
        image, name, description, database
            With ``%`` for any text.
        parent, run, result
            Only sub-tasks of that task, the tree of that run id, or the task of that result.
        include_results
            Whether each task comes with its results, still encrypted.
        status
            Such as ``completed``.
        page, per_page
            Number of the page from 1, and its length.
        include_metadata, sort, **selection
            See `ListClient`.
        """
        return self._list(
            "task",
            selection,
            include_metadata,
            include=["results"] if include_results else [],
            initiator_id=initiator,
            init_user_id=initiating_user,
            collaboration_id=collaboration,
            image=image,
            parent_id=parent,
            run_id=run,
            name=name,
            description=description,
            database=database,
            result_id=result,
            status=status,
            page=page,
            per_page=per_page,
            sort=sort,
        )

    @also_in_order(Sequence, *_ORDER_OF_4X)
    @also_as(
        input_="input",
        collaboration_id="collaboration",
        organization_ids="organizations",
        databases="database",
    )
    def create(
        self,
        collaboration: int | None = None,
        organizations: Sequence[int] | None = None,
        name: str = "",
        image: str = "",
        description: str = "",
        input: Any = None,  # the name that scripts use
        data_format: str = payload.JSON,
        database: Databases | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Create a task.

        Parameters
        ----------
        collaboration
            Id of the collaboration, by default that of `Client.setup_collaboration`;
            `collaboration_id` means the same.
        organizations
            Ids of the organizations that run it; `organization_ids` means the same.
        name, description
            For people.
        image
            Name of the algorithm's image.
        input
            ``{"method": …, "master": True or False, "args": […], "kwargs": {…}}``, and optionally
            ``output_format``; `input_` means the same.
        data_format
            How the input is written: ``json``, ``pickle`` or ``legacy``.
        database
            Label of the database at the nodes; by default the one labelled ``default``.
            `databases` means the same. Both also take a list of labels, or of objects such as
            ``{"label": "cohort", "query": "SELECT …"}``, for algorithms that read several: the
            list goes into the input, the first one is the task's own.
        **fields
            See `ListClient`.

        Returns
        -------
        dict
            The task.

        Raises
        ------
        EncryptionMismatch
            When the collaboration is encrypted and no key is set up, when it is the other way
            round, or when an organization has no public key. Nothing is sent then.
        PayloadError
            When the input cannot be written in that format.
        """
        body: Body = {
            "name": name,
            "image": image,
            "collaboration_id": self._own_collaboration(collaboration),
            "description": description,
            "organizations": _required(organizations, "organizations"),
            "database": _label(database),
        }
        _refuse_later_versions(fields)
        asked = _with_databases(_required(input, "input"), database)
        data = payload.dump(asked, data_format)
        return self._connection.answer(lambda: self._create(body, data, fields))

    @also_as(id="id_")
    def delete(self, id_: int) -> Json:
        """Remove a task with its results; what still runs is stopped."""
        return self._delete(f"task/{id_}")

    @also_as(id="id_")
    def kill(self, id_: int) -> Json:
        """Stop all runs of a task and of its sub-tasks."""
        return self._post("kill/task", {"id": id_})

    def _create(self, body: Body, data: bytes, fields: "Fields") -> Json:
        api, keys = self._connection.api, self._connection.keys
        encrypted = bool(api.get(f"collaboration/{body['collaboration_id']}")["encrypted"])
        cryptor = keys.for_collaboration(encrypted)
        # All keys first: a missing one is found before anything is encrypted or sent.
        public = {id_: self._public_key(id_) if encrypted else "" for id_ in body["organizations"]}
        sent = TaskBody(body, data, public, cryptor)
        task = self._connection.explained(lambda: api.post_sized("task", sent), "POST task")
        log.info("created a task for %d organizations", len(public))
        return picked(task, fields)

    def _public_key(self, organization_id: int) -> str:
        key = self._connection.keys.public_key(organization_id)
        if not key:
            raise EncryptionMismatch(
                f"organization {organization_id} has no public key at the server yet, and the "
                "collaboration is encrypted; its node uploads one when it starts. Nothing was sent"
            )
        return key


def _required(value: Any, name: str) -> Any:
    if value is None:
        raise InvalidInput(f"'{name}' is missing")
    return value


def _refuse_later_versions(fields: "Fields") -> None:
    """Arguments of later versions say nothing when they are None, and cannot be met otherwise."""
    given = cast("dict[str, Any]", fields)
    for name, remedy in _LATER.items():
        if given.pop(name, None) is not None:
            raise InvalidInput(f"servers of version 3 know no '{name}': {remedy}")


def _label(database: Databases | None) -> str:
    first = database if database is None or isinstance(database, str) else _named(database)[0]
    return (first["label"] if isinstance(first, dict) else first) or contract.DEFAULT_LABEL


def _with_databases(input_: Any, database: Databases | None) -> Any:
    """The input with the databases that the task's own label cannot say."""
    if database is None or isinstance(database, str):
        return input_
    named = _named(database)
    if len(named) == 1 and named[0].keys() == {"label"}:
        return input_
    if not isinstance(input_, dict) or "databases" in input_:
        raise InvalidInput("give 'databases' either in the input, which is a dict, or beside it")
    return {**input_, "databases": named}


def _named(database: Databases) -> list[dict[str, Any]]:
    named = [{"label": entry} if isinstance(entry, str) else dict(entry) for entry in database]
    if not named or not all(entry.get("label") for entry in named):
        raise InvalidInput("'databases' must name databases by their labels")
    return named
