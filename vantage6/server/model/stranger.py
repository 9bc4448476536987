"""The row that stands in for users who do not exist."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from vantage6.server.model.base import Base


class Stranger(Base):
    """One row, which migration 0003 makes.

    A refused log-in of a user is written down, which takes the database some time. That of an
    unknown name is written here, so that it takes the same time: it must not tell who has an
    account.
    """

    __tablename__ = "stranger"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_login_attempt: Mapped[datetime | None]
