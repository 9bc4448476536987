"""Bodies that only name one object: whom to add, what to stop."""

from dataclasses import dataclass

from vantage6.server.schema.base import Body
from vantage6.server.schema.fields import Id


@dataclass(frozen=True, slots=True)
class ReferenceBody:
    """The object that is meant."""

    id: int


class Reference(Body):
    target = ReferenceBody

    id = Id(required=True)
