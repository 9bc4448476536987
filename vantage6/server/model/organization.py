"""Organizations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.server.model.associations import Member
from vantage6.server.model.base import Base, ids_of
from vantage6.server.model.result import Result
from vantage6.server.model.task import Task
from vantage6.server.session import current_session

if TYPE_CHECKING:
    from vantage6.server.model.collaboration import Collaboration
    from vantage6.server.model.node import Node
    from vantage6.server.model.role import Role
    from vantage6.server.model.user import User

_OWNED = "save-update, merge, delete"
"""A role that lost its organization would be everybody's."""


class Organization(Base):
    """A hospital, a university, a company. Its tasks and results are no relations: they never end.

    Deleting it removes what is its own: users, nodes and roles, the tasks that it asked for, and
    its runs of the tasks of others.
    """

    __tablename__ = "organization"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    """Nodes accept organizations by name, so nobody else may take it."""
    domain: Mapped[str | None]
    address1: Mapped[str | None]
    address2: Mapped[str | None]
    zipcode: Mapped[str | None]
    country: Mapped[str | None] = mapped_column(index=True)
    public_key_bytes: Mapped[bytes | None] = mapped_column("_public_key", LargeBinary)
    """PEM of the public key."""

    collaborations: Mapped[list["Collaboration"]] = relationship(
        secondary=Member, back_populates="organizations"
    )
    users: Mapped[list["User"]] = relationship(back_populates="organization", cascade=_OWNED)
    nodes: Mapped[list["Node"]] = relationship(back_populates="organization", cascade=_OWNED)
    roles: Mapped[list["Role"]] = relationship(back_populates="organization", cascade=_OWNED)

    collaboration_ids: Mapped[tuple[int, ...]] = ids_of(
        "Member", "organization_id", id, "collaboration_id"
    )
    user_ids: Mapped[tuple[int, ...]] = ids_of("user", "organization_id", id)
    node_ids: Mapped[tuple[int, ...]] = ids_of("node", "organization_id", id)
    role_ids: Mapped[tuple[int, ...]] = ids_of("role", "organization_id", id)

    @classmethod
    def get_by_name(cls, name: str) -> "Organization | None":
        """The organization with a name."""
        return current_session().scalars(select(cls).where(cls.name == name)).first()

    @property
    def created_tasks(self) -> Sequence[Task]:
        """Every task that the organization asked for."""
        wanted = select(Task).where(Task.initiator_id == self.id).order_by(Task.id)
        return current_session().scalars(wanted).all()

    @property
    def results(self) -> Sequence[Result]:
        """Every run of the organization."""
        wanted = select(Result).where(Result.organization_id == self.id).order_by(Result.id)
        return current_session().scalars(wanted).all()

    def delete(self) -> None:
        """Remove the organization with everything that is its own."""
        session = current_session()
        session.execute(delete(Task).where(Task.initiator_id == self.id))
        session.execute(delete(Result).where(Result.organization_id == self.id))
        super().delete()

    @property
    def public_key(self) -> str:
        """Public key as it travels, base64 of its PEM; an empty text when there is none."""
        return bytes_to_base64s(self.public_key_bytes) if self.public_key_bytes else ""

    @public_key.setter
    def public_key(self, public_key: str | None) -> None:
        self.public_key_bytes = base64s_to_bytes(public_key) if public_key else None
