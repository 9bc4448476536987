"""Bad input at every operation: a clear JSON error with the right 4xx, nothing stored.

The operations are read from the routes, so that a new one is tested without being listed here. One
server serves all tests of this module: what is refused changes nothing.
"""

import io
import json
import re

import pytest
from sqlalchemy import func, select
from tests.integration.server.world import IMAGE, INPUT, Callers, settings_for
from vantage6.server.api.declaration import Access, Size
from vantage6.server.api.openapi import handlers
from vantage6.server.app import create_app
from vantage6.server.model import Base
from vantage6.server.permission.principal import Kind
from vantage6.server.permission.rules import RULES
from vantage6.server.resource.routes import ROUTES

# PostgreSQL takes least: no half characters, and numbers of its own size only.
pytestmark = pytest.mark.repeats("sqlite")

UNKNOWN = 999_999
LARGE_BYTES = 100 * 1024 * 1024
JSON = "application/json"


def all_operations():
    for route in ROUTES:
        for verb in sorted(route.resource.methods):
            handler = getattr(route.resource, verb.lower())
            yield pytest.param(route.path, verb, handler.operation, id=f"{verb} {route.path}")


def is_id(field):
    return type(field).__name__ == "Id"


OPERATIONS = list(all_operations())
WITH_BODY = [case for case in OPERATIONS if case.values[2].body is not None]
WITH_ID_IN_BODY = [
    case for case in WITH_BODY if any(map(is_id, case.values[2].body._declared_fields.values()))
]
WITH_REQUIRED = [
    case
    for case in WITH_BODY
    if any(field.required for field in case.values[2].body._declared_fields.values())
]
SMALL = [case for case in WITH_BODY if case.values[2].size is Size.SMALL]
WITH_TOKEN = [case for case in OPERATIONS if case.values[2].rule is not Access.ANYONE]
WITH_ID = [case for case in OPERATIONS if "<" in case.values[0]]
PAGINATED = [case for case in OPERATIONS if case.values[2].is_paginated]
WITH_QUERY = [case for case in OPERATIONS if case.values[2].query is not None]
RESTRICTED = [
    case
    for case in WITH_TOKEN
    if case.values[2].callers != frozenset(Kind) and case.values[2].token == "access"
]
FOR_USERS = [
    case
    for case in WITH_TOKEN
    if Kind.USER in case.values[2].callers
    and case.values[2].token == "access"
    and case.values[2].rule is not Access.SIGNED_IN
]


INHERENTLY_SEEN = {"/user": 1, "/role": 0, "/rule": len(RULES)}
"""How many rows a user without any permission sees: oneself, the roles one has, all rules."""


def address(path, id_=1):
    return re.sub("<[^>]*>", str(id_), path).lstrip("/")


@pytest.fixture(scope="module")
def server(template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    with template.copy(folder) as uri:
        made = create_app(settings_for(uri), folder)
        yield made
        made.database.dispose()


@pytest.fixture(scope="module")
def callers(server, template):
    return Callers(server, template.world)


@pytest.fixture(scope="module")
def by_kind(callers):
    """One caller of each kind."""
    body = {
        "image": "i",
        "collaboration_id": 1,
        "organizations": [{"id": callers.world.organizations["alpha"]}],
    }
    task = callers.user("researcher").post("task", body).json
    return {
        Kind.USER: callers.user("root"),
        Kind.NODE: callers.node("alpha"),
        Kind.CONTAINER: callers.container("alpha", task),
    }


@pytest.fixture
def caller_for(callers, by_kind):
    """Somebody of a kind that an operation accepts, or does not."""

    def choose(operation, *, wrong=False):
        if operation.rule is Access.ANYONE:
            return callers.anyone()
        return next(
            caller for kind, caller in by_kind.items() if (kind in operation.callers) is not wrong
        )

    return choose


@pytest.fixture
def unchanged(server):
    """The number of rows of every table, to be compared before and after."""

    def count():
        with server.database.begin() as session:
            tables = Base.metadata.sorted_tables
            return [session.scalar(select(func.count()).select_from(table)) for table in tables]

    return count


def refused(answer, *statuses):
    assert answer.status_code in statuses, (answer.status_code, answer.get_data(as_text=True))
    assert answer.content_type == JSON
    body = answer.json
    assert isinstance(body["msg"], str)
    assert isinstance(body["code"], str)
    assert "Traceback" not in body["msg"]
    return body


def test_the_routes_are_those_of_the_url_map(server):
    assert len(list(handlers(server.app))) == len(OPERATIONS)


# --- bodies -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_BODY)
def test_broken_json(caller_for, unchanged, path, verb, operation):
    caller, before = caller_for(operation), unchanged()

    for data in (b"", b"{", b"\xff", b'{"a": NaN}', b"[]", b"null", b'"text"', b"[" * 4000):
        answer = caller.call(verb, address(path), data=data, content_type=JSON)
        refused(answer, 400)

    assert unchanged() == before


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_BODY)
def test_another_content_type(caller_for, path, verb, operation):
    for content_type in (None, "text/plain", "application/x-www-form-urlencoded"):
        answer = caller_for(operation).call(
            verb, address(path), data=b"{}", content_type=content_type
        )
        refused(answer, operation.media_error.status)


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_BODY)
def test_wrong_types_are_told_all_at_once(caller_for, unchanged, path, verb, operation):
    declared = operation.body._declared_fields
    caller, before = caller_for(operation), unchanged()

    for value in ([{"a": []}], {"a": [None]}):
        wrong = {name: value for name in declared if not accepts(declared[name], value)}
        body = refused(caller.call(verb, address(path), wrong), 400)
        told = {field.partition(".")[0] for field in body["fields"]}
        assert told >= set(wrong)

    assert unchanged() == before


