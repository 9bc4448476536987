"""What comes in and what goes out, in general.

view
    Writes an object of the domain as the JSON object of rest.md section 1.6.
body, filter
    Read the body or the query of a request into the frozen dataclass that a service declared. All
    problems are told at once; keys that nobody declared are ignored, because published clients
    send some.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, fields, post_load, pre_load

from vantage6.server.schema.links import Links

Json = dict[str, Any]


class View(Schema):
    """Writes one kind of object.

    Parameters
    ----------
    links
        Makes the references to other objects.
    """

    sortable: ClassVar[tuple[str, ...]] = ("id",)
    """Fields by which a list of these can be sorted; columns of the same name."""

    def __init__(self, links: Links) -> None:
        self.links = links
        super().__init__()
        self._columns = [
            (
                field.data_key or name,
                None if isinstance(field, fields.Constant) else field.attribute or name,
                field._serialize,
            )
            for name, field in self.dump_fields.items()
        ]

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """Write an object or a list of them.

        Notes
        -----
        Marshmallow's own method looks for keys, defaults and errors in every field. Views have
        none of them, and the search is half of the time that a long list takes.
        """
        return [self._write(row) for row in obj] if many else self._write(obj)

    def _write(self, row: Any) -> Json:
        return {
            name: serialize(None if attribute is None else getattr(row, attribute), attribute, row)
            for name, attribute, serialize in self._columns
        }


class Embedded(fields.Field[Any]):
    """An object, or a list of them, written in full by another view.

    Parameters
    ----------
    view
        How it is written.
    many
        Whether the attribute holds a list.
    absent
        What is written instead of None.
    """

    def __init__(
        self, view: type[View], *, many: bool = False, absent: Any = None, **options: Any
    ) -> None:
        super().__init__(dump_only=True, **options)
        self.view, self.many, self.absent = view, many, absent
        self._writer: View | None = None

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self._writer = self.view(parent.links)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> Any:
        if value is None:
            return self.absent
        assert self._writer is not None
        return self._writer.dump(value, many=self.many)


class Body(Schema):
    """Reads the body of a request.

    Notes
    -----
    ``null`` means "not supplied": published clients send it for every argument that was left out.
    """

    class Meta:
        """Settings of marshmallow."""

        unknown = EXCLUDE

    target: ClassVar[type[Any]]
    """Dataclass of the service; its field names are those of the schema."""

    @pre_load
    def drop_nulls(self, data: Any, **_: Any) -> Any:
        """Leave out what is not supplied."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if value is not None}

    @post_load
    def build(self, data: Json, **_: Any) -> Any:
        """The dataclass; what is not supplied has its default."""
        lists = {key: tuple(value) for key, value in data.items() if isinstance(value, list)}
        return self.target(**data | lists)


class Filter(Body):
    """Reads the query of a request, given as the list of values of each parameter.

    Notes
    -----
    Of a repeated parameter the first value counts, as in 3.x, unless the field is a list. An empty
    value is not supplied.
    """

    @pre_load
    def drop_nulls(self, data: Mapping[str, list[str]], **_: Any) -> Any:
        """Choose the values that count."""
        chosen: Json = {}
        for name, field in self.load_fields.items():
            values = [value for value in data.get(field.data_key or name, []) if value != ""]
            if values:
                chosen[field.data_key or name] = (
                    values if isinstance(field, fields.List) else values[0]
                )
        return chosen
