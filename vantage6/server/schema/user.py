"""Users on the wire; never with a secret."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Filter, View
from vantage6.server.schema.fields import Id, Link, LinkList, Moment, Text
from vantage6.server.service.user import UserBody, UserQuery

# Each id is a variable of an SQL statement, of which databases take so many.
_MANY = validate.Length(max=1000)


class UserView(View):
    sortable = ("id", "username", "firstname", "lastname", "email", "last_seen")

    id = fields.Integer()
    username = fields.String()
    firstname = fields.String(allow_none=True)
    lastname = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    type = fields.Constant("user")
    status = fields.String(allow_none=True)
    ip = fields.Constant(None)
    last_seen = Moment(allow_none=True)
    organization = Link("organization", "organization_id")
    roles = LinkList("role", "role_ids")
    rules = LinkList("rule", "rule_ids")
    # Tasks never end; who wants them asks for them page by page.
    created_tasks = fields.Constant[list[int]]([])


class UserChange(Body):
    target = UserBody

    username = Text()
    firstname = Text()
    lastname = Text()
    email = Text()
    password = Text()
    roles = fields.List(Id(), validate=_MANY)
    rules = fields.List(Id(), validate=_MANY)


class UserCreate(UserChange):
    username = Text(required=True)
    firstname = Text(required=True)
    lastname = Text(required=True)
    email = Text(required=True)
    password = Text(required=True)
    organization_id = Id()


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
