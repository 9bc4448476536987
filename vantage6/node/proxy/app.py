"""The application behind the door of one run."""

import hashlib
import hmac
import logging

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from vantage6.common.errors import NotAuthenticated, ServerUnreachable, V6Error, WireError
from vantage6.node.proxy.routes import Routes, bearer_token

log = logging.getLogger(__name__)


def create_app(routes: Routes, token_digest: str) -> Flask:
    """Application that serves one container and nobody else.

    Parameters
    ----------
    routes
        What a container may ask.
    token_digest
        SHA-256 of the only token that is let in, in hexadecimal.
    """
    app = Flask("vantage6.node.proxy", static_folder=None)

    def check_token() -> None:
        presented = hashlib.sha256(bearer_token(request).encode()).hexdigest()
        if not hmac.compare_digest(presented, token_digest):
            raise NotAuthenticated("only the token of the run behind this door is accepted")

    app.before_request(check_token)
    app.register_error_handler(V6Error, _own_error)
    app.register_error_handler(HTTPException, _http_error)
    routes.add_to(app)
    return app


def _own_error(error: V6Error) -> tuple[Response, int]:
    if isinstance(error, WireError):
        return jsonify(error.body()), error.status
    log.warning("proxy: %s (%s)", error, error.debug)
    status = 503 if isinstance(error, ServerUnreachable) else 502
    return jsonify({"msg": error.message, "code": error.code}), status


def _http_error(error: HTTPException) -> tuple[Response, int]:
    return jsonify({"msg": error.description or error.name}), error.code or 500
