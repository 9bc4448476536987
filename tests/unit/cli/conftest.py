"""Folders of our own for every test of the command line."""

import contextlib
import os

import pytest
from click.testing import CliRunner
from tests.fakes.keys import write_small_key

NOBODY = 65534


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """All folders of user and system below `tmp_path`, which is also the present one."""
    for variable, folder in {
        "XDG_CONFIG_HOME": "user/config",
        "XDG_DATA_HOME": "user/data",
        "XDG_CACHE_HOME": "user/cache",
        "XDG_CONFIG_DIRS": "system/config",
        "XDG_DATA_DIRS": "system/data",
    }.items():
        monkeypatch.setenv(variable, str(tmp_path / folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run():
    """Call a command line as a user does; gives click's result."""
    return CliRunner().invoke


@pytest.fixture
def configuration(home):
    """Write a configuration file into its usual folder; gives its path."""

    def write(component, name, text, scope="user"):
        file = home / scope / "config" / "vantage6" / component / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.fixture
def become_nobody():
    """Be a user without rights for a while, as far as this user can."""

    @contextlib.contextmanager
    def become():
        is_root = os.getuid() == 0
        if is_root:
            os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield
        finally:
            if is_root:
                os.setresuid(0, 0, 0)

    return become


@pytest.fixture(scope="session")
def private_keys(tmp_path_factory):
    """Two private keys of different organizations."""
    folder = tmp_path_factory.mktemp("keys")
    return write_small_key(folder / "ours.pem"), write_small_key(folder / "other.pem")
