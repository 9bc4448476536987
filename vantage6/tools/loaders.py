"""Which databases a run works on, and where they are, as the node says in variables.

The node names the database that the task asks for, and gives the address and type of all of its
own (`vantage6.common.contract`). The input may name several in ``databases``; see
`vantage6.tools.decorators`.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from vantage6.common import contract
from vantage6.tools.exceptions import EnvironmentVariableNotFoundError, InputError
from vantage6.tools.readers import Input, Reader, read_database, read_with
from vantage6.tools.surroundings import Data, Databases

Environ = Mapping[str, str]
Loader = Callable[[Environ, Input], Data]
"""Gives the data of a run: anything, or `Databases`, which are read when they are needed."""
_Read = Callable[[Environ, str | None, str, Input], Data]
_FORMS = "'databases' of the input must be a list of labels, or of objects with a 'label'"


def requested_database(database_type: str | None) -> Loader:
    """Loader of the databases that the task names, of which there mostly is one.

    Parameters
    ----------
    database_type
        None for the type that the node says, or csv when it says none.
    """

    def read(environ: Environ, label: str | None, uri: str, input_: Input) -> Data:
        said = environ.get(contract.database_type(label)) if label else None
        return read_database(database_type or said or "csv", uri, input_)

    return lambda environ, input_: _databases(environ, input_, read)


def databases_read_by(reader: Reader, name: str) -> Loader:
    """Loader of the databases that the task names, with a function that reads one."""

    def read(environ: Environ, label: str | None, uri: str, input_: Input) -> Data:
        del environ, label
        return read_with(reader, name, uri, input_)

    return lambda environ, input_: _databases(environ, input_, read)


def all_databases(environ: Environ, input_: Input) -> dict[str, str]:
    """Address of each database of the node by its label; nothing is read."""
    del input_
    try:
        labels = json.loads(environ.get(contract.DATABASE_LABELS, ""))
        return {label: environ[contract.database_uri(label)] for label in labels}
    except (ValueError, KeyError) as error:
        raise EnvironmentVariableNotFoundError(
            f"the node does not say its databases in {contract.DATABASE_LABELS}"
        ) from error


def no_data(environ: Environ, input_: Input) -> None:
    """For algorithms that need none."""
    del environ, input_


def _databases(environ: Environ, input_: Input, read: _Read) -> Databases:
    # Looked up when it is read: a function that takes no data needs no database either.
    return Databases(
        [
            partial(_looked_up, read, environ, label, merged)
            for label, merged in _requested(environ, input_)
        ]
    )


def _looked_up(read: _Read, environ: Environ, label: str | None, input_: Input) -> Data:
    return read(environ, label, _uri(environ, label), input_)


def _requested(environ: Environ, input_: Input) -> list[tuple[str | None, Input]]:
    """Label of each requested database, and the input with what is said for it alone."""
    asked = input_.get("databases")
    if not asked:
        return [(environ.get(contract.REQUESTED_LABEL), input_)]
    if not isinstance(asked, list | tuple):
        raise InputError(_FORMS)
    return [_entry(one, input_) for one in asked]


def _entry(one: Any, input_: Input) -> tuple[str, Input]:
    entry = {"label": one} if isinstance(one, str) else one
    if not isinstance(entry, dict) or not isinstance(entry.get("label"), str):
        raise InputError(_FORMS)
    return entry["label"], {**input_, **entry}


def _uri(environ: Environ, label: str | None) -> str:
    variable = contract.database_uri(label) if label else contract.LEGACY_DATABASE_URI
    uri = environ.get(variable)
    if not uri:
        raise EnvironmentVariableNotFoundError(
            "the node has no database with the requested label; ask its owner for the labels"
        )
    return uri
