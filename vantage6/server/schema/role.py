"""Roles on the wire."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Filter, View
from vantage6.server.schema.fields import Flag, Id, Link, LinkList, Text
from vantage6.server.service.role import RoleBody, RoleQuery

# Each entry is a variable or a term of an SQL statement, of which databases take so many.
_MANY = validate.Length(max=1000)
_SOME = validate.Length(max=100)


class RoleView(View):
    sortable = ("id", "name")

    id = fields.Integer()
    name = fields.String()
    description = fields.String(allow_none=True)
    organization = Link("organization", "organization_id")
    rules = LinkList("rule", "rule_ids")
    users = LinkList("user", "user_ids")


class RoleChange(Body):
    target = RoleBody

    name = Text(validate=validate.Length(min=1))
    description = Text()
    rules = fields.List(Id(), validate=_MANY)


class RoleCreate(RoleChange):
    name = Text(required=True, validate=validate.Length(min=1))
    description = Text(required=True)
    organization_id = Id()
    # Not in 3.x, where no role could be made that belongs to no organization.
    shared = Flag()


class RoleFilter(Filter):
    target = RoleQuery

    organization_id = fields.List(Id(), validate=_SOME)
    include_root = Flag()
    name = fields.List(Text(), validate=_SOME)
    description = fields.List(Text(), validate=_SOME)
    rule_id = Id()
    user_id = Id()
