"""Every public name that 3.x has in `vantage6.common` is there and does what it did."""

import importlib
import inspect
import io
import logging
from pathlib import Path
from typing import Any

import pytest
from vantage6.common import former, get_database_config, globals, is_ip_address, logger_name
from vantage6.common.colors import ColorStreamHandler, Fore
from vantage6.common.encryption import DummyCryptor, RSACryptor
from vantage6.common.errors import NotAuthenticated
from vantage6.common.exceptions import AuthenticationException
from vantage6.common.log import get_file_logger
from vantage6.common.task_status import TaskStatus, has_task_failed, has_task_finished

NAMES = {
    "vantage6.common": (
        "logger_name WhoAmI Singleton bytes_to_base64s base64s_to_bytes echo info warning error "
        "debug ClickLogger check_config_writeable is_ip_address get_database_config "
        "generate_apikey STRING_ENCODING Fore Style"
    ),
    "vantage6.common.globals": (
        "STRING_ENCODING DEFAULT_ENVIRONMENT APPNAME MAIN_VERSION_NAME DEFAULT_DOCKER_REGISTRY "
        "DEFAULT_NODE_IMAGE DEFAULT_SERVER_IMAGE DEFAULT_UI_IMAGE PACKAGE_FOLDER VPN_CONFIG_FILE "
        "DATABASE_TYPES PING_INTERVAL_SECONDS"
    ),
    "vantage6.common.exceptions": "AuthenticationException",
    "vantage6.common.task_status": "TaskStatus has_task_failed has_task_finished",
    "vantage6.common.encryption": "SEPARATOR CryptorBase DummyCryptor RSACryptor",
    "vantage6.common.colors": "ColorStreamHandler",
    "vantage6.common.log": "get_file_logger",
}
PARAMETERS: dict[str, list[str]] = {
    "logger_name": ["special__name__"],
    "check_config_writeable": ["system_folders"],
    "is_ip_address": ["ip"],
    "get_database_config": ["databases", "label"],
    "generate_apikey": [],
}


@pytest.mark.parametrize(
    ("module", "name"), [(m, name) for m, names in NAMES.items() for name in names.split()]
)
def test_name_of_3x_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("name", list(PARAMETERS))
def test_function_of_3x_takes_its_parameters(name: str) -> None:
    assert list(inspect.signature(getattr(former, name)).parameters) == PARAMETERS[name]


def test_messages_take_a_text_and_a_level(capsys: pytest.CaptureFixture[str]) -> None:
    common = importlib.import_module("vantage6.common")

    common.echo("a", level="warn")
    common.ClickLogger.info("b")

    assert capsys.readouterr().out == "[warn ] - a\n[info ] - b\n"


@pytest.mark.parametrize(
    ("given", "name"),
    [("vantage6.node", "node"), ("a.very_long_name_indeed", "very_long_n.."), ("x", "x")],
)
def test_name_of_a_logger_is_short(given: str, name: str) -> None:
    assert logger_name(given) == name


def test_singleton_makes_one_object_per_class() -> None:
    class One(metaclass=former.Singleton):
        def __init__(self, value: int) -> None:
            self.value = value

    first = One(1)

    assert One(2) is first
    assert first.value == 1


@pytest.mark.parametrize(
    ("text", "is_one"), [("127.0.0.1", True), ("::1", True), ("host", False), ("", False)]
)
def test_address_by_number_is_known(text: str, is_one: bool) -> None:
    assert is_ip_address(text) is is_one


@pytest.mark.parametrize(
    ("databases", "label", "found"),
    [
        ({"a": "x.csv"}, "a", {"label": "a", "uri": "x.csv", "type": None}),
        ({"a": "x.csv"}, "b", None),
        (
            [{"label": "a", "uri": "x", "type": "csv"}],
            "a",
            {"label": "a", "uri": "x", "type": "csv"},
        ),
        ([], "a", None),
    ],
)
def test_database_is_found_by_label(databases: Any, label: str, found: Any) -> None:
    assert get_database_config(databases, label) == found


def test_keys_are_random() -> None:
    assert former.generate_apikey() != former.generate_apikey()


def test_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "not" / "there"))
    assert former.check_config_writeable()

    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert not former.check_config_writeable()


def test_constants_have_their_values() -> None:
    assert (globals.APPNAME, globals.DEFAULT_ENVIRONMENT) == ("vantage6", "application")
    assert globals.DEFAULT_NODE_IMAGE == "infrastructure/node:petronas"
    assert (globals.PACKAGE_FOLDER / "vantage6" / "common").is_dir()


def test_refused_login_is_an_authentication_exception() -> None:
    assert issubclass(NotAuthenticated, AuthenticationException)


@pytest.mark.parametrize("status", list(TaskStatus))
def test_end_and_failure_of_a_run_are_told(status: TaskStatus) -> None:
    running = {"pending", "initializing", "active"}

    assert has_task_finished(status) is (status.value not in running)
    assert has_task_failed(status.value) is (status.value not in running | {"completed"})


def test_cryptors_convert_by_the_names_of_3x() -> None:
    for cryptor in (DummyCryptor, RSACryptor):
        assert cryptor.str_to_bytes(cryptor.bytes_to_str(b"ab")) == b"ab"


def test_logger_writes_to_its_file(tmp_path: Path) -> None:
    for file in ("a.log", "b.log"):
        logger = get_file_logger("former", tmp_path / file, log_level_console=logging.ERROR)
        logger.debug("line in %s", file)

    assert (tmp_path / "a.log").read_text().count("line in") == 1
    assert "DEBUG - line in b.log" in (tmp_path / "b.log").read_text()


def test_lines_are_coloured_at_a_terminal_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    record = logging.LogRecord("n", logging.ERROR, "f", 1, "text", None, None)

    assert ColorStreamHandler(Terminal()).format(record) == f"{Fore.RED}text\x1b[0m"
    assert ColorStreamHandler(io.StringIO()).format(record) == "text"
