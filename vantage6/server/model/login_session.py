"""Sessions of those who log in; how they move on is in `service.login_session`."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vantage6.server.model.base import Base


class LoginSession(Base):
    """What began with a log-in: a chain of refresh tokens, each given for the one before."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random: tokens carry it, and nobody shall learn from it how many there are."""
    owner_id: Mapped[int] = mapped_column(
        ForeignKey("authenticatable.id", ondelete="CASCADE"), index=True
    )
    current: Mapped[str] = mapped_column(String(36))
    """Id of the newest refresh token that was used, or of the first one."""
    previous: Mapped[str | None] = mapped_column(String(36))
    """Id of the one before; None until the session moves for the first time."""
    moved_at: Mapped[datetime]
    """When the current token became it."""
