"""Collaborations on the wire."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Filter, View
from vantage6.server.schema.fields import Flag, Id, LinkList, Text
from vantage6.server.service.collaboration import (
    CollaborationBody,
    CollaborationQuery,
    MemberBody,
)


class CollaborationView(View):
    sortable = ("id", "name")

    id = fields.Integer()
    name = fields.String()
    encrypted = fields.Boolean()
    organizations = LinkList("organization", "organization_ids")
    nodes = LinkList("node", "node_ids")
    # Tasks never end; who wants them asks for them page by page.
    tasks = fields.Constant(None)


class CollaborationChange(Body):
    target = CollaborationBody

    name = Text(validate=validate.Length(min=1))
    organization_ids = fields.List(Id())
    encrypted = Flag()


class CollaborationCreate(CollaborationChange):
    name = Text(required=True, validate=validate.Length(min=1))
    organization_ids = fields.List(Id(), required=True, validate=validate.Length(min=1))


class CollaborationFilter(Filter):
    target = CollaborationQuery

    name = Text()
    encrypted = Flag()
    organization_id = Id()


class Member(Body):
    target = MemberBody

    id = Id(required=True)
