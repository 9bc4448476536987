import io
import json

import pytest
from flask import Flask
from vantage6.common.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType
from vantage6.server.api.body import read_object

LIMIT = 2048


def read(data: bytes, content_type: str | None = "application/json", **environ):
    app = Flask(__name__)
    with app.test_request_context("/", method="POST", data=data, content_type=content_type):
        return read_object(LIMIT, **environ)


class EndlessBody(io.RawIOBase):
    """A body in chunks that never ends, and counts what was read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        size = min(len(buffer), 512)
        buffer[:size] = b"x" * size
        self.taken += size
        return size


class UntouchableBody(io.RawIOBase):
    """A body that must not be read."""

    def readinto(self, buffer) -> int:
        raise AssertionError("the body was read")


def test_a_json_object_is_read():
    assert read(b'{"name": "caf\xc3\xa9"}') == {"name": "café"}


def test_parameters_of_the_content_type_are_understood():
    assert read(b"{}", "application/json; charset=utf-8") == {}


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_another_content_type_is_refused(content_type):
    with pytest.raises(UnsupportedMediaType):
        read(b"{}", content_type)


def test_log_in_routes_answer_another_content_type_as_in_3x():
    with pytest.raises(InvalidInput):
        read(b"{}", "text/plain", media_error=InvalidInput)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b"\xff\xfe",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"[" * 2000,
        b'{"a": ' + b"9" * 2000 + b"9" * 40 + b",}",
    ],
    ids=["empty", "cut", "quotes", "encoding", "nan", "infinity", "deep", "digits"],
)
def test_broken_json_is_refused(data):
    with pytest.raises(InvalidInput):
        read(data)


def test_a_deeper_nesting_than_the_parser_can_follow_is_refused():
    app = Flask(__name__)
    deep = b'{"a":' + b"[" * 500_000
    with (
        app.test_request_context("/", method="POST", data=deep, content_type="application/json"),
        pytest.raises(InvalidInput),
    ):
        read_object(10**7)


@pytest.mark.parametrize("value", [None, 1, "text", [], [{"a": 1}], True])
def test_json_that_is_no_object_is_refused(value):
    with pytest.raises(InvalidInput, match="object"):
        read(json.dumps(value).encode())


def test_a_declared_length_beyond_the_limit_is_refused_without_reading():
    app = Flask(__name__)
    environ = {"wsgi.input": UntouchableBody(), "CONTENT_LENGTH": str(100 * 1024 * 1024)}
    with (
        app.test_request_context(
            "/", method="POST", content_type="application/json", environ_overrides=environ
        ),
        pytest.raises(PayloadTooLarge),
    ):
        read_object(LIMIT)


def test_a_body_in_chunks_is_refused_as_soon_as_it_passes_the_limit():
    app = Flask(__name__)
    body = EndlessBody()
    environ = {
        "wsgi.input": io.BufferedReader(body, 512),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
    }
    context = app.test_request_context(
        "/", method="POST", content_type="application/json", environ_overrides=environ
    )
    context.request.environ.pop("CONTENT_LENGTH", None)
    with context, pytest.raises(PayloadTooLarge):
        read_object(LIMIT)
    assert body.taken <= 2 * LIMIT


def test_a_body_of_exactly_the_limit_is_read():
    text = json.dumps({"a": ""})
    data = json.dumps({"a": "x" * (LIMIT - len(text))}).encode()

    assert len(read(data)["a"]) == LIMIT - len(text)
