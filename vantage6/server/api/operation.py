"""`@operation`: everything that is true of one REST operation, declared once on its handler.

Words
-----
operation
    One verb at one address. The decorator turns a handler, which only names the service call, into
    a Flask view: it identifies the caller, checks the gate, reads and validates body and query,
    opens the one unit of work, writes the answer, and translates every error.
gate
    The question whether the caller may do such a thing at all, in any scope. Which rows are meant
    is the services' question (`policy.require`).
rule
    What the gate asks for: a resource and an operation of the permission table, or `SIGNED_IN`, or
    `ANYONE`. There is no default.

Order of the checks: number of calls, token, kind of caller, size and form of the body (before the
unit of work, so that a slow upload holds no transaction), identity, gate, fields.
"""

import functools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from vantage6.common.errors import FieldErrors, Forbidden, InvalidInput
from vantage6.common.large_json import JsonPieces, write
from vantage6.server.api import errors
from vantage6.server.api.body import read_object
from vantage6.server.api.credentials import Caller, Tokens
from vantage6.server.api.declaration import (
    Access,
    ApiResource,
    Context,
    Handler,
    Operation,
    Reply,
    Rule,
    View,
)
from vantage6.server.api.pagination import paginate, whole
from vantage6.server.permission import policy
from vantage6.server.permission.principal import Kind, Principal
from vantage6.server.service import principals

ANYONE, SIGNED_IN = Access.ANYONE, Access.SIGNED_IN
_Answer = tuple[Any, Mapping[str, str]]


def operation(
    rule: Rule | Access, *, out: View, callers: frozenset[Kind] | None = None, **declared: Any
) -> Callable[[Handler], Handler]:
    """Declare a handler; see `Operation` for what can be said.

    The handler gets ``actor`` unless anyone may call it, the ids of the address, ``body`` and
    ``query`` when they are declared, and ``include_<name>`` for each name in ``including``.
    """
    if callers is not None:
        declared["callers"] = callers
    operation = Operation(rule, out, **declared)

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        def view(resource: ApiResource, **ids: int) -> Response:
            try:
                with _counted(operation, resource.context):
                    return _answer(operation, handler, resource, ids)
            except Exception as error:  # noqa: BLE001  # the border: every error becomes an answer
                return errors.answer(error)

        view.operation = operation  # type: ignore[attr-defined]  # read by api/openapi and tests
        return view

    return decorate


def _counted(operation: Operation, context: Context) -> AbstractContextManager[None]:
    if operation.door is None:
        return nullcontext()
    return context.throttle.passing(operation.door, request.remote_addr)


def _answer(
    operation: Operation, handler: Handler, resource: ApiResource, ids: dict[str, int]
) -> Response:
    context = resource.context
    caller = _identify(operation, context.tokens)
    arguments: dict[str, Any] = dict(ids)
    if operation.may_be_brief:
        arguments["brief"] = "return=minimal" in request.headers.get("Prefer", "")
    received = None
    if operation.body is not None:
        received = read_object(context.limits.of(operation.size), operation.media_error)
    if not operation.in_unit:
        arguments |= _read(operation, received)
        return _respond(operation, _write(operation, context, handler(resource, **arguments)))
    with context.database.begin():
        if caller is not None:
            arguments["actor"] = _admit(operation, caller)
            if operation.token == "refresh":  # noqa: S105  # a kind of token
                arguments["token"] = caller.refresh
        arguments |= _read(operation, received)
        answer = _write(operation, context, handler(resource, **arguments))
    return _respond(operation, answer)


def _identify(operation: Operation, tokens: Tokens) -> Caller | None:
    if operation.rule is ANYONE:
        return None
    caller = tokens.read(request.headers.get("Authorization"), operation.token)
    if caller.kind not in operation.callers:
        kinds = " or ".join(sorted(f"a {kind.value}" for kind in operation.callers))
        raise Forbidden(f"only {kinds} may do that, not a {caller.kind.value}")
    return caller


def _admit(operation: Operation, caller: Caller) -> Principal:
    actor = load_principal(caller)
    if isinstance(operation.rule, tuple) and not policy.allowed(actor, *operation.rule):
        name, op = operation.rule
        raise Forbidden(f"you lack the permission to {op.name.lower()} a {name}")
    return actor


def load_principal(caller: Caller) -> Principal:
    """The identity behind a token, as it is now.

    Raises
    ------
    NotAuthenticated
        When it is gone, or has ended its tokens since.
    """
    if caller.kind is Kind.USER:
        return principals.user(caller.subject, caller.epoch, caller.session_id)
    if caller.kind is Kind.NODE:
        return principals.node(caller.subject, caller.epoch, caller.session_id)
    return principals.container(caller.subject, caller.epoch)


def _read(operation: Operation, received: Any) -> dict[str, Any]:
    asked = _asked(operation)
    arguments: dict[str, Any] = {f"include_{name}": name in asked for name in operation.including}
    try:
        if operation.body is not None:
            arguments["body"] = operation.body().load(received)
        if operation.query is not None:
            arguments["query"] = operation.query().load(dict(request.args.lists()))
    except ValidationError as error:
        raise _field_errors(error) from error
    return arguments


def _field_errors(error: ValidationError) -> InvalidInput:
    fields = dict(_flatten(error.messages))
    listed = "; ".join(f"{path}: {text}" for path, text in sorted(fields.items()))
    return InvalidInput(f"the request is not valid: {listed}", fields=fields)


def _flatten(messages: Any, path: str = "") -> FieldErrors:
    """Problems by dotted path from marshmallow's nested ones."""
    if isinstance(messages, dict):
        flat: FieldErrors = {}
        for key, inner in messages.items():
            flat |= _flatten(inner, f"{path}.{key}" if path else str(key))
        return flat
    texts = messages if isinstance(messages, list) else [messages]
    return {path: " ".join(str(text) for text in texts)}


def _write(operation: Operation, context: Context, result: Any) -> _Answer:
    """Content and headers of the answer to what the handler gave; inside its unit of work."""
    if isinstance(result, Reply):
        return result.content, result.headers
    if result is None and operation.may_be_brief:
        return None, {"Preference-Applied": "return=minimal"}
    writer = context.writer(_chosen_view(operation, operation.out))
    dump = functools.partial(writer.dump, many=True)
    if operation.is_paginated:
        page = paginate(result, dump, writer.sortable, context.limits.page_size)
        return page.content, page.headers
    if operation.is_list:
        return whole(result, dump, writer.sortable), {}
    return writer.dump(result, many=False), {}


def _chosen_view(operation: Operation, plain: View) -> View:
    return next((operation.including[name] for name in _asked(operation)), plain)


def _asked(operation: Operation) -> list[str]:
    asked = request.args.getlist("include")
    return [name for name in operation.including if name in asked]


def _respond(operation: Operation, answer: _Answer) -> Response:
    content, headers = answer
    if content is None:
        return Response(status=HTTPStatus.NO_CONTENT, headers=dict(headers))
    written = content if isinstance(content, JsonPieces) else write(content)
    sent = iter(written) if written.is_large else bytes(written)
    response = Response(sent, operation.status, content_type="application/json")
    response.content_length = len(written)
    response.headers.extend(headers)
    return response
