"""Ports of runs, and their addresses in the VPN, on the wire."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Filter, View
from vantage6.server.schema.fields import Flag, Id, Text
from vantage6.server.service.port import AddressQuery, PortBody, PortQuery, RunOfPorts

_MAX_PORT = 65535


class PortView(View):
    sortable = ("id", "port", "label")

    id = fields.Integer()
    port = fields.Integer()
    label = fields.String(allow_none=True)
    result = fields.Integer(attribute="result_id")


class PortCreate(Body):
    target = PortBody

    port = fields.Integer(
        required=True, validate=validate.Range(1, _MAX_PORT, error="must be a port number")
    )
    result_id = Id(required=True)
    label = Text()


class PortFilter(Filter):
    target = PortQuery

    result_id = Id()
    task_id = Id()
    run_id = Id()


class RunFilter(Filter):
    target = RunOfPorts

    result_id = Id(required=True)


class AddressFilter(Filter):
    target = AddressQuery

    only_children = Flag()
    only_parent = Flag()
    include_children = Flag()
    include_parent = Flag()
    label = Text()
