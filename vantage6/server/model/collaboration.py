"""Collaborations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.server.model.associations import Member
from vantage6.server.model.base import Base, ids_of
from vantage6.server.model.task import Task
from vantage6.server.session import current_session

if TYPE_CHECKING:
    from vantage6.server.model.node import Node
    from vantage6.server.model.organization import Organization


class Collaboration(Base):
    """Organizations that agreed to work together. Its tasks are no relation: they never end.

    Deleting it removes its nodes, and the database removes its tasks with all that is theirs.
    """

    __tablename__ = "collaboration"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    encrypted: Mapped[bool] = mapped_column(default=True, index=True)

    organizations: Mapped[list["Organization"]] = relationship(
        secondary=Member, back_populates="collaborations"
    )
    nodes: Mapped[list["Node"]] = relationship(
        back_populates="collaboration", cascade="save-update, merge, delete"
    )

    organization_ids: Mapped[tuple[int, ...]] = ids_of(
        "Member", "collaboration_id", id, "organization_id"
    )
    node_ids: Mapped[tuple[int, ...]] = ids_of("node", "collaboration_id", id)

    @classmethod
    def get_by_name(cls, name: str) -> "Collaboration | None":
        """The collaboration with a name."""
        return current_session().scalars(select(cls).where(cls.name == name)).first()

    @property
    def tasks(self) -> Sequence[Task]:
        """Every task of the collaboration."""
        wanted = select(Task).where(Task.collaboration_id == self.id).order_by(Task.id)
        return current_session().scalars(wanted).all()
