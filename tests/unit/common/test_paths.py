"""Folders, where 3.x has them."""

from pathlib import Path

import pytest
from vantage6.common.paths import Component, command_line_log, config_file, folders


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in (
        "CONFIG_HOME",
        "DATA_HOME",
        "CACHE_HOME",
        "STATE_HOME",
        "CONFIG_DIRS",
        "DATA_DIRS",
    ):
        monkeypatch.delenv(f"XDG_{name}", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("component", ["node", "server"])
def test_user_folders_are_those_of_3x(home: Path, component: Component) -> None:
    config, data, log = folders(component, "hospital", system=False)

    assert config == home / ".config/vantage6" / component
    assert data == home / ".local/share/vantage6" / component / "hospital"
    assert log.is_relative_to(home / ".cache/vantage6/log" / component)


def test_system_folders_are_those_of_3x(home: Path) -> None:
    config, data, log = folders("server", "hospital", system=True)

    assert config == Path("/etc/xdg/vantage6/server")
    assert data.parts[:3] == ("/", "usr", "local") or data.parts[:3] == ("/", "usr", "share")
    assert data == log


def test_configuration_is_named_after_the_instance(home: Path) -> None:
    assert config_file("node", "hospital", system=False) == (
        home / ".config/vantage6/node/hospital.yaml"
    )


def test_asking_for_folders_creates_nothing(home: Path) -> None:
    folders("node", "hospital", system=False)

    assert list(home.iterdir()) == []


def test_first_of_several_system_folders_is_used(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_DIRS", "/opt/one:/opt/two")

    assert folders("node", "x", system=True).config == Path("/opt/one/vantage6/node")


def test_log_of_the_command_lines_is_the_users(home: Path) -> None:
    assert command_line_log().is_relative_to(home / ".cache/vantage6")
