"""What every test gets: no network by default, and the services of `tests/services/up`."""

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from coverage import Coverage
from tests.environments import unavailable

ROOT = Path(__file__).resolve().parents[1]
MEASURED_FOLDERS = ("unit", "integration")
LOOPBACK_FOLDERS = ("integration", "contract", "e2e", "compat", "install")
_CHEAP, _REAL_SALT = 4, bcrypt.gensalt
SERVICES = {"docker": "V6_TEST_DOCKER", "postgres": "V6_TEST_POSTGRES"}


# --- services ---------------------------------------------------------------------------------


def read_services() -> dict[str, str]:
    """What `tests/services/up` found, as NAME -> value; empty when it never ran."""
    file = ROOT / ".services" / "env"
    if not file.exists():
        return {}
    lines = (line.partition("=") for line in file.read_text("utf-8").splitlines())
    return {name: value for name, separator, value in lines if separator}


def need(services: Mapping[str, str], name: str) -> str:
    """Value of a service; without it the test is skipped, or fails when CI=true."""
    value = services.get(name, "")
    if value in ("", "0"):
        why = services.get(f"{name}_WHY") or "run tests/services/up (or `make services`) first"
        unavailable(f"{name} is not there: {why}")
    return value


@pytest.fixture(scope="session")
def services() -> dict[str, str]:
    """Everything that is known about the services, by name; empty text for what is missing."""
    return read_services()


@pytest.fixture(scope="session")
def postgres_url(services: dict[str, str]) -> str:
    """SQLAlchemy URL of a PostgreSQL database for tests."""
    return need(services, "V6_TEST_POSTGRES")


@pytest.fixture(scope="session")
def registry(services: dict[str, str]) -> str:
    """Host and port of an image registry that the engine trusts."""
    return need(services, "V6_TEST_REGISTRY")


@pytest.fixture(scope="session")
def notary_server(services: dict[str, str]) -> str:
    """Program that serves signatures of images; each test starts its own."""
    return need(services, "V6_TEST_NOTARY")


@pytest.fixture(scope="session")
def base_image(services: dict[str, str]) -> str:
    """Name of an image with Python."""
    return need(services, "V6_TEST_BASE_IMAGE")


@pytest.fixture(scope="session")
def average_image(services: dict[str, str]) -> str:
    """Name of the image of examples/average."""
    return need(services, "V6_TEST_AVERAGE_IMAGE")


# --- sockets ----------------------------------------------------------------------------------


class SocketGuard:
    """Lets a test connect no further than it may: nowhere, this machine, its containers."""

    def __init__(self) -> None:
        self.reach = "nowhere"
        self._connect = socket.socket.connect
        self._connect_ex = socket.socket.connect_ex
        self._look_up = socket.getaddrinfo

    def install(self) -> None:
        guard = self

        def connect(sock: socket.socket, address: Any) -> None:
            guard.check(sock.family, address)
            guard._connect(sock, address)

        def connect_ex(sock: socket.socket, address: Any) -> int:
            guard.check(sock.family, address)
            return guard._connect_ex(sock, address)

        def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
            guard.check_host(host)
            return guard._look_up(host, *arguments, **options)

        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = getaddrinfo

    def uninstall(self) -> None:
        socket.socket.connect = self._connect  # type: ignore[method-assign]
        socket.socket.connect_ex = self._connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = self._look_up

    def check(self, family: int, address: Any) -> None:
        if family in (socket.AF_INET, socket.AF_INET6):
            self.check_host(address[0])

    def check_host(self, host: Any) -> None:
        name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        if not self._may_reach(name):
            raise RuntimeError(f"this test may connect to {self.reach}, not to {name}")

    def _may_reach(self, host: str) -> bool:
        if self.reach == "nowhere":
            return False
        if host == "localhost":
            return True
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        # The unspecified address is where servers listen; connecting to it stays on this machine.
        is_here = address.is_loopback or address.is_unspecified
        return is_here or (self.reach == "containers" and address.is_private)


def reach_of(item: pytest.Item) -> str:
    if item.get_closest_marker("docker") or item.get_closest_marker("e2e"):
        return "containers"
    marked = item.get_closest_marker("integration") or item.get_closest_marker("postgres")
    return "this machine" if marked or folder_of(item) in LOOPBACK_FOLDERS else "nowhere"


def folder_of(item: pytest.Item) -> str:
    """Folder below ``tests``; empty for the tests that examples bring."""
    folder = ROOT / "tests"
    return item.path.relative_to(folder).parts[0] if item.path.is_relative_to(folder) else ""


_GUARD = pytest.StashKey[SocketGuard]()
_SERVICES = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SERVICES] = read_services()
    config.stash[_GUARD] = SocketGuard()
    config.stash[_GUARD].install()


def pytest_collection_finish() -> None:
    # Thousands of tests stay until the end: looking through them for garbage takes half a second,
    # and is done again and again.
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_GUARD].uninstall()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if os.environ.get("V6_TEST_EVERYTHING", "") not in ("", "0"):
        return
    left_out = [item for item in items if only_repeats(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not only_repeats(item)]


def only_repeats(item: pytest.Item) -> bool:
    """Whether a test is marked to show nothing new, with all parameters or with its own."""
    marks = list(item.iter_markers("repeats"))
    named = {name for mark in marks for name in mark.args}
    own = getattr(item, "callspec", None)
    parameters = own.id.split("-") if own else []
    return any(not mark.args for mark in marks) or not named.isdisjoint(parameters)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.config.stash[_GUARD].reach = reach_of(item)
    for marker, name in SERVICES.items():
        if item.get_closest_marker(marker):
            need(item.config.stash[_SERVICES], name)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Measure coverage where it tells something.

    Measured code takes twice the time. Tests with peers and containers, those of the API and
    those that are repeated on PostgreSQL reach next to nothing that the others leave out.
    """
    del nextitem
    measurement = None if is_measured(item) else Coverage.current()
    if measurement is None:
        return (yield)
    measurement.stop()
    try:
        return (yield)
    finally:
        measurement.start()


def is_measured(item: pytest.Item) -> bool:
    is_repeated = item.get_closest_marker("postgres") or item.get_closest_marker("unmeasured")
    is_of_api = item.path.is_relative_to(ROOT / "tests" / "integration" / "server")
    return folder_of(item) in MEASURED_FOLDERS and not is_repeated and not is_of_api


@pytest.fixture(autouse=True, scope="session")
def _cheap_passwords() -> Iterator[None]:
    """Hashes of passwords take a millisecond, as long as nobody says how long they shall take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bcrypt, "gensalt", lambda rounds=_CHEAP: _REAL_SALT(rounds))
        yield


@pytest.fixture
def real_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes of passwords take as long as in earnest."""
    monkeypatch.setattr(bcrypt, "gensalt", _REAL_SALT)


@pytest.fixture(autouse=True, scope="session")
def _no_user_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Configuration, data and logs of the person who runs the tests stay untouched."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        yield
