"""What the server writes to its users; the words are in the folder `letter`, as text and HTML."""

from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.resources import files
from string import Template

from vantage6.server.mail import Mail


@dataclass(frozen=True, slots=True)
class Block:
    """Why an account is blocked, and for how long.

    Parameters
    ----------
    attempts
        How many there were in a row.
    minutes
        How long it lasts.
    address
        Where the last attempt came from, if that is known.
    time
        Of the last attempt.
    """

    attempts: int
    minutes: int
    address: str | None
    time: datetime


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes mails.

    Parameters
    ----------
    support
        Address where users find help.
    """

    support: str

    def password_reset(self, to: str, name: str | None, token: str, minutes: int) -> Mail:
        """The token with which a lost password can be replaced."""
        return self._write(
            "password_reset", to, name, "Password reset vantage6", token=token, minutes=minutes
        )

    def factor_reset(self, to: str, name: str | None, token: str, minutes: int) -> Mail:
        """The token with which a lost second factor can be replaced."""
        subject = "Two-factor authentication reset vantage6"
        return self._write("factor_reset", to, name, subject, token=token, minutes=minutes)

    def blocked(self, to: str, name: str | None, block: Block) -> Mail:
        """The account is blocked after wrong attempts."""
        return self._write(
            "blocked",
            to,
            name,
            "Failed log-in attempts on your vantage6 account",
            attempts=block.attempts,
            minutes=block.minutes,
            address=block.address or "unknown",
            time=f"{block.time:%Y-%m-%d %H:%M:%S} UTC",
        )

    def _write(
        self, letter: str, to: str, name: str | None, subject: str, **values: object
    ) -> Mail:
        texts = {key: str(value) for key, value in values.items()}
        texts |= {"name": name or "user", "support": self.support}
        # Names come from people: in HTML they must stay names.
        escaped = {key: escape(text) for key, text in texts.items()}
        return Mail(
            to=to,
            subject=subject,
            body_text=_template(f"{letter}.txt").substitute(texts),
            body_html=_template(f"{letter}.html").substitute(escaped),
        )


def _template(file: str) -> Template:
    return Template((files("vantage6.server") / "letter" / file).read_text("utf-8"))
