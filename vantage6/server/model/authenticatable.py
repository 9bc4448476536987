"""What users and nodes have in common: both can log in, and share one series of ids."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from vantage6.common.events import PING_INTERVAL_S
from vantage6.server.model.base import Base
from vantage6.server.session import record

Presence = Literal["online", "offline"]
ALIVE_FOR = timedelta(seconds=2.5 * PING_INTERVAL_S)
"""How long a sign of life counts: two may be lost on the way."""


@dataclass(frozen=True, slots=True)
class AccessChanged:
    """Effect: look at once who of those who are connected may still be."""


class Authenticatable(Base):
    """A user or a node.

    Notes
    -----
    3.x has a column ``status`` here, written by socket events and wrong whenever one was lost. The
    status is derived from the last sign of life instead.
    """

    __tablename__ = "authenticatable"
    __table_args__: Any = ({"sqlite_autoincrement": True},)
    __mapper_args__ = {"polymorphic_on": "type"}

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(String(50), index=True)
    ip: Mapped[str | None] = mapped_column(index=True)
    last_seen: Mapped[datetime | None] = mapped_column(index=True)
    token_epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    """Tokens carry it, and those of an earlier one are refused; see `end_tokens`."""

    def end_tokens(self) -> None:
        """Make every token that was given out so far worthless."""
        self.token_epoch += 1
        record(AccessChanged())