def accepts(field, value):
    return type(field).__name__ == "Payload" and isinstance(value, dict)


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_REQUIRED)
def test_missing_fields_are_told_all_at_once(caller_for, path, verb, operation):
    required = {name for name, field in operation.body._declared_fields.items() if field.required}
    caller = caller_for(operation)

    for body in ({}, dict.fromkeys(required)):
        assert set(refused(caller.call(verb, address(path), body), 400)["fields"]) == required


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_ID_IN_BODY)
def test_what_is_no_id_is_refused(caller_for, unchanged, path, verb, operation):
    names = [name for name, field in operation.body._declared_fields.items() if is_id(field)]
    caller, before = caller_for(operation), unchanged()

    for id_ in (True, 0, -1, 1.5, 2**31, 10**400, "x", "1_0", "\N{ARABIC-INDIC DIGIT THREE}", ""):
        body = refused(caller.call(verb, address(path), dict.fromkeys(names, id_)), 400)
        assert set(names) <= set(body["fields"])

    assert unchanged() == before


@pytest.mark.parametrize(("path", "verb", "operation"), SMALL)
def test_a_body_of_100_mb_where_1_kb_is_expected(caller_for, unchanged, path, verb, operation):
    caller, before = caller_for(operation), unchanged()
    body = LargeBody()

    for how in ({"CONTENT_LENGTH": str(LARGE_BYTES)}, {"HTTP_TRANSFER_ENCODING": "chunked"}):
        environ = {"wsgi.input": io.BufferedReader(body, 512), "wsgi.input_terminated": True}
        answer = caller.call(
            verb, address(path), content_type=JSON, environ_overrides=environ | how
        )
        assert refused(answer, 413)["code"] == "payload_too_large"

    assert body.taken < 16_384
    assert unchanged() == before


class LargeBody(io.RawIOBase):
    """A hundred megabytes that count how many of them were read."""

    def __init__(self):
        self.taken = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        size = min(len(buffer), 512, LARGE_BYTES - self.taken)
        buffer[:size] = b" " * size
        self.taken += size
        return size


def test_a_payload_beyond_its_own_limit_is_refused(make_server, callers):
    app = make_server(max_payload_mb=1).app
    recipients = [{"id": 2, "input": "x" * 2**20}]
    body = {"image": "i", "collaboration_id": 1, "organizations": recipients}

    answer = app.test_client().post("/api/task", json=body, headers=callers.user("root").headers)

    refused(answer, 413)


# --- callers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_TOKEN)
def test_no_token(callers, path, verb, operation):
    body = refused(callers.anyone().call(verb, address(path), {}), 401)

    assert body["code"] == "not_authenticated"


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_TOKEN)
def test_a_token_that_is_not_ours(callers, path, verb, operation):
    stranger = callers.anyone().with_token("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOjF9.c2lnbmF0dXJl")

    assert refused(stranger.call(verb, address(path), {}), 422)["code"] == "invalid_token"


