"""Organizations on the wire."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Filter, View
from vantage6.server.schema.fields import Base64, Id, LinkList, Text
from vantage6.server.service.organization import OrganizationBody, OrganizationQuery


class OrganizationView(View):
    sortable = ("id", "name", "country")

    id = fields.Integer()
    name = fields.String()
    domain = fields.String(allow_none=True)
    address1 = fields.String(allow_none=True)
    address2 = fields.String(allow_none=True)
    zipcode = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    public_key = fields.String()
    collaborations = LinkList("collaboration", "collaboration_ids")
    nodes = LinkList("node", "node_ids")
    users = LinkList("user", "user_ids")
    roles = fields.List(fields.Integer(), attribute="role_ids")
    # Results never end; who wants them asks for them page by page.
    results = fields.Constant(None)


class OrganizationChange(Body):
    target = OrganizationBody

    name = Text(validate=validate.Length(min=1))
    domain = Text()
    address1 = Text()
    address2 = Text()
    zipcode = Text()
    country = Text()
    public_key = Base64()


class OrganizationCreate(OrganizationChange):
    name = Text(required=True, validate=validate.Length(min=1))


class OrganizationFilter(Filter):
    target = OrganizationQuery

    name = Text()
    country = Text()
    collaboration_id = Id()
