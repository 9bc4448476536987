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
        with mail_connection(self._settings) as connection:
            password = self._settings.password.get_secret_value()
            if password:
                connection.login(self._settings.username, password)
            connection.send_message(message)


def mail_connection(settings: Smtp, timeout_s: float = _TIMEOUT_S) -> smtplib.SMTP:
    """A connection to the mail server, encrypted as the settings say; nobody is logged in.

    Raises
    ------
    OSError
        When there is no connection, or no trust in its certificate.
    SMTPException
        When the server does not do what is asked.
    """
    host, port = settings.server, settings.port
    context = ssl.create_default_context()
    if settings.use_ssl:
        return smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=context)
    connection = smtplib.SMTP(host, port, timeout=timeout_s)
    if settings.use_tls:
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
