"""Organizations."""

from typing import TYPE_CHECKING

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.common.encoding import base64s_to_bytes, bytes_to_base64s
from vantage6.server.model.associations import Member
from vantage6.server.model.base import Base, ids_of

if TYPE_CHECKING:
    from vantage6.server.model.collaboration import Collaboration
    from vantage6.server.model.node import Node
    from vantage6.server.model.role import Role
    from vantage6.server.model.user import User


class Organization(Base):
    """A hospital, a university, a company. Its results are no relation: they never end."""

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
    users: Mapped[list["User"]] = relationship(back_populates="organization")
    nodes: Mapped[list["Node"]] = relationship(back_populates="organization")
    roles: Mapped[list["Role"]] = relationship(back_populates="organization")

    collaboration_ids: Mapped[tuple[int, ...]] = ids_of(
        "Member", "organization_id", id, "collaboration_id"
    )
    user_ids: Mapped[tuple[int, ...]] = ids_of("user", "organization_id", id)
    node_ids: Mapped[tuple[int, ...]] = ids_of("node", "organization_id", id)
    role_ids: Mapped[tuple[int, ...]] = ids_of("role", "organization_id", id)

    @property
    def public_key(self) -> str:
        """Public key as it travels, base64 of its PEM; an empty text when there is none."""
        return bytes_to_base64s(self.public_key_bytes) if self.public_key_bytes else ""

    @public_key.setter
    def public_key(self, public_key: str | None) -> None:
        self.public_key_bytes = base64s_to_bytes(public_key) if public_key else None
