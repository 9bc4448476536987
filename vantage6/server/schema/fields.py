"""Field kinds of the 3.x wire, both ways.

In: ids, texts and times that the database can hold, so that nothing a client sends fails later
than here. Out: links to other objects, and times in UTC.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, ClassVar

from marshmallow import ValidationError, fields, validate

from vantage6.common.encoding import base64s_to_bytes
from vantage6.server.schema.links import Links

MAX_ID = 2**31 - 1
"""Largest id that PostgreSQL's integer column holds."""

_TIME = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<clock>\d{2}:\d{2})(?::(?P<second>\d{2}))?(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?:(?P<utc>[Zz])|(?P<zone>[+-]\d{2}:?\d{2}))?",
    re.ASCII,
)

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
"""PostgreSQL refuses NUL, and JSON can smuggle in halves of surrogate pairs."""


class Id(fields.Integer):
    """Id of a row, as a number or its digits; a boolean is none.

    Notes
    -----
    Query strings and some published clients send digits.
    """

    default_error_messages = {"invalid": "must be an id, such as 1"}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            validate=validate.Range(1, MAX_ID, error="there is no such id"), **options
        )

    def _validated(self, value: Any) -> int:
        if isinstance(value, str) and not (value.isascii() and value.strip().isdigit()):
            raise self.make_error("invalid")
        if isinstance(value, float) and not value.is_integer():
            raise self.make_error("invalid")
        return super()._validated(value)

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        return {"type": "integer", "minimum": 1, "maximum": MAX_ID}


class Text(fields.String):
    """Text without the characters that a database or UTF-8 cannot hold."""

    default_error_messages = {
        "invalid": "must be a text",
        "characters": "contains characters that cannot be stored",
        "long": "is too long",
    }
    longest: ClassVar[int | None] = 512
    """Most characters; an index of PostgreSQL has no room for more than 2704 bytes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        if _is_unstorable(text):
            raise self.make_error("characters")
        if self.longest is not None and len(text) > self.longest:
            raise self.make_error("long")
        return text

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        bound = {} if self.longest is None else {"maxLength": self.longest}
        return {"type": "string", **bound}


def _is_unstorable(text: str) -> bool:
    # A payload is ASCII and can have hundreds of megabytes, which the expression reads slowly.
    return "\0" in text if text.isascii() else _UNSTORABLE.search(text) is not None


class LongText(Text):
    """Text of some pages, in a column without an index."""

    longest = 16_384


class LooseText(Text):
    """Text from a program that knows no better; characters that cannot be stored are replaced."""

    longest = None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if isinstance(value, str):
            value = _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
        return super()._deserialize(value, attr, data, **options)


class Base64(Text):
    """Base64 text, kept as text."""

    longest = 16_384

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text = super()._deserialize(value, attr, data, **options)
        try:
            base64s_to_bytes(text)
        except ValueError as error:
            raise ValidationError("must be base64 text") from error
        return text


class Payload(Text):
    """An input or result: a text that the server does not look into.

    A JSON object is kept as its JSON text, as in 3.x.
    """

    default_error_messages = {"deep": "is nested too deeply"}
    longest = None

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if isinstance(value, dict):
            try:
                return json.dumps(value)
            except RecursionError as error:
                raise self.make_error("deep") from error
        return super()._deserialize(value, attr, data, **options)

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        return {"anyOf": [{"type": "string"}, {"type": "object"}]}


class Digits(Text):
    """A one-time code: published clients send it as a number or as a text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value).zfill(6)
        return super()._deserialize(value, attr, data, **options)

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        return {"anyOf": [{"type": "string", "maxLength": self.longest}, {"type": "integer"}]}


class Flag(fields.Boolean):
    """A truth value; ``0``, ``1``, ``True`` and ``False`` are understood as well."""

    default_error_messages = {"invalid": "must be true or false"}


class Moment(fields.Field[datetime]):
    """A time in UTC.

    Out: ISO 8601 with ``+00:00``. In: any ISO form, with or without fraction and zone, or a day;
    what has no zone is taken for UTC.
    """

    default_error_messages = {"invalid": "must be a time, such as 2026-01-31T12:00:00+00:00"}

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            value = value.replace(tzinfo=timezone.utc)
        return str(value.astimezone(timezone.utc).isoformat())

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> datetime:
        found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise self.make_error("invalid")
        try:
            return datetime.fromisoformat(_normal(found)).astimezone(timezone.utc)
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        return {"type": "string", "format": "date-time"}


def _normal(found: "re.Match[str]") -> str:
    """The one ISO form that every supported Python reads."""
    zone = found["zone"] or "+00:00"
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    fraction = (found["fraction"] or "0")[:6].ljust(6, "0")
    return f"{found['day']}T{found['clock'] or '00:00'}:{found['second'] or '00'}.{fraction}{zone}"


class Link(fields.Field[Mapping[str, Any]]):
    """Reference to the object whose id the attribute holds; None when it holds none.

    Parameters
    ----------
    noun
        What it refers to, such as ``organization``.
    attribute
        Attribute with the id.
    """

    def __init__(self, noun: str, attribute: str) -> None:
        super().__init__(attribute=attribute, dump_only=True)
        self.noun = noun

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return None if value is None else links_of(self).to(self.noun, value)

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        return {"$ref": "#/components/schemas/OptionalLink"}


class LinkList(fields.Field[list[Mapping[str, Any]]]):
    """References to the objects that the attribute holds; None instead of an empty list.

    Parameters
    ----------
    noun
        What they refer to.
    attribute
        Attribute with their ids, or with the rows themselves.
    """

    def __init__(self, noun: str, attribute: str) -> None:
        super().__init__(attribute=attribute, dump_only=True)
        self.noun = noun

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        links = links_of(self)
        ids = (getattr(item, "id", item) for item in value or ())
        return [links.to(self.noun, id_) for id_ in ids] or None

    def json_schema(self) -> dict[str, Any]:
        """How the field reads in the API description."""
        items = {"$ref": "#/components/schemas/Link"}
        return {"type": "array", "items": items, "nullable": True}


def links_of(field: fields.Field[Any]) -> Links:
    """The links of the view that a field belongs to."""
    links: Links = field.root.links  # type: ignore[union-attr]  # a bound field of a View
    return links
