"""The API description (OpenAPI 3), derived from the routes and the operations declared on them.

Nothing is written twice: paths come from the URL map, parameters and bodies from the schemas,
permissions from the permission table, texts from the docstrings of the handlers.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from marshmallow import Schema, fields

from vantage6.common import errors
from vantage6.server.api.declaration import Access, Operation
from vantage6.server.api.pagination import DEFAULT_SIZE
from vantage6.server.permission.policy import INHERENT
from vantage6.server.permission.rules import RULES

Json = dict[str, Any]
_VARIABLE = re.compile(r"<(?:\w+:)?(\w+)>")
_TYPES: dict[type[fields.Field[Any]], Json] = {
    fields.Integer: {"type": "integer"},
    fields.Boolean: {"type": "boolean"},
    fields.Float: {"type": "number"},
}


def describe(app: Flask, version: str) -> Json:
    """The description of every operation that `app` serves."""
    schemas = _Schemas()
    paths: dict[str, Json] = {}
    for path, verb, handler in handlers(app):
        operation: Operation = handler.operation  # type: ignore[attr-defined]  # see handlers
        entry = _describe_operation(handler, operation, schemas)
        entry["parameters"] = _path_parameters(path) + entry["parameters"]
        paths.setdefault(_VARIABLE.sub(r"{\1}", path), {})[verb] = entry
    return {
        "openapi": "3.0.0",
        "info": {
            "title": "vantage6",
            "version": version,
            "description": "Privacy-preserving federated analysis",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.found | {"Link": _LINK, "Error": _ERROR},
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


def permissions(operation: Operation) -> list[str]:
    """Who may call an operation, one sentence each."""
    if operation.rule is Access.ANYONE:
        return ["Anyone, without logging in."]
    callers = ", ".join(sorted(kind.value for kind in operation.callers))
    if operation.rule is Access.SIGNED_IN:
        return [f"Whoever is logged in as: {callers}."]
    name, op = operation.rule
    lines = [
        f"`{rule.name}:{rule.scope.value}:{rule.op.value}` {rule.text}."
        for rule in RULES
        if (rule.name, rule.op) == (name, op)
    ]
    inherent = [
        kind.value
        for kind, about, what in INHERENT
        if (about, what) == (name, op) and kind in operation.callers
    ]
    if inherent:
        lines.append(f"Always, for what is its own: {', '.join(inherent)}.")
    return [f"Callers: {callers}.", *lines]


def _describe_operation(
    handler: Callable[..., Any], operation: Operation, schemas: "_Schemas"
) -> Json:
    summary, _, description = inspect.cleandoc(handler.__doc__ or "").partition("\n\n")
    rights = "\n".join(f"- {line}" for line in permissions(operation))
    entry: Json = {
        "summary": summary,
        "description": f"{description}\n\n**Permissions**\n\n{rights}".strip(),
        "tags": [handler.__module__.rpartition(".")[2]],
        "parameters": _query_parameters(operation, schemas),
        "responses": _responses(operation, schemas),
    }
    if operation.rule is not Access.ANYONE:
        entry["security"] = [{"bearer": []}]
    if operation.body is not None:
        content = {"schema": schemas.of(operation.body)}
        entry["requestBody"] = {"required": True, "content": {"application/json": content}}
    return entry


def _path_parameters(path: str) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
        for name in _VARIABLE.findall(path)
    ]


def _query_parameters(operation: Operation, schemas: "_Schemas") -> list[Json]:
    found: list[tuple[str, Json]] = []
    if operation.query is not None:
        found += schemas.properties(operation.query).items()
    choices = [*operation.including, *(["metadata"] if operation.is_paginated else [])]
    if choices:
        found.append(("include", {"type": "array", "items": {"type": "string", "enum": choices}}))
    if operation.is_paginated:
        found += [
            ("page", {"type": "integer", "minimum": 1}),
            ("per_page", {"type": "integer", "minimum": 1, "default": DEFAULT_SIZE}),
            ("sort", {"type": "string"}),
        ]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in found]


def _responses(operation: Operation, schemas: "_Schemas") -> Json:
    success: Json = {"type": "object"}
    if operation.out is not None:
        success = schemas.of(operation.out)
        if operation.is_list or operation.is_paginated:
            success = {"type": "array", "items": success}
    failures: list[type[errors.WireError]] = [errors.InternalError]
    if operation.body is not None or operation.query is not None or operation.is_paginated:
        failures.append(errors.InvalidInput)
    if operation.body is not None:
        failures += [errors.PayloadTooLarge, operation.media_error]
    if operation.rule is not Access.ANYONE:
        failures += [errors.NotAuthenticated, errors.InvalidToken]
    answers = {str(operation.status): _answer("Success", success)}
    for failure in failures:
        text = (failure.__doc__ or "").partition("\n")[0]
        answers[str(failure.status)] = _answer(text, {"$ref": "#/components/schemas/Error"})
    return answers


def _answer(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


class _Schemas:
    """JSON schemas of marshmallow's, each found once."""

    def __init__(self) -> None:
        self.found: dict[str, Json] = {}

    def of(self, schema: Any) -> Json:
        """Reference to the schema of a class."""
        name = schema.__name__
        if name not in self.found:
            self.found[name] = {}
            self.found[name] = self._object(schema)
        return {"$ref": f"#/components/schemas/{name}"}

    def properties(self, schema: Any) -> dict[str, Json]:
        """JSON schema per field of a class."""
        declared: dict[str, fields.Field[Any]] = schema._declared_fields
        return {field.data_key or name: self._field(field) for name, field in declared.items()}

    def _object(self, schema: type[Schema]) -> Json:
        declared = schema._declared_fields
        required = [name for name, field in declared.items() if field.required]
        described: Json = {"type": "object", "properties": self.properties(schema)}
        return described | ({"required": required} if required else {})

    def _field(self, field: fields.Field[Any]) -> Json:
        if hasattr(field, "json_schema"):
            own: Json = field.json_schema()
            return own
        if hasattr(field, "view"):
            return self._many(self.of(field.view), field.many)  # type: ignore[attr-defined]  # Embedded
        if isinstance(field, fields.Nested):
            return self.of(field.nested)
        if isinstance(field, fields.List):
            return {"type": "array", "items": self._field(field.inner)}
        if isinstance(field, fields.Enum):
            by = "value" if field.by_value else "name"
            return {"type": "string", "enum": [getattr(member, by) for member in field.enum]}
        if isinstance(field, fields.Constant):
            return {"enum": [field.constant], "nullable": field.constant is None}
        return next(
            (dict(kind) for cls, kind in _TYPES.items() if isinstance(field, cls)),
            {"type": "string"},
        )

    @staticmethod
    def _many(schema: Json, many: bool) -> Json:
        return {"type": "array", "items": schema} if many else schema


_LINK: Json = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "link": {"type": "string"},
        "methods": {"type": "array", "items": {"type": "string"}},
    },
}
_ERROR: Json = {
    "type": "object",
    "required": ["msg"],
    "properties": {
        "msg": {"type": "string", "description": "What went wrong and what to do"},
        "code": {"type": "string", "enum": sorted(errors.CATALOGUE)},
        "fields": {"type": "object", "description": "Problem per field of the request"},
    },
}
