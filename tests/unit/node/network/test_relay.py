"""What carries bytes between runs and what is behind the exits, over unix sockets of this test."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.fakes.waiting import eventually
from vantage6.node.network.exits import Exit
from vantage6.node.network.relay import Relay, RunDoors
from vantage6.node.network.unix_socket import short_address

DEADLINE_S = 10.0


def listening(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    server = socket.socket(socket.AF_UNIX)
    with short_address(path) as address:
        server.bind(address)
    server.listen()
    return server


class Echo:
    """A service that sends back what it gets, after its own end of the connection."""

    def __init__(self, path: Path) -> None:
        self.visitors: list[socket.socket] = []
        self._server = listening(path)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._server.accept()
            except OSError:
                return
            self.visitors.append(visitor)
            threading.Thread(target=self._answer, args=(visitor,), daemon=True).start()

    def _answer(self, visitor: socket.socket) -> None:
        with visitor, suppress(OSError):  # A run may be cut off at any moment.
            while data := visitor.recv(65536):
                visitor.sendall(data.upper())
            visitor.sendall(b"END")

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


class World:
    """A relay with one exit, the service behind it, and runs that ask for it."""

    def __init__(self, folder: Path, connections: int) -> None:
        self.folder = folder
        self.exit = Exit("records", 8000, folder / ("deep" * 25) / "socket")
        self.echo: Echo | None = None
        self.relay = Relay([self.exit], connections)
        self.relay.start()
        self._open: list[socket.socket] = []

    def serve(self) -> Echo:
        self.echo = Echo(self.exit.socket)
        return self.echo

    def begin(self, result_id: int = 1) -> Callable[[], socket.socket]:
        """Open the door of a run; what connects to it from inside."""
        path = self.folder / f"inside-{result_id}"
        path.unlink(missing_ok=True)
        self.relay.open(result_id, listening(path))

        def connect() -> socket.socket:
            visitor = socket.socket(socket.AF_UNIX)
            self._open.append(visitor)
            visitor.settimeout(DEADLINE_S)
            with short_address(path) as address:
                visitor.connect(address)
            return visitor

        return connect

    def close(self) -> None:
        self.relay.stop()
        for visitor in self._open:
            visitor.close()
        if self.echo is not None:
            self.echo.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, connections=3)
    yield made
    made.close()


def test_bytes_go_both_ways_until_each_side_has_ended(world: World) -> None:
    world.serve()
    visitor = world.begin()()

    visitor.sendall(b"abc")
    assert visitor.recv(3) == b"ABC"
    visitor.shutdown(socket.SHUT_WR)

    assert visitor.makefile("rb").read() == b"END"


def test_more_than_a_socket_can_hold_goes_through(world: World) -> None:
    world.serve()
    visitor = world.begin()()
    sent = bytes(range(97, 123)) * 200_000

    def send() -> None:
        visitor.sendall(sent)
        visitor.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()

    assert visitor.makefile("rb").read() == sent.upper() + b"END"
    sender.join(DEADLINE_S)


def test_a_service_that_is_away_is_told_once_and_hangs_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    connect = world.begin(7)

    assert [connect().recv(1) for _ in range(3)] == [b"", b"", b""]

    (record,) = caplog.records
    assert "result=7 asks for records:8000, which cannot be reached now" in record.getMessage()


def test_a_service_that_comes_back_is_found_again(world: World) -> None:
    connect = world.begin()
    assert connect().recv(1) == b""

    world.serve()
    visitor = connect()
    visitor.sendall(b"a")

    assert visitor.recv(1) == b"A"


def test_a_run_with_all_its_connections_waits_and_others_do_not(world: World) -> None:
    world.serve()
    connect, other = world.begin(1), world.begin(2)
    held = [connect() for _ in range(3)]
    for visitor in held:
        visitor.sendall(b"a")
        assert visitor.recv(1) == b"A"
    late, stranger = connect(), other()

    late.sendall(b"b")
    stranger.sendall(b"c")
    assert stranger.recv(1) == b"C"
    late.settimeout(0.05)
    with pytest.raises(TimeoutError):
        late.recv(1)

    held[0].close()
    late.settimeout(DEADLINE_S)
    assert late.recv(1) == b"B"


def test_a_run_that_ended_is_cut_off_with_all_its_connections(world: World) -> None:
    echo = world.serve()
    connect = world.begin()
    visitor = connect()
    visitor.sendall(b"a")
    assert visitor.recv(1) == b"A"

    world.relay.close(1)

    assert visitor.recv(1) == b""
    eventually(lambda: echo.visitors[0].fileno() == -1, "the service to see the end")
    with pytest.raises(ConnectionRefusedError):
        connect()


def test_opening_again_replaces(world: World) -> None:
    world.serve()
    before = world.begin()()
    before.sendall(b"a")
    assert before.recv(1) == b"A"

    after = world.begin()()
    after.sendall(b"b")

    assert after.recv(1) == b"B"
    assert before.recv(1) == b""


def test_closing_the_unknown_and_opening_after_the_end_are_fine(world: World) -> None:
    world.relay.close(99)
    world.relay.stop()

    connect = world.begin()

    with pytest.raises(ConnectionRefusedError):
        connect()
    world.relay.close(1)


class RememberingDoor:
    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def open(self, result_id: int, listener: socket.socket) -> None:
        self.calls.append(("open", result_id))
        listener.close()

    def close(self, result_id: int) -> None:
        self.calls.append(("close", result_id))


def test_the_first_socket_is_for_the_proxy_and_the_others_for_the_exits(world: World) -> None:
    world.serve()
    proxy, inside = RememberingDoor(), world.folder / "inside"
    doors = RunDoors(proxy, world.relay)

    doors.open(1, listening(world.folder / "proxy"), listening(inside))
    with socket.socket(socket.AF_UNIX) as visitor, short_address(inside) as address:
        visitor.connect(address)
        visitor.sendall(b"a")
        assert visitor.recv(1) == b"A"
        doors.close(1)
        assert visitor.recv(1) == b""

    assert proxy.calls == [("open", 1), ("close", 1)]


def test_a_node_without_exits_opens_only_the_proxy(tmp_path: Path) -> None:
    proxy, relay = RememberingDoor(), Relay(())
    relay.start()

    RunDoors(proxy, relay).open(1, listening(tmp_path / "proxy"))
    relay.stop()

    assert proxy.calls == [("open", 1)]
