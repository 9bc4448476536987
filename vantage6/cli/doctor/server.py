"""What `vserver doctor` looks at."""

import smtplib
import stat
from collections.abc import Iterator
from dataclasses import replace

from vantage6.cli import running
from vantage6.cli.context import Configured
from vantage6.cli.doctor import machine, route, tables
from vantage6.cli.doctor.configuration import at_configuration
from vantage6.cli.doctor.diagnosis import Check, Diagnosis, doubt, fine, wrong
from vantage6.cli.exits import ExitStatus
from vantage6.common.outbound import Outbound
from vantage6.server.config import ServerConfig, Smtp, secret_file
from vantage6.server.mail import mail_connection

Server = Configured[ServerConfig]
_PATIENCE_S = 5.0
_SHORTEST_SECRET = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # what is asked instead


def checks(server: Server) -> dict[str, Check]:
    """Everything that can be looked at."""
    return {
        "configuration": lambda: at_configuration(server),
        "uri": lambda: tables.at_database(server),
        "port": lambda: at_port(server),
        "jwt_secret_key": lambda: at_secret(server),
        "smtp": lambda: at_mail(server.settings.smtp),
        "rabbitmq_uri": lambda: at_queue(server.settings),
        "disk": lambda: machine.at_disk([server.folders.data, server.folders.log]),
        "time": machine.at_time_service,
    }


def at_port(server: Server) -> Iterator[Diagnosis]:
    """Whether the server answers at its port, or could listen to it."""
    settings = server.settings
    process = running.process_id(server.folders.data)
    if process is None:
        yield from machine.at_port(settings.ip, settings.port)
        return
    host = _EVERYWHERE.get(settings.ip, settings.ip)
    address = f"[{host}]" if ":" in host else host
    url = f"http://{address}:{settings.port}{settings.api_path}"
    # To this machine no proxy is needed, whatever the environment says.
    way = route.along(url, Outbound(http_proxy=f"http://{address}", no_proxy=(host,)))
    for found in way:
        yield replace(found, finding=replace(found.finding, about="port"))


def at_secret(server: Server) -> Iterator[Diagnosis]:
    """Whether nobody else can make tokens."""
    secret = server.settings.jwt_secret_key
    if secret is not None:
        if len(secret.get_secret_value()) < _SHORTEST_SECRET:
            text = f"has less than {_SHORTEST_SECRET} characters"
            yield doubt("jwt_secret_key", text, "leave it out: the server makes one and keeps it")
        else:
            yield fine("jwt_secret_key", "is set")
        return
    file = secret_file(server.folders.data)
    if not file.exists():
        yield fine("jwt_secret_key", "is made at the first start")
    elif file.stat().st_mode & _OTHERS:
        text = f"others than its owner can read {file}, and make tokens with it"
        yield doubt("jwt_secret_key", text, f"chmod 600 {file}, or remove it and restart")
    else:
        yield fine("jwt_secret_key", f"is kept in {file}")


def at_mail(smtp: Smtp) -> Iterator[Diagnosis]:
    """Whether the mail server lets this one in; nothing is sent."""
    if smtp == Smtp():
        return  # `at_configuration` says that none is set
    where, password = f"{smtp.server}:{smtp.port}", smtp.password.get_secret_value()
    try:
        with mail_connection(smtp, _PATIENCE_S) as connection:
            if password:
                connection.login(smtp.username, password)
    except smtplib.SMTPAuthenticationError:
        text = f"the mail server {where} does not take the account {smtp.username}"
        yield doubt("smtp", text, "correct username or password")
    except (OSError, smtplib.SMTPException) as error:
        text = f"the mail server {where} cannot be used ({_reason(error)})"
        yield doubt("smtp", text, "check server, port, MAIL_USE_TLS and MAIL_USE_SSL")
    else:
        yield fine("smtp", f"the mail server {where} takes mails")


def at_queue(settings: ServerConfig) -> Iterator[Diagnosis]:
    """Whether the message queue lets this server in."""
    if settings.rabbitmq_uri is None:
        yield fine("rabbitmq_uri", "is not set, and needed only by several servers together")
        return
    from kombu.connection import Connection
    from kombu.exceptions import KombuError

    try:
        uri = settings.rabbitmq_uri.get_secret_value()
        with Connection(uri, connect_timeout=_PATIENCE_S) as queue:  # type: ignore[no-untyped-call]  # kombu is untyped
            known = (OSError, KombuError, *queue.connection_errors, *queue.channel_errors)
            try:
                queue.connect()
            except known as error:
                text = f"the message queue cannot be used ({_reason(error)})"
                remedy = "check name, password, host, port and virtual host"
                yield wrong("rabbitmq_uri", text, remedy, ExitStatus.UNREACHABLE)
                return
    except (ValueError, KeyError):
        text = "is no address of a message queue"
        remedy = "write amqp://name:password@host:5672/virtual-host"
        yield wrong("rabbitmq_uri", text, remedy, ExitStatus.CONFIGURATION)
        return
    yield fine("rabbitmq_uri", "the message queue answers")


def _reason(error: Exception) -> str:
    # Never the whole text: some name the address with its password.
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
