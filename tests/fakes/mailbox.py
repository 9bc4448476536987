"""A real mail server whose mails a test can read."""

import email
import queue
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """Takes mails; a test waits for the next one."""

    def __init__(self) -> None:
        self._mails: queue.Queue[Message] = queue.Queue()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self._mails.put(email.message_from_bytes(envelope.content))
        return "250 OK"

    def next(self) -> Message:
        return self._mails.get(timeout=10)

    def is_empty(self) -> bool:
        return self._mails.empty()

    @contextmanager
    def listening(self) -> Iterator[dict[str, Any]]:
        """The block `smtp` of a server that sends here."""
        # The controller connects to the port that it was told, so the system cannot choose there.
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = Controller(self, hostname="127.0.0.1", port=port)
        controller.start()
        yield {
            "server": "127.0.0.1",
            "port": port,
            "MAIL_USE_TLS": False,
            "username": "v6@a.example",
        }
        controller.stop()


def token_in(mail: Message) -> str:
    """The token of recovery in a mail."""
    text = mail.get_payload()[0].get_payload(decode=True).decode()  # type: ignore[index, union-attr]
    return next(line for line in text.splitlines() if line.startswith("ey"))
