"""Who may read what a run was given and what came out of it.

Every organization of a collaboration sees which runs there are, and how far they are. Input,
result and log are for those who asked and for the one who answers: the organization that made the
task, the organization at the beginning of its tree of tasks, and the organization that runs it. In
3.x they were for everybody in the collaboration. Whoever holds the global rule reads all of them.
"""

from sqlalchemy import ColumnElement, exists, or_, true
from sqlalchemy.orm import aliased

from vantage6.server.model import Result, Task
from vantage6.server.permission.principal import Principal
from vantage6.server.permission.rules import Op, Scope


def readable(actor: Principal) -> ColumnElement[bool]:
    """Whether the actor may read the payload of a row of `Result`."""
    if Scope.GLOBAL in actor.scopes("result", Op.VIEW):
        return true()
    own, asked = aliased(Task), aliased(Task)
    by_actor = exists().where(
        own.id == Result.task_id,
        asked.run_id == own.run_id,
        asked.initiator_id == actor.organization_id,
        or_(asked.id == own.id, asked.parent_id.is_(None)),
    )
    return or_(Result.organization_id == actor.organization_id, by_actor)
