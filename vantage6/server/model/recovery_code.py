"""One-time codes for users who lost their second factor."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from vantage6.server.model.base import Base


class RecoveryCode(Base):
    """A code that was not used yet; the code itself is known to the user only."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    """SHA-256: a code has 80 random bits, so that a slow hash would protect nothing more."""
