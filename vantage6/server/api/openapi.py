"""The API description (OpenAPI 3), derived from the routes and the operations declared on them.

Nothing is written twice: paths come from the URL map, parameters, bodies and answers from the
schemas, permissions from the permission table, texts from the docstrings of the handlers. Which
errors an operation can answer follows from what it takes (`_failures`); an operation names only
those that do not.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask

from vantage6.common import errors
from vantage6.server.api.declaration import Access, Operation
from vantage6.server.api.json_schema import Json, Schemas
from vantage6.server.api.pagination import DEFAULT_SIZE, MAX_PAGE
from vantage6.server.api.routing import MAX_ID
from vantage6.server.permission.policy import INHERENT
from vantage6.server.permission.rules import RULES, Rule

_VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")


def describe(app: Flask, version: str) -> Json:
    """The description of every operation that `app` serves."""
    schemas = Schemas()
    paths: dict[str, Json] = {}
    for path, verb, handler in handlers(app):
        operation: Operation = handler.operation  # type: ignore[attr-defined]  # see handlers
        entry = _describe_operation(path, verb, handler, operation, schemas)
        paths.setdefault(template(path), {})[verb] = entry
    return {
        "openapi": "3.0.0",
        "info": {
            "title": "vantage6",
            "version": version,
            "description": "Privacy-preserving federated analysis",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.found | _COMMON,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def handlers(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Every declared handler with its rule in the URL map and its verb in small letters."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        resource = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for verb in sorted(getattr(resource, "methods", None) or ()):
            handler = getattr(resource, verb.lower())
            if hasattr(handler, "operation"):
                yield rule.rule, verb.lower(), handler


def template(rule: str) -> str:
    """A rule of the URL map as the description writes it."""
    return _VARIABLE.sub(r"{\2}", rule)


def permissions(operation: Operation) -> list[str]:
    """Who may call an operation, one sentence each."""
    if operation.rule is Access.ANYONE:
        return ["Anyone, without logging in."]
    callers = ", ".join(sorted(kind.value for kind in operation.callers))
    if operation.rule is Access.SIGNED_IN:
        return [f"Whoever is logged in as: {callers}."]
    lines = [f"`{_key(rule)}` {rule.text}." for rule in _rules(operation)]
    inherent = [
        kind.value
        for kind, about, what in INHERENT
        if (about, what) == operation.rule and kind in operation.callers
    ]
    if inherent:
        lines.append(f"Always, for what is its own: {', '.join(inherent)}.")
    return [f"Callers: {callers}.", *lines]


def _rules(operation: Operation) -> list[Rule]:
    return [rule for rule in RULES if (rule.name, rule.op) == operation.rule]


def _key(rule: Rule) -> str:
    return f"{rule.name}:{rule.scope.value}:{rule.op.value}"


def _describe_operation(
    path: str, verb: str, handler: Callable[..., Any], operation: Operation, schemas: Schemas
) -> Json:
    summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")
    rights = "\n".join(f"- {line}" for line in permissions(operation))
    entry: Json = {
        "operationId": f"{handler.__module__.rpartition('.')[2]}_{handler.__qualname__}",
        "summary": summary,
        "description": f"{description}\n\n**Permissions**\n\n{rights}".strip(),
        "x-permissions": [_key(rule) for rule in _rules(operation)],
        "tags": [handler.__module__.rpartition(".")[2]],
        "parameters": _path_parameters(path) + _query_parameters(operation, schemas),
        "responses": _responses(path, verb, operation, schemas),
    }
    if operation.rule is not Access.ANYONE:
        entry["security"] = [{"bearer": []}]
    if operation.body is not None:
        content = {"schema": schemas.of(operation.body)}
        entry["requestBody"] = {"required": True, "content": {"application/json": content}}
    return entry


def _path_parameters(path: str) -> list[Json]:
    schema = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for _, name in _VARIABLE.findall(path)
    ]


def _query_parameters(operation: Operation, schemas: Schemas) -> list[Json]:
    found = [] if operation.query is None else schemas.parameters(operation.query)
    extra: dict[str, Json] = {}
    choices = [*operation.including, *(["metadata"] if operation.is_paginated else [])]
    if choices:
        extra["include"] = {"type": "array", "items": {"type": "string", "enum": choices}}
    if operation.is_paginated:
        extra["page"] = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}
        extra["per_page"] = extra["page"] | {"default": DEFAULT_SIZE}
    if operation.is_paginated or operation.is_list:
        extra["sort"] = {"type": "string", "enum": _orders(operation)}
    return found + [
        {"name": name, "in": "query", "schema": schema} for name, schema in extra.items()
    ]


def _orders(operation: Operation) -> list[str]:
    view: Any = operation.out
    return [f"{sign}{name}" for name in view.sortable for sign in ("", "-")]


# --- answers ----------------------------------------------------------------------------------


def _responses(path: str, verb: str, operation: Operation, schemas: Schemas) -> Json:
    success = _answer("Success", _success(operation, schemas))
    headers = {name: _header(text) for name, text in operation.headers.items()}
    if operation.is_paginated:
        headers |= _PAGE_HEADERS
    if headers:
        success["headers"] = headers
    answers = {str(operation.status): success}
    if operation.may_be_brief:
        applied = {"Preference-Applied": _header("That the preference was followed")}
        answers["204"] = {
            "description": "Success, for a request with `Prefer: return=minimal`",
            "headers": applied,
        }
    for status, text in sorted(_failures(path, verb, operation).items()):
        answers[str(status)] = _answer(text, {"$ref": "#/components/schemas/Error"})
    if operation.door is not None:
        answers[str(errors.TooManyRequests.status)]["headers"] = _WAITING_HEADERS
    return answers


def _success(operation: Operation, schemas: Schemas) -> Json:
    views: list[Any] = [operation.out, *operation.including.values(), *operation.also]
    forms = [schemas.of(view) for view in views]
    if operation.is_list or operation.is_paginated:
        forms = [{"type": "array", "items": form} for form in forms]
    if operation.is_paginated:
        forms += [_with_metadata(form) for form in forms]
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _with_metadata(rows: Json) -> Json:
    return {
        "type": "object",
        "required": ["data", "links"],
        "additionalProperties": False,
        "properties": {"data": rows, "links": {"$ref": "#/components/schemas/PageLinks"}},
    }


def _failures(path: str, verb: str, operation: Operation) -> dict[int, str]:
    """Statuses of the errors that can be answered, each with its meaning.

    What is named in a path, query or body may not be there; what is asked for may make no sense;
    whoever has to log in may have failed to; and the server can break, or lose its database.
    """
    found: list[type[errors.WireError]] = [*operation.failures, errors.InternalError]
    found.append(errors.Unavailable)
    takes = operation.body is not None or operation.query is not None
    if takes or operation.is_list or operation.is_paginated or verb != "get":
        found.append(errors.InvalidInput)
    if operation.door is not None:
        found.append(errors.TooManyRequests)
    if operation.body is not None:
        found += [errors.PayloadTooLarge, operation.media_error]
    if operation.door is not None:
        found.append(errors.TooManyRequests)
    if operation.rule is not Access.ANYONE:
        found += [errors.NotAuthenticated, errors.InvalidToken]
        if takes or _VARIABLE.search(path):
            found.append(errors.NotFound)
    return {error.status: (error.__doc__ or "").partition("\n")[0] for error in reversed(found)}


def _header(text: str, *, required: bool = False) -> Json:
    return {"description": text, "required": required, "schema": {"type": "string"}}


def _answer(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


_PAGE_HEADERS = {
    "total-count": _header("Number of rows on all pages", required=True),
    "Link": _header("Addresses of the pages around this one", required=True),
}
_WAITING_HEADERS = {"Retry-After": _header("Seconds to wait", required=True)}
_LINK: Json = {
    "type": "object",
    "required": ["id", "link", "methods"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer"},
        "link": {"type": "string", "description": "Path, without host"},
        "methods": {"type": "array", "items": {"type": "string"}},
    },
}
_COMMON: Json = {
    "Link": _LINK,
    "OptionalLink": _LINK | {"nullable": True},
    "PageLinks": {
        "type": "object",
        "required": ["first", "self"],
        "additionalProperties": False,
        "properties": {
            name: {"type": "string"} for name in ("first", "previous", "self", "next", "last")
        },
    },
    "Error": {
        "type": "object",
        "required": ["msg", "code"],
        "additionalProperties": False,
        "properties": {
            "msg": {"type": "string", "description": "What went wrong and what to do"},
            "code": {"type": "string", "enum": sorted(errors.CATALOGUE)},
            "fields": {
                "type": "object",
                "description": "Problem per field of the request",
                "additionalProperties": {"type": "string"},
            },
        },
    },
}
"""Schemas that belong to no single noun."""
