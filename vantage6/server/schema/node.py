"""Nodes on the wire."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Embedded, Filter, View
from vantage6.server.schema.fields import Flag, Id, Link, Moment, Text
from vantage6.server.service.node import NodeBody, NodeQuery


class ConfigView(View):
    key = fields.String()
    value = fields.String()


class NodeView(View):
    sortable = ("id", "name", "last_seen")

    id = fields.Integer()
    name = fields.String()
    type = fields.Constant("node")
    status = fields.String(allow_none=True)
    ip = fields.String(allow_none=True)
    last_seen = Moment(allow_none=True)
    organization = Link("organization", "organization_id")
    collaboration = Link("collaboration", "collaboration_id")
    config = Embedded(ConfigView, many=True)


class NodeCreatedView(NodeView):
    # The only time that the key is readable: the database keeps its hash.
    api_key = fields.String(attribute="clear_api_key")


class NodeSimpleView(View):
    sortable = ("id", "name", "last_seen")

    id = fields.Integer()
    name = fields.String()
    status = fields.String(allow_none=True)
    ip = fields.String(allow_none=True)
    last_seen = Moment(allow_none=True)
    organization = Link("organization", "organization_id")
    config = fields.List(fields.Integer(), attribute="config_ids")


class NodeInResultView(View):
    id = fields.Integer()
    name = fields.String()
    status = fields.String(allow_none=True)
    ip = fields.String(allow_none=True)
    config = fields.List(fields.Integer(), attribute="config_ids")


class NodeCreate(Body):
    target = NodeBody

    name = Text(validate=validate.Length(min=1))
    organization_id = Id()
    collaboration_id = Id(required=True)


class NodeChange(Body):
    target = NodeBody

    name = Text(validate=validate.Length(min=1))
    organization_id = Id()
    collaboration_id = Id()
    ip = Text()
    clear_ip = Flag()


class NodeFilter(Filter):
    target = NodeQuery

    name = Text()
    organization_id = Id()
    collaboration_id = Id()
    status = Text()
    ip = Text()
    last_seen_from = Moment()
    last_seen_till = Moment()
