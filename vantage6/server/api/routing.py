"""What the API changes in routing: ids in addresses, JSON for every refusal, no search engines."""

from typing import Any

from flask import Flask, Response
from flask_restful import Api
from werkzeug.routing import BaseConverter, ValidationError

from vantage6.server.api.errors import answer

MAX_ID = 2**31 - 1


class IdConverter(BaseConverter):
    """Part of an address that is the id of a row: ``<id:task_id>``.

    Notes
    -----
    Werkzeug's own integers have no bound, and the database cannot hold more than this one.
    """

    regex = "[0-9]{1,20}"

    def to_python(self, value: str) -> int:
        """The number; an address with a larger one does not exist."""
        if int(value) > MAX_ID:
            raise ValidationError()
        return int(value)


class JsonApi(Api):  # type: ignore[misc]  # Flask-RESTful is untyped
    """Flask-RESTful's API with the errors of this server."""

    def handle_error(self, error: Any) -> Response:
        """Say an error that happened outside of an operation, such as a wrong verb."""
        return answer(error)


def keep_crawlers_out(app: Flask) -> None:
    """Tell search engines that nothing here is for them, at the address where they ask."""

    def robots() -> Response:
        return Response("User-agent: *\nDisallow: /\n", content_type="text/plain")

    app.add_url_rule("/robots.txt", view_func=robots)
