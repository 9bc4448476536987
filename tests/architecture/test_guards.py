"""The safety net of the tests themselves."""

import socket

import pytest
from tests.conftest import need, read_services


def test_unit_tests_reach_nothing_not_even_this_machine() -> None:
    with pytest.raises(RuntimeError, match="may connect to nowhere"):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    with socket.socket() as sock, pytest.raises(RuntimeError, match="may connect to nowhere"):
        sock.connect_ex(("127.0.0.1", 9))


def test_unit_tests_look_up_no_names() -> None:
    with pytest.raises(RuntimeError, match="may connect to nowhere"):
        socket.getaddrinfo("example.org", 80)


@pytest.mark.integration
def test_integration_tests_reach_this_machine() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname(), timeout=5) as client,
    ):
        assert client.getpeername() == server.getsockname()


@pytest.mark.integration
@pytest.mark.parametrize("host", ["example.org", "10.0.0.1", "8.8.8.8", "2001:db8::1"])
def test_integration_tests_reach_nothing_else(host: str) -> None:
    with pytest.raises(RuntimeError, match="this machine"):
        socket.create_connection((host, 80), timeout=1)


def test_pairs_of_sockets_within_one_process_work() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"x")

        assert right.recv(1) == b"x"


# --- services ---------------------------------------------------------------------------------


@pytest.mark.parametrize("services", [{}, {"V6_TEST_DOCKER": "0"}, {"V6_TEST_DOCKER": ""}])
def test_missing_service_skips_and_says_which(
    services: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="V6_TEST_DOCKER is not there"):
        need(services, "V6_TEST_DOCKER")


def test_missing_service_fails_the_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="no engine answers"):
        need({"V6_TEST_DOCKER": "0", "V6_TEST_DOCKER_WHY": "no engine answers"}, "V6_TEST_DOCKER")


def test_service_that_is_there_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    assert need({"V6_TEST_REGISTRY": "127.0.0.1:5055"}, "V6_TEST_REGISTRY") == "127.0.0.1:5055"


def test_services_are_read_as_they_were_written() -> None:
    assert all(name.startswith("V6_TEST_") for name in read_services())
