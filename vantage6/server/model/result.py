"""Results: one row per organization that runs a task; a *run* in the words of this project."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Enum as EnumColumn
from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.common.status import OPEN, TaskStatus
from vantage6.server.model.base import Base, now

if TYPE_CHECKING:
    from vantage6.server.model.node import Node
    from vantage6.server.model.organization import Organization
    from vantage6.server.model.port import Port
    from vantage6.server.model.task import Task


PAYLOAD = "payload"
"""Group of the deferred columns that can be large; read together or not at all."""


class Result(Base):
    """One organization's run of a task.

    `input`, `result` and `log` can be large: they are read only where asked for (`undefer`).
    """

    __tablename__ = "result"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    status: Mapped[TaskStatus] = mapped_column(
        EnumColumn(
            TaskStatus,
            native_enum=False,
            length=64,
            values_callable=lambda states: [state.value for state in states],
        ),
        default=TaskStatus.PENDING,
        index=True,
    )
    input: Mapped[str | None] = mapped_column(Text, deferred=True, deferred_group=PAYLOAD)
    result: Mapped[str | None] = mapped_column(Text, deferred=True, deferred_group=PAYLOAD)
    log: Mapped[str | None] = mapped_column(Text, deferred=True, deferred_group=PAYLOAD)
    assigned_at: Mapped[datetime] = mapped_column(default=now, index=True)
    started_at: Mapped[datetime | None] = mapped_column(index=True)
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    kill_requested_at: Mapped[datetime | None]
    """When somebody asked to stop the run; it is killed when its node says so."""

    task: Mapped["Task"] = relationship(back_populates="results")
    organization: Mapped["Organization"] = relationship()
    ports: Mapped[list["Port"]] = relationship(
        back_populates="result", order_by="Port.id", passive_deletes="all"
    )
    node: Mapped["Node | None"] = relationship(
        primaryjoin="and_(foreign(Result.organization_id) == Node.organization_id,"
        " Node.collaboration_id == select(Task.collaboration_id)"
        ".where(Task.id == Result.task_id).scalar_subquery())",
        viewonly=True,
        uselist=False,
    )
    """The node that runs it: the organization's in the collaboration of the task."""

    @property
    def complete(self) -> bool:
        """Whether the run has ended."""
        return self.status not in OPEN
