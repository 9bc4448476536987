# ruff: noqa: PLR0913 - one parameter per field or filter of the server
"""Tasks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vantage6.client.connection import Json, log
from vantage6.client.resource.base import Body, SubClient
from vantage6.common import contract, payload
from vantage6.common.errors import EncryptionMismatch, InvalidInput

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from vantage6.client.filters import Fields, Selection

Databases = str | Sequence[str | dict[str, Any]]


class Task(SubClient):
    """Questions to the data of organizations."""

    def get(self, id_: int, include_results: bool = False, **fields: "Unpack[Fields]") -> Json:
        """One task; ``complete`` says whether all its runs have ended, ``status`` how."""
        include = "results" if include_results else None
        return self._get(f"task/{id_}", fields, include=include)

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
        include_metadata
            See `SubClient`.
        **selection
            See `SubClient`.
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
        database: str | None = None,
        *,
        input_: Any = None,
        collaboration_id: int | None = None,
        organization_ids: Sequence[int] | None = None,
        databases: Databases | None = None,
        **fields: "Unpack[Fields]",
    ) -> Json:
        """Create a task.

        Parameters
        ----------
        collaboration
            Id of the collaboration; `collaboration_id` means the same.
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
            `databases` takes a list with one label.
        **fields
            See `SubClient`.

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
            "collaboration_id": _one_of(collaboration, collaboration_id, "collaboration"),
            "description": description,
            "organizations": _one_of(organizations, organization_ids, "organizations"),
            "database": database or _label(databases),
        }
        data = payload.dump(_one_of(input, input_, "input"), data_format)
        return self._connection.answer(lambda: self._create(body, data, fields))

    def delete(self, id_: int) -> Json:
        """Remove a task with its results; what still runs is stopped."""
        return self._delete(f"task/{id_}")

    def kill(self, id_: int) -> Json:
        """Stop all runs of a task and of its sub-tasks."""
        return self._post("kill/task", {"id": id_})

    def _create(self, body: Body, data: bytes, fields: "Fields") -> Json:
        api, keys = self._connection.api, self._connection.keys
        encrypted = bool(api.get(f"collaboration/{body['collaboration_id']}")["encrypted"])
        cryptor = keys.for_collaboration(encrypted)
        # All keys first: a missing one is found before anything is encrypted or sent.
        public = {id_: self._public_key(id_) if encrypted else "" for id_ in body["organizations"]}
        inputs = [
            {"id": id_, "input": cryptor.encrypt_bytes_to_str(data, key)}
            for id_, key in public.items()
        ]
        task = self._post("task", {**body, "organizations": inputs}, fields)
        log.info("created a task for %d organizations", len(inputs))
        return task

    def _public_key(self, organization_id: int) -> str:
        key = self._connection.keys.public_key(organization_id)
        if not key:
            raise EncryptionMismatch(
                f"organization {organization_id} has no public key at the server yet, and the "
                "collaboration is encrypted; its node uploads one when it starts. Nothing was sent"
            )
        return key


def _one_of(value: Any, alias: Any, name: str) -> Any:
    if value is not None and alias is not None:
        raise InvalidInput(f"'{name}' is given under two names")
    if value is None and alias is None:
        raise InvalidInput(f"'{name}' is missing")
    return alias if value is None else value


def _label(databases: Databases | None) -> str:
    if databases is None or isinstance(databases, str):
        return databases or contract.DEFAULT_LABEL
    if len(databases) != 1:
        raise InvalidInput("'databases' must name one database: a run gets one")
    entry = databases[0]
    return entry if isinstance(entry, str) else str(entry["label"])
