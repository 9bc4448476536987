"""A corporate proxy that inspects TLS: it ends that of its guests with a certificate of its own.

What comes out of the TLS goes to a server of the test, whatever host the guest asked for, so no
name has to exist. Requests without CONNECT (for ``http://`` servers) are passed on as well.
"""

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.fakes.authority import Certificate

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class TLSProxy:
    """Listens on a port of this host.

    `asked` has the first line of what each guest said, `seen` the same of what was in the TLS.
    `address` is where the proxy and the server are; who comes to `tls_port` needs no CONNECT.
    `login` is ``name:password``; who does not say it is refused.
    """

    def __init__(self, certificate: Certificate, server_port: int, login: str = "") -> None:
        self.asked: list[str] = []
        self.seen: list[str] = []
        self.address, self.port = "127.0.0.1", 0
        self._server_port = server_port
        self._login = login
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.file, certificate.key_file)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @contextmanager
    def running(self) -> Iterator["TLSProxy"]:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            self._loop.close()

    async def _listen(self) -> None:
        plain = await asyncio.start_server(self._guest, self.address, 0)
        inspecting = await asyncio.start_server(self._inspected, "127.0.0.1", 0, ssl=self._context)
        self._servers = plain, inspecting
        self.port = plain.sockets[0].getsockname()[1]
        self.tls_port = inspecting.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for writer in self._writers:
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guest(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        lines = head.decode("latin-1").split("\r\n")
        self.asked.append(lines[0])
        if not self._is_known(lines):
            writer.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n"
                b"Proxy-Authenticate: Basic realm=hospital\r\nConnection: close\r\n\r\n"
            )
            writer.close()
        elif lines[0].startswith("CONNECT "):
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._join((reader, writer), "127.0.0.1", self.tls_port)
        else:
            await self._join((reader, writer), self.address, self._server_port, head)

    def _is_known(self, lines: list[str]) -> bool:
        said = {line.partition(": ")[2] for line in lines if line.startswith("Proxy-Auth")}
        return not self._login or f"Basic {_b64(self._login)}" in said

    async def _inspected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        first = await reader.read(65536)
        self.seen.append(first.decode("latin-1").partition("\r\n")[0])
        await self._join((reader, writer), self.address, self._server_port, first)

    async def _join(self, guest: Streams, host: str, port: int, first: bytes = b"") -> None:
        server = await asyncio.open_connection(host, port)
        self._writers |= {guest[1], server[1]}
        server[1].write(first)
        await asyncio.gather(_pump(guest[0], server[1]), _pump(server[0], guest[1]))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
