"""Mails leave through a real connection, encrypted unless the configuration says otherwise."""

import logging
import smtplib
import socketserver
import threading

import pytest
from vantage6.server.config import Smtp
from vantage6.server.mail import Mail, NullMailer, SmtpMailer

MAIL = Mail("doctor@hospital.example", "Blocked", "plain words", "<p>html words</p>")


class SmtpServer(socketserver.ThreadingTCPServer):
    """Speaks just enough SMTP to take a mail; knows no TLS."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SmtpHandler)
        self.lines = []

    def handle_error(self, request, client_address):
        """Clients that break off are part of these tests."""


class SmtpHandler(socketserver.StreamRequestHandler):
    def answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self):
        self.answer("220 test")
        for line in iter(self.rfile.readline, b""):
            command = line.decode(errors="replace").strip()
            self.server.lines.append(command)
            verb = command[:4].upper()
            if verb == "DATA":
                self.answer("354 go on")
                self.read_mail()
            elif verb == "EHLO":
                self.answer("250-test\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                self.answer("235 welcome")
            elif verb == "QUIT":
                self.answer("221 bye")
                return
            else:
                self.answer("250 fine")

    def read_mail(self):
        for line in iter(self.rfile.readline, b".\r\n"):
            self.server.lines.append(line.decode().strip())
        self.answer("250 taken")


@pytest.fixture
def server():
    with SmtpServer() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def settings(server, **values):
    return Smtp(server="127.0.0.1", port=server.server_address[1], **values)


@pytest.mark.integration
def test_mail_arrives_with_both_bodies(server):
    SmtpMailer(settings(server, use_tls=False)).send(MAIL)
    for line in ("Subject: Blocked", f"To: {MAIL.to}", "plain words", "<p>html words</p>"):
        assert line in server.lines
    assert not any(line.startswith("AUTH") for line in server.lines)


@pytest.mark.integration
def test_account_is_used_when_there_is_a_password(server):
    text_only = Mail("a@b.example", "Hello", "words")
    SmtpMailer(settings(server, use_tls=False, password="secret")).send(text_only)
    assert any(line.startswith("AUTH PLAIN") for line in server.lines)
    assert not any("text/html" in line for line in server.lines)


@pytest.mark.integration
def test_nothing_is_sent_in_the_clear_when_tls_was_asked_for(server):
    with pytest.raises(smtplib.SMTPException):
        SmtpMailer(settings(server, password="secret")).send(MAIL)
    assert not any(line.upper().startswith(("AUTH", "MAIL")) for line in server.lines)


@pytest.mark.integration
def test_tls_from_the_first_byte_does_not_talk_to_a_server_without(server):
    with pytest.raises(OSError, match=r"SSL|ssl"):
        SmtpMailer(settings(server, use_ssl=True)).send(MAIL)


def test_server_without_mail_says_so_without_the_content(caplog):
    caplog.set_level(logging.INFO)
    NullMailer().send(MAIL)
    assert "Blocked" in caplog.text
    assert "plain words" not in caplog.text
