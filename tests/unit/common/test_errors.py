"""The error tree: what travels, what stays, and that both ends mean the same."""

import json
import subprocess
import sys

import pytest
from vantage6.common import errors
from vantage6.common.errors import CATALOGUE, V6Error, WireError, from_response


def wire_classes() -> list[type[WireError]]:
    return list(CATALOGUE.values())


@pytest.mark.parametrize("cls", wire_classes())
def test_error_survives_the_way_over_http_as_the_same_class(cls: type[WireError]) -> None:
    sent = cls("what went wrong", fields={"organizations.0.id": "is missing"})

    received = from_response(cls.status, json.loads(json.dumps(sent.body())))

    assert type(received) is cls
    assert received.message == "what went wrong"
    assert received.fields == {"organizations.0.id": "is missing"}


@pytest.mark.parametrize("cls", wire_classes())
def test_debug_text_never_travels(cls: type[WireError]) -> None:
    body = cls("safe", debug="SELECT password FROM user").body()

    assert "SELECT" not in json.dumps(body)


@pytest.mark.parametrize("cls", wire_classes())
def test_error_without_a_message_says_what_its_class_is(cls: type[WireError]) -> None:
    assert cls().message == (cls.__doc__ or "").splitlines()[0]
    assert "fields" not in cls().body()


def test_codes_are_unique_in_the_whole_tree() -> None:
    def tree(cls: type[V6Error]) -> list[type[V6Error]]:
        return [cls, *(leaf for sub in cls.__subclasses__() for leaf in tree(sub))]

    named = [cls for cls in tree(V6Error) if cls.__module__ == errors.__name__]
    codes = [cls.code for cls in named if cls is not WireError]

    assert len(codes) == len(set(codes))


def test_every_wire_error_is_in_the_catalogue_under_its_code() -> None:
    for code, cls in CATALOGUE.items():
        assert cls.code == code
        assert issubclass(cls, WireError)


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, errors.InvalidInput),
        (401, errors.NotAuthenticated),
        (404, errors.NotFound),
        (405, errors.MethodNotAllowed),
        (413, errors.PayloadTooLarge),
        (415, errors.UnsupportedMediaType),
        (418, errors.InvalidInput),
        (422, errors.InvalidToken),
        (429, errors.TooManyRequests),
        (500, errors.InternalError),
        (501, errors.NotConfigured),
        (502, errors.Unavailable),
        (503, errors.Unavailable),
        (504, errors.Unavailable),
        (599, errors.InternalError),
    ],
)
def test_answer_of_a_published_server_is_classed_by_its_status(
    status: int, cls: type[WireError]
) -> None:
    error = from_response(status, {"msg": "as 3.x says it"})

    assert type(error) is cls
    assert error.message == "as 3.x says it"


@pytest.mark.parametrize("body", [None, [], "text", 3, {}, {"msg": ""}, {"fields": ["x"]}])
def test_answer_without_a_message_names_the_status(body: object) -> None:
    error = from_response(400, body)

    assert error.message == "the server answered with status 400"
    assert error.fields == {}


def test_message_key_of_flask_restful_is_understood() -> None:
    assert from_response(400, {"message": "bad"}).message == "bad"


def test_unknown_code_falls_back_to_the_status() -> None:
    assert type(from_response(404, {"msg": "x", "code": "from_the_future"})) is errors.NotFound


def test_status_of_forbidden_is_the_one_of_3x() -> None:
    assert errors.Forbidden.status == 401


def test_errors_can_be_raised_where_docstrings_are_stripped() -> None:
    code = "from vantage6.common.errors import NotFound; print(NotFound().message)"

    done = subprocess.run(
        [sys.executable, "-OO", "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "not_found"
