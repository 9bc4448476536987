"""What the API changes in routing: ids in addresses, and JSON for every refusal."""

from typing import Any

from flask import Response
from flask_restful import Api
from werkzeug.routing import BaseConverter, ValidationError

from vantage6.server.api.errors import answer

_MAX_ID = 2**31 - 1


class IdConverter(BaseConverter):
    """Part of an address that is the id of a row: ``<id:task_id>``.

    Notes
    -----
    Werkzeug's own integers have no bound, and the database cannot hold more than this one.
    """

    regex = "[0-9]{1,20}"

    def to_python(self, value: str) -> int:
        """The number; an address with a larger one does not exist."""
        if int(value) > _MAX_ID:
            raise ValidationError()
        return int(value)


class JsonApi(Api):  # type: ignore[misc]  # Flask-RESTful is untyped
    """Flask-RESTful's API with the errors of this server."""

    def handle_error(self, error: Any) -> Response:
        """Say an error that happened outside of an operation, such as a wrong verb."""
        return answer(error)
