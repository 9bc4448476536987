"""Folders for configuration, data and logs, the same as 3.x uses on each system."""

from pathlib import Path
from typing import Literal, NamedTuple

from appdirs import AppDirs

Component = Literal["node", "server"]
APP_NAME = "vantage6"


class Folders(NamedTuple):
    """Where an instance of a component keeps its files."""

    config: Path
    data: Path
    log: Path


def folders(component: Component, name: str, *, system: bool) -> Folders:
    """Folders of an instance; nothing is created.

    Parameters
    ----------
    component
        ``node`` or ``server``.
    name
        Name of the instance, the stem of its configuration file.
    system
        For the whole machine instead of the present user.
    """
    known = AppDirs(APP_NAME, "")
    if system:
        config, data = _first(known.site_config_dir), _first(known.site_data_dir)
        log = data
    else:
        config, data, log = (
            Path(known.user_config_dir),
            Path(known.user_data_dir),
            Path(known.user_log_dir),
        )
    return Folders(config / component, data / component / name, log / component / name)


def config_file(component: Component, name: str, *, system: bool) -> Path:
    """Configuration file of an instance, whether or not it exists."""
    return folders(component, name, system=system).config / f"{name}.yaml"


def command_line_log() -> Path:
    """Log file of the command lines, for errors that nobody expected."""
    return Path(AppDirs(APP_NAME, "").user_log_dir) / "command_line.log"


def _first(search_path: str) -> Path:
    return Path(search_path.split(":")[0])
