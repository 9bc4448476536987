"""Nodes, and what they share of their configuration."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.server.model.authenticatable import ALIVE_FOR, Authenticatable, Presence
from vantage6.server.model.base import Base, ids_of, now, pattern_index
from vantage6.server.session import current_session

if TYPE_CHECKING:
    from vantage6.server.model.collaboration import Collaboration
    from vantage6.server.model.organization import Organization


class Node(Authenticatable):
    """Works for one organization in one collaboration.

    Notes
    -----
    The column ``api_key`` holds the SHA-256 of the key. Keys are random, so a fast hash is enough,
    and an index finds the node; 3.x tries bcrypt on every node that there is.
    """

    __tablename__ = "node"
    __table_args__ = (
        UniqueConstraint("organization_id", "collaboration_id"),
        pattern_index("name"),
    )
    __mapper_args__ = {"polymorphic_identity": "node"}

    id: Mapped[int] = mapped_column(
        ForeignKey("authenticatable.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str]
    api_key_hash: Mapped[str] = mapped_column("api_key", unique=True)
    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organization.id", ondelete="CASCADE"), index=True
    )
    collaboration_id: Mapped[int | None] = mapped_column(
        ForeignKey("collaboration.id"), index=True
    )
    last_heartbeat: Mapped[datetime | None] = mapped_column(index=True)
    socket_session: Mapped[str | None]
    """Id of the present socket connection; None when the node said goodbye."""

    organization: Mapped["Organization"] = relationship(back_populates="nodes")
    collaboration: Mapped["Collaboration | None"] = relationship(back_populates="nodes")
    config: Mapped[list["NodeConfig"]] = relationship(
        back_populates="node",
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="NodeConfig.id",
    )

    config_ids: Mapped[tuple[int, ...]] = ids_of("nodeconfig", "node_id", id)

    @property
    def api_key(self) -> str:
        """Hash of the key; assigning a key stores its hash."""
        return self.api_key_hash

    @api_key.setter
    def api_key(self, api_key: str) -> None:
        self.api_key_hash = hash_api_key(api_key)
        self._assigned_key = api_key

    @property
    def clear_api_key(self) -> str | None:
        """The key itself, only on the instance that it was assigned to; never stored."""
        key: str | None = self.__dict__.get("_assigned_key")
        return key

    @classmethod
    def find_by_api_key(cls, api_key: str) -> "Node | None":
        """The node that a key belongs to."""
        wanted = cls.api_key_hash == hash_api_key(api_key)
        return current_session().scalar(select(cls).where(wanted))

    @property
    def is_online(self) -> bool:
        """Whether the node is connected and gave a sign of life lately."""
        if self.socket_session is None or self.last_heartbeat is None:
            return False
        return now() - self.last_heartbeat < ALIVE_FOR

    @property
    def status(self) -> Presence | None:
        """Whether the node is connected; None when it never was."""
        if self.last_heartbeat is None:
            return None
        return "online" if self.is_online else "offline"


class NodeConfig(Base):
    """One value that a node shares; a list is several rows with one key."""

    __tablename__ = "nodeconfig"
    shown: ClassVar = ("key", "value")
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    key: Mapped[str]
    value: Mapped[str]

    node: Mapped[Node] = relationship(back_populates="config")


def hash_api_key(api_key: str) -> str:
    """SHA-256 of a key as hexadecimal text."""
    return hashlib.sha256(api_key.encode("utf-8", "surrogatepass")).hexdigest()
