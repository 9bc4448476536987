import json
import logging

import pytest
from flask import Flask
from sqlalchemy import exc
from vantage6.common.errors import (
    CATALOGUE,
    ConfigurationError,
    Forbidden,
    InvalidInput,
    WireError,
)
from vantage6.server.api.errors import answer
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed
from werkzeug.routing import RequestRedirect


def body_of(error: Exception):
    response = answer(error)
    return response.status_code, json.loads(response.get_data())


@pytest.mark.parametrize("error", list(CATALOGUE.values()), ids=lambda error: error.code)
def test_every_wire_error_is_answered_with_its_status_and_code(error: type[WireError]):
    status, body = body_of(error("what went wrong"))

    assert status == error.status
    assert body == {"msg": "what went wrong", "code": error.code}


def test_problems_of_fields_are_in_the_answer():
    _, body = body_of(InvalidInput("two problems", fields={"a": "missing", "b.0": "no number"}))

    assert body["fields"] == {"a": "missing", "b.0": "no number"}


def test_what_is_for_the_log_is_not_in_the_answer(caplog):
    caplog.set_level(logging.INFO)

    _, body = body_of(Forbidden("no", debug="because of row 7"))

    assert "row 7" not in str(body)
    assert "row 7" in caplog.text


@pytest.mark.parametrize("error", [RuntimeError("secret detail"), ConfigurationError("secret")])
def test_an_unexpected_error_is_logged_and_told_in_general_terms(error, caplog):
    status, body = body_of(error)

    assert (status, body["code"]) == (500, "internal")
    assert "secret" not in body["msg"]
    assert "secret" in caplog.text


def test_a_wrong_verb_keeps_the_header_that_names_the_right_ones():
    response = answer(MethodNotAllowed(valid_methods=["GET", "POST"]))

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, POST"
    assert json.loads(response.get_data())["code"] == "method_not_allowed"


@pytest.mark.parametrize("status", [400, 404, 406, 413, 414, 415, 431])
def test_every_refusal_of_the_framework_is_json(status):
    error = HTTPException()
    error.code = status

    told, body = body_of(error)

    assert told == status
    assert isinstance(body["msg"], str)


def test_a_failure_of_the_framework_is_a_general_error():
    assert body_of(InternalServerError())[1]["code"] == "internal"


def test_a_redirect_stays_a_redirect():
    with Flask(__name__).test_request_context():
        response = answer(RequestRedirect("http://server/api/task"))

    assert response.status_code == 308
    assert response.headers["Location"] == "http://server/api/task"


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (exc.IntegrityError, 400, "conflict"),
        (exc.DataError, 400, "invalid_input"),
        (exc.OperationalError, 503, "unavailable"),
        (exc.ProgrammingError, 500, "internal"),
    ],
)
def test_refusals_of_the_database_are_told_without_statement_and_values(kind, status, code):
    error = kind("INSERT INTO secrets", {"password": "hunter2"}, ValueError("driver text"))

    told, body = body_of(error)

    assert (told, body["code"]) == (status, code)
    assert not {"secrets", "hunter2", "driver"} & set(body["msg"].split())
