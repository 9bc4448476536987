"""Tasks on the wire."""

from marshmallow import fields, validate

from vantage6.server.schema.base import Body, Embedded, Filter
from vantage6.server.schema.fields import Id, LinkList, LongText, Payload, Text
from vantage6.server.schema.result import RunView, TaskOfResultView
from vantage6.server.service.task import TaskBody, TaskOrganization, TaskQuery


class TaskView(TaskOfResultView):
    results = LinkList("result", "results")


class TaskWithResultsView(TaskOfResultView):
    results = Embedded(RunView, many=True)


class Recipient(Body):
    target = TaskOrganization

    id = Id(required=True)
    input = Payload()


class TaskCreate(Body):
    target = TaskBody

    name = Text()
    description = LongText()
    image = Text(required=True, validate=validate.Length(min=1))
    database = Text()
    collaboration_id = Id(required=True)
    organizations = fields.List(
        fields.Nested(Recipient), required=True, validate=validate.Length(min=1)
    )


class TaskFilter(Filter):
    target = TaskQuery

    name = Text()
    description = Text()
    image = Text()
    database = Text()
    status = Text()
    initiator_id = Id()
    init_user_id = Id()
    collaboration_id = Id()
    parent_id = Id()
    run_id = Id()
    result_id = Id()