@pytest.mark.parametrize(("path", "verb", "operation"), RESTRICTED)
def test_the_wrong_kind_of_caller(caller_for, unchanged, path, verb, operation):
    caller, before = caller_for(operation, wrong=True), unchanged()

    assert refused(caller.call(verb, address(path), {}), 401)["code"] == "forbidden"
    assert unchanged() == before


@pytest.mark.parametrize(("path", "verb", "operation"), FOR_USERS)
def test_a_user_without_any_permission(callers, unchanged, path, verb, operation):
    before = unchanged()

    answer = callers.user("nobody").call(verb, address(path), {})

    if verb == "GET" and path in INHERENTLY_SEEN:
        assert len(answer.json) == INHERENTLY_SEEN[path]
    elif path == "/rule/<id:rule_id>":
        assert answer.json["id"] == 1
    else:
        refused(answer, 401)
    assert unchanged() == before


# --- addresses and queries --------------------------------------------------------------------


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_ID)
def test_an_unknown_id(caller_for, unchanged, path, verb, operation):
    caller, before = caller_for(operation), unchanged()
    body = None if operation.body is None else valid_body(operation)

    assert refused(caller.call(verb, address(path, UNKNOWN), body), 404)["code"] == "not_found"
    assert unchanged() == before


def valid_body(operation):
    return {"id": 1} if "id" in operation.body._declared_fields else {}


@pytest.mark.parametrize(("path", "verb", "operation"), PAGINATED)
@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=x", "page=1&per_page=0", "page=1&per_page=%00", "sort=x"]
)
def test_a_page_that_cannot_be(caller_for, path, verb, operation, query):
    answer = caller_for(operation).call(verb, address(path), query_string=query)

    assert refused(answer, 400)["fields"]


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_QUERY)
def test_filters_that_make_no_sense(caller_for, path, verb, operation):
    declared = operation.query._declared_fields
    caller = caller_for(operation)
    wrong = dict.fromkeys(declared, "x\x00")

    body = refused(caller.call(verb, address(path), query_string=wrong), 400)

    assert {field.partition(".")[0] for field in body["fields"]} == set(declared)


@pytest.mark.parametrize(("path", "verb", "operation"), WITH_QUERY)
def test_strange_texts_in_filters_find_nothing_and_break_nothing(
    caller_for, path, verb, operation
):
    texts = [n for n, f in operation.query._declared_fields.items() if type(f).__name__ == "Text"]
    texts = [name for name in texts if name not in ("status", "state")]
    caller = caller_for(operation)

    for value in ("' OR 1=1 --", "%25%FF", "\N{SNOWMAN}" * 500, "\\", "_" * 512):
        for name in texts:
            answer = caller.call(verb, address(path), query_string={name: value})
            found = answer.json if operation.is_paginated else next(iter(answer.json.values()))
            assert (answer.status_code, found) == (200, [])


def test_errors_are_never_html(callers):
    answer = callers.anyone().client.open("/api/task", method="TRACE")

    assert json.loads(answer.get_data())["msg"]


def test_an_input_that_is_nested_too_deeply_is_refused(callers, world):
    caller = callers.user("researcher")
    start = (
        f'{{"image": "{IMAGE}", "collaboration_id": {world.collaborations["study"]},'
        f' "organizations": [{{"id": {world.organizations["alpha"]}, "input": '
    )

    for depth in range(900, 1000, 5):
        body = start + '{"a":' * depth + "1" + "}" * depth + "}]}"
        answer = caller.client.post(
            "/api/task", data=body, headers=caller.headers, content_type="application/json"
        )
        assert answer.status_code in (201, 400)


@pytest.mark.parametrize("field", ["name", "description", "image", "database"])
def test_a_text_that_no_column_should_hold_is_refused(callers, world, field):
    body = {
        "image": IMAGE,
        "collaboration_id": world.collaborations["study"],
        "organizations": [{"id": world.organizations["alpha"], "input": INPUT}],
    }

    answer = callers.user("researcher").post("task", body | {field: "a" * 100_000})

    assert (answer.status_code, answer.json["fields"]) == (400, {field: "is too long"})
