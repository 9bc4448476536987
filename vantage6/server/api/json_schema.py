"""JSON schemas (as OpenAPI 3.0 writes them) of what marshmallow reads and writes.

A *view* is told apart from a *body* by what it has: views are sortable, bodies have a target. What
a view writes is described exactly: all keys, no others, and null only where it is declared
(``allow_none``). In a body every key that is not required may be null, which means "not supplied".
"""

from typing import Any

from marshmallow import Schema, fields, validate

Json = dict[str, Any]
Field = fields.Field[Any]

_TYPES: dict[type[Field], Json] = {
    fields.Integer: {"type": "integer"},
    fields.Boolean: {"type": "boolean"},
    fields.Float: {"type": "number"},
}
_NULL: Json = {"nullable": True, "enum": [None]}


class Schemas:
    """Finds the schema of each class once, and remembers it under the name of the class."""

    def __init__(self) -> None:
        self.found: dict[str, Json] = {}

    def of(self, schema: Any) -> Json:
        """Reference to the schema of a class."""
        name = schema.__name__
        if name not in self.found:
            self.found[name] = {}
            self.found[name] = self._object(schema)
        return {"$ref": f"#/components/schemas/{name}"}

    def parameters(self, schema: Any) -> list[Json]:
        """Parameters of a query, one for each field."""
        return [
            {
                "name": field.data_key or name,
                "in": "query",
                "required": field.required,
                "schema": self._field(field),
            }
            for name, field in _fields(schema).items()
        ]

    def _object(self, schema: type[Schema]) -> Json:
        declared = {field.data_key or name: field for name, field in _fields(schema).items()}
        if hasattr(schema, "sortable"):
            properties = {
                name: _nullable(self._field(field)) if field.allow_none else self._field(field)
                for name, field in declared.items()
            }
            described: Json = {"type": "object", "additionalProperties": False}
            required = list(declared)
        else:
            properties = {
                name: self._field(field) if field.required else _nullable(self._field(field))
                for name, field in declared.items()
            }
            described = {"type": "object"}
            required = [name for name, field in declared.items() if field.required]
        described |= {"properties": properties}
        # An empty list of required keys is not valid.
        return described | {"required": required} if required else described

    def _field(self, field: Field) -> Json:
        return self._kind(field) | _bounds(field)

    def _kind(self, field: Field) -> Json:
        if hasattr(field, "json_schema"):
            own: Json = field.json_schema()
            return own
        if hasattr(field, "view"):
            return self._embedded(field)
        if isinstance(field, fields.Nested):
            return self.of(field.nested)
        if isinstance(field, fields.List):
            return {"type": "array", "items": self._field(field.inner)}
        if isinstance(field, fields.Enum):
            by = "value" if field.by_value else "name"
            return {"type": "string", "enum": [getattr(member, by) for member in field.enum]}
        if isinstance(field, fields.Constant):
            return dict(_NULL) if field.constant is None else {"enum": [field.constant]}
        return next(
            (dict(kind) for cls, kind in _TYPES.items() if isinstance(field, cls)),
            {"type": "string"},
        )

    def _embedded(self, field: Any) -> Json:
        written = self.of(field.view)
        if field.many:
            return {"type": "array", "items": written}
        if field.absent == {}:
            return {"anyOf": [written, {"type": "object", "maxProperties": 0}]}
        return written


def _fields(schema: type[Schema]) -> dict[str, Field]:
    declared: dict[str, Field] = schema._declared_fields
    return declared


def _bounds(field: Field) -> Json:
    """What the validators of a field say about lengths and sizes."""
    is_list = isinstance(field, fields.List)
    shortest, longest = ("minItems", "maxItems") if is_list else ("minLength", "maxLength")
    bounds: Json = {}
    for validator in field.validators:
        if isinstance(validator, validate.Length):
            bounds |= {shortest: validator.min, longest: validator.max}
        elif isinstance(validator, validate.Range):
            bounds |= {"minimum": validator.min, "maximum": validator.max}
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _nullable(schema: Json) -> Json:
    """The same or null; ``nullable`` says so only beside a type that it widens."""
    if "enum" in schema:
        return schema | {"nullable": True, "enum": list(dict.fromkeys([*schema["enum"], None]))}
    if "type" in schema:
        return schema | {"nullable": True}
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], _NULL]}
    return {"anyOf": [schema, _NULL]}
