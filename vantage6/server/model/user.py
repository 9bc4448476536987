"""Users."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

import bcrypt
from sqlalchemy import ForeignKey, String, false, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from vantage6.server.model.associations import UserRole, UserRule
from vantage6.server.model.authenticatable import ALIVE_FOR, Authenticatable, Presence
from vantage6.server.model.base import ids_of, now, pattern_index
from vantage6.server.model.task import Task
from vantage6.server.session import current_session

if TYPE_CHECKING:
    from vantage6.server.model.organization import Organization
    from vantage6.server.model.role import Role
    from vantage6.server.model.rule import Rule

_BCRYPT_BYTES = 72
"""Bcrypt looks at no more; 3.x passwords may be longer, so the rest is cut off as it was there."""


class User(Authenticatable):
    """A person who works for one organization."""

    __tablename__ = "user"
    shown: ClassVar = ("username",)
    __table_args__ = (pattern_index("firstname"), pattern_index("lastname"))
    __mapper_args__ = {"polymorphic_identity": "user"}

    id: Mapped[int] = mapped_column(
        ForeignKey("authenticatable.id", ondelete="CASCADE"), primary_key=True
    )
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None] = mapped_column("password")
    firstname: Mapped[str | None]
    lastname: Mapped[str | None]
    email: Mapped[str | None] = mapped_column(unique=True)
    organization_id: Mapped[int] = mapped_column(
        ForeignKey("organization.id", ondelete="CASCADE"), index=True
    )
    failed_login_attempts: Mapped[int] = mapped_column(default=0)
    last_login_attempt: Mapped[datetime | None]
    otp_secret: Mapped[str | None] = mapped_column(String(32))
    """Secret of the second factor; it has proved itself by a code."""
    otp_pending: Mapped[str | None] = mapped_column(String(32))
    """Secret that was shown, and counts as soon as a code of it arrives."""
    otp_step: Mapped[int | None]
    """Time step of the newest code that was taken; none of it or before is taken again."""
    reset_mailed_at: Mapped[datetime | None]
    otp_mailed_at: Mapped[datetime | None]
    password_by_mail: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The password was recovered by mail, and no log-in with a second factor came after it."""

    organization: Mapped["Organization"] = relationship(back_populates="users")
    roles: Mapped[list["Role"]] = relationship(secondary=UserRole, back_populates="users")
    rules: Mapped[list["Rule"]] = relationship(secondary=UserRule, back_populates="users")

    role_ids: Mapped[tuple[int, ...]] = ids_of("Permission", "user_id", id, "role_id")
    rule_ids: Mapped[tuple[int, ...]] = ids_of("UserPermission", "user_id", id, "rule_id")

    @property
    def password(self) -> str | None:
        """Hash of the password; assigning a password stores its hash."""
        return self.password_hash

    @password.setter
    def password(self, password: str) -> None:
        self.password_hash = hash_password(password)

    def check_password(self, password: str) -> bool:
        """Whether this is the user's password."""
        return self.password_hash is not None and verify_password(password, self.password_hash)

    @property
    def status(self) -> Presence | None:
        """Whether the user was there lately; None when never."""
        if self.last_seen is None:
            return None
        return "online" if now() - self.last_seen < ALIVE_FOR else "offline"

    @classmethod
    def find(cls, username: str) -> "User | None":
        """The user with a name, exactly as written."""
        return current_session().scalar(select(cls).where(cls.username == username))

    @classmethod
    def get_by_username(cls, username: str) -> "User | None":
        """The same as `find`, as the shell of 3.x calls it."""
        return cls.find(username)

    @property
    def created_tasks(self) -> Sequence[Task]:
        """Every task that the user asked for."""
        wanted = select(Task).where(Task.init_user_id == self.id).order_by(Task.id)
        return current_session().scalars(wanted).all()

    @classmethod
    def find_by_email(cls, email: str) -> "User | None":
        """The user with a mail address, exactly as written."""
        return current_session().scalar(select(cls).where(cls.email == email))


def hash_password(password: str) -> str:
    """Bcrypt hash of a password, as 3.x stores it."""
    return bcrypt.hashpw(_to_bytes(password), bcrypt.gensalt()).decode("ascii")


def verify_password(password: str, password_hash: str) -> bool:
    """Whether a password belongs to a hash; takes as long for a wrong one as for the right one."""
    return bcrypt.checkpw(_to_bytes(password), password_hash.encode("ascii"))


def _to_bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")[:_BCRYPT_BYTES]
