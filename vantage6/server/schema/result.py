"""Results on the wire: the run of a task at one organization."""

from marshmallow import fields, validate

from vantage6.common.status import TaskStatus
from vantage6.server.schema.base import Body, Embedded, Filter, View
from vantage6.server.schema.fields import (
    MAX_ID,
    Id,
    Link,
    LinkList,
    LooseText,
    Moment,
    Payload,
    Text,
)
from vantage6.server.schema.node import NodeInResultView
from vantage6.server.service.result import ResultBody, ResultQuery


class TaskOfResultView(View):
    # A task in full, but for its results.
    sortable = ("id", "name", "image", "run_id", "created_at")

    id = fields.Integer()
    name = fields.String()
    description = fields.String()
    image = fields.String()
    database = fields.String(allow_none=True)
    run_id = fields.Integer()
    created_at = Moment()
    finished_at = Moment(allow_none=True)
    status = fields.String()
    complete = fields.Boolean()
    initiator = fields.Integer(attribute="initiator_id")
    init_user = fields.Integer(attribute="init_user_id", allow_none=True)
    collaboration = Link("collaboration", "collaboration_id")
    parent = Link("task", "parent_id")
    children = LinkList("task", "child_ids")


class PortOfResultView(View):
    id = fields.Integer()
    port = fields.Integer()
    label = fields.String(allow_none=True)


class RunView(View):
    # A result as a part of its task: organization as a plain id, no task.
    sortable = ("id", "assigned_at", "started_at", "finished_at")

    id = fields.Integer()
    input = fields.String(attribute="shown_input", allow_none=True)
    result = fields.String(attribute="shown_result", allow_none=True)
    log = fields.String(attribute="shown_log", allow_none=True)
    status = fields.Enum(TaskStatus, by_value=True)
    assigned_at = Moment()
    started_at = Moment(allow_none=True)
    finished_at = Moment(allow_none=True)
    organization = fields.Integer(attribute="organization_id")
    node = Embedded(NodeInResultView, absent={})
    ports = Embedded(PortOfResultView, many=True)


class TaskResultView(RunView):
    task = fields.Integer(attribute="task_id")


class ResultView(RunView):
    organization = Link("organization", "organization_id")  # type: ignore[assignment]  # the wire's
    task = Link("task", "task_id")


class ResultWithTaskView(ResultView):
    task = Embedded(TaskOfResultView)  # type: ignore[assignment]  # the wire's


class ResultChange(Body):
    target = ResultBody

    status = fields.Enum(TaskStatus, by_value=True)
    started_at = Moment()
    finished_at = Moment()
    result = Payload()
    log = LooseText()


class ResultFilter(Filter):
    target = ResultQuery

    task_id = Id()
    organization_id = Id()
    node_id = Id()
    port = Id()
    state = Text()
    assigned_from = Moment()
    assigned_till = Moment()
    started_from = Moment()
    started_till = Moment()
    finished_from = Moment()
    finished_till = Moment()
    longest_payload = fields.Integer(validate=validate.Range(0, MAX_ID))
