"""Mails to users: the effect that a unit of work records, and who sends it after the commit."""

import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from vantage6.server.config import Smtp

log = logging.getLogger(__name__)
_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Mail:
    """Effect: send a mail."""

    to: str
    subject: str
    body_text: str
    body_html: str | None = None


class Mailer(Protocol):
    """What delivery needs of a mail server."""

    def send(self, mail: Mail) -> None:
        """Hand a mail over.

        Raises
        ------
        OSError
            When it is not taken; the caller logs it.
        """
        ...


class SmtpMailer:
    """Sends through an SMTP server.

    Parameters
    ----------
    settings
        Where the server is, and the account.
    """

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings

    def send(self, mail: Mail) -> None:
        """Hand a mail over, in one connection of its own."""
        message = EmailMessage()
        message["From"] = self._settings.username
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message.set_content(mail.body_text)
        if mail.body_html is not None:
            message.add_alternative(mail.body_html, subtype="html")
        with self._connect() as connection:
            password = self._settings.password.get_secret_value()
            if password:
                connection.login(self._settings.username, password)
            connection.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        host, port = self._settings.server, self._settings.port
        context = ssl.create_default_context()
        if self._settings.use_ssl:
            return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=context)
        connection = smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
        if self._settings.use_tls:
            try:
                connection.starttls(context=context)
            except (OSError, smtplib.SMTPException):
                connection.close()
                raise
        return connection


class NullMailer:
    """Sends nothing, for servers without mail."""

    def send(self, mail: Mail) -> None:
        """Note that a mail was not sent."""
        log.info("no mail server is configured; mail was not sent subject=%s", mail.subject)
