"""Rules on the wire; operations and scopes in capitals, as in 3.x."""

from marshmallow import fields

from vantage6.server.permission.rules import Op, Scope
from vantage6.server.schema.base import Filter, View
from vantage6.server.schema.fields import Id, LinkList, Text
from vantage6.server.service.rule import RuleQuery


class RuleView(View):
    sortable = ("id", "name", "operation", "scope")

    id = fields.Integer()
    name = fields.String()
    description = fields.String(allow_none=True)
    operation = fields.Enum(Op)
    scope = fields.Enum(Scope)
    users = LinkList("user", "user_ids")


class RuleFilter(Filter):
    target = RuleQuery

    name = Text()
    operation = fields.Enum(Op)
    scope = fields.Enum(Scope)
    role_id = Id()
