"""Tasks."""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.common.status import task_status
from vantage6.server.model.base import Base, ids_of, now, pattern_index
from vantage6.server.session import current_session

if TYPE_CHECKING:
    from vantage6.server.model.collaboration import Collaboration
    from vantage6.server.model.organization import Organization
    from vantage6.server.model.result import Result
    from vantage6.server.model.user import User


class Task(Base):
    """A request to run an image at organizations of a collaboration.

    A container can ask for more: those tasks are its children. `run_id` is the id of the user's
    task at the root, and the same for all of its descendants.
    """

    __tablename__ = "task"
    shown: ClassVar = ("name", "image")
    __table_args__ = (
        pattern_index("name"),
        pattern_index("image"),
        pattern_index("database"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    image: Mapped[str]
    database: Mapped[str | None]
    run_id: Mapped[int] = mapped_column(index=True)
    collaboration_id: Mapped[int] = mapped_column(
        ForeignKey("collaboration.id", ondelete="CASCADE"), index=True
    )
    parent_id: Mapped[int | None] = mapped_column(
        ForeignKey("task.id", ondelete="CASCADE"), index=True
    )
    initiator_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    init_user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="SET NULL"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)

    collaboration: Mapped["Collaboration"] = relationship()
    initiator: Mapped["Organization"] = relationship()
    init_user: Mapped["User | None"] = relationship()
    parent: Mapped["Task | None"] = relationship(remote_side=[id])
    results: Mapped[list["Result"]] = relationship(
        back_populates="task", order_by="Result.id", passive_deletes="all"
    )

    child_ids: Mapped[tuple[int, ...]] = ids_of("task", "parent_id", id)

    @classmethod
    def next_run_id(cls) -> int:
        """A number for the tree of a new task, which no other has or ever will have.

        It is taken from the series of ids, because that is where the server takes it from.
        """
        session = current_session()
        if session.get_bind().dialect.name != "sqlite":
            sequence = text("SELECT nextval(pg_get_serial_sequence('task', 'id'))")
            return int(session.scalar(sequence))
        session.execute(
            text(
                "INSERT INTO sqlite_sequence (name, seq) SELECT 'task', 0"
                " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'task')"
            )
        )
        taken = "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'task' RETURNING seq"
        return int(session.scalar(text(taken)))

    @property
    def status(self) -> str:
        """State of the task, from those of its runs."""
        return task_status(result.status for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether every run has ended."""
        return all(result.complete for result in self.results)

    @property
    def finished_at(self) -> datetime | None:
        """When the last run ended; None while one has not."""
        times = [result.finished_at for result in self.results]
        known = [time for time in times if time is not None]
        return max(known) if known and len(known) == len(times) else None
