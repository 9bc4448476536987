"""Users on the wire; never with a secret."""

from marshmallow import fields

from vantage6.server.schema.base import Filter, View
from vantage6.server.schema.fields import Id, Link, LinkList, Moment, Text
from vantage6.server.service.user import UserQuery


class UserView(View):
    sortable = ("id", "username", "firstname", "lastname", "email", "last_seen")

    id = fields.Integer()
    username = fields.String()
    firstname = fields.String()
    lastname = fields.String()
    email = fields.String()
    type = fields.Constant("user")
    status = fields.String()
    ip = fields.Constant(None)
    last_seen = Moment()
    organization = Link("organization", "organization_id")
    roles = LinkList("role", "role_ids")
    rules = LinkList("rule", "rule_ids")
    # Tasks never end; who wants them asks for them page by page.
    created_tasks = fields.Constant[list[int]]([])


class UserFilter(Filter):
    target = UserQuery

    username = Text()
    firstname = Text()
    lastname = Text()
    email = Text()
    organization_id = Id()
    role_id = Id()
    rule_id = Id()
    last_seen_from = Moment()
    last_seen_till = Moment()
