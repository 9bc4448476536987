"""Results: one row per organization that runs a task; a *run* in the words of this project."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Enum as EnumColumn
from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import (
    Mapped,
    mapped_column,
    object_session,
    query_expression,
    relationship,
    validates,
)
from sqlalchemy.orm.attributes import set_committed_value

from vantage6.common.status import OPEN, TaskStatus
from vantage6.server.model.base import Base, now

if TYPE_CHECKING:
    from vantage6.server.model.node import Node
    from vantage6.server.model.organization import Organization
    from vantage6.server.model.port import Port
    from vantage6.server.model.task import Task


_LARGE = 1024 * 1024
PAYLOAD = "payload"
"""Group of the deferred columns that can be large; read together or not at all."""


class Result(Base):
    """One organization's run of a task.

    `input`, `result` and `log` can be large: they are read only where asked for (`undefer`).
    """

    __tablename__ = "result"
    shown: ClassVar = ("task_id", "organization_id", "status")
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
    shown_input: Mapped[str | None] = query_expression()
    shown_result: Mapped[str | None] = query_expression()
    shown_log: Mapped[str | None] = query_expression()
    """The same for those who may read it, where `service.loading` asks for it."""
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

    @validates("input")
    def _as_text(self, _: str, value: object) -> object:
        """Write an object as JSON, as the API does."""
        return json.dumps(value) if isinstance(value, dict) else value

    def let_go_of_payload(self) -> None:
        """Keep large texts in the database only, once they are stored; asked for, they are read.

        Rows know each other in circles, so they stay in memory until Python looks for circles.
        """
        kept = self.__dict__
        large = [name for name in ("input", "result") if len(kept.get(name) or "") > _LARGE]
        session = object_session(self)
        if large and session is not None:
            session.expire(self, large)

    def show_payload(self) -> None:
        """Show input, result and log as they are now, to one who may read them."""
        for name in ("input", "result", "log"):
            set_committed_value(self, f"shown_{name}", getattr(self, name))

    @property
    def complete(self) -> bool:
        """Whether the run has ended."""
        return self.status not in OPEN
