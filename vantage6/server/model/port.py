"""Ports that a run opens for other runs (VPN)."""

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.server.model.base import Base

if TYPE_CHECKING:
    from vantage6.server.model.result import Result


class Port(Base):
    """A port of a run, with the label that its image gave it."""

    __tablename__ = "algorithmport"
    shown: ClassVar = ("port", "label")
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    port: Mapped[int] = mapped_column(index=True)
    label: Mapped[str | None] = mapped_column(index=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)

    result: Mapped["Result"] = relationship(back_populates="ports")
