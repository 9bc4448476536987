"""`remove`: everything that a node or server has on this machine, and nothing else."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from vantage6.cli.context import Configured, Instance, Selection, configurations, find
from vantage6.cli.data_files import is_address
from vantage6.cli.exits import Refused
from vantage6.cli.running import require_stopped
from vantage6.common.echo import info, warning
from vantage6.common.errors import ConfigurationError, RuntimeUnavailable
from vantage6.common.paths import APP_NAME, Folders, folders

_SQLITE = "sqlite:///"


def remove(selection: Selection, *, with_key: bool, yes: bool) -> None:
    """Remove an instance: its file with all environments, its data folder and its logs.

    Folders that the configuration names itself are left, since there may be more in them, and so
    is what belongs to others: databases, and the private key of the organization.

    Raises
    ------
    AlreadyRunning
        When it runs.
    Refused
        When a database or a private key is in a folder that would go.
    """
    instance = find(selection)
    configured = _readable(instance)
    for each in configured:
        require_stopped(each)
    keys = sorted({key for each in configured for key in _keys(each)})
    usual = folders(instance.component, instance.name, system=instance.system)
    going = [folder for folder in dict.fromkeys((usual.data, usual.log)) if folder.exists()]
    _require_safe(going, [*_data_of_others(configured), *([] if with_key else keys)])
    removed = [instance.file, *going, *(keys if with_key else [])]
    info("To be removed:\n" + "\n".join(f"  {path}" for path in removed))
    if not yes and not click.confirm(f"Remove the {instance.component} {instance.name}?"):
        info(f"The {instance.component} {instance.name} was not removed")
        return
    _remove_containers(instance)
    for path in removed:
        _remove(path)
    _remove_empty(usual)
    info(f"Removed the {instance.component} {instance.name}")
    _say_what_stays(configured, [] if with_key else keys)


def _readable(instance: Instance) -> list[Configured[Any]]:
    try:
        return list(configurations(instance.within(None)))
    except ConfigurationError as error:
        warning(f"{error.message}\nwhat it may name elsewhere is not removed")
        return []


def _keys(configured: Configured[Any]) -> Iterator[Path]:
    """The private key that a configuration names, or that is where it is looked for."""
    if configured.instance.component == "node":
        from vantage6.node.keys import key_file

        named = configured.settings.encryption.model_copy(update={"enabled": True})
        file = key_file(named, configured.folders.data)
        if file is not None and file.is_file():
            yield file


def _data_of_others(configured: list[Configured[Any]]) -> Iterator[Path]:
    for each in configured:
        for database in getattr(each.settings, "databases", ()):
            if not is_address(database.uri) or database.uri.startswith(_SQLITE):
                yield Path(database.uri.removeprefix(_SQLITE)).expanduser().absolute()


def _require_safe(going: list[Path], kept: list[Path]) -> None:
    inside = [str(file) for file in kept if any(folder in file.parents for folder in going)]
    if inside:
        listed = ", ".join(inside)
        raise Refused(f"this would be removed as well: {listed}; move it to another folder first")


def _remove_containers(instance: Instance) -> None:
    from vantage6.cli.containers import end_container, engine, remove_runs

    try:
        with contextlib.closing(engine()) as client:
            # One that was kept when it was stopped.
            end_container(client, instance, 0, force=True)
            if instance.component == "node":
                count = remove_runs(client, [instance.name])
                info(f"Containers of algorithms that were removed: {count}")
    except RuntimeUnavailable as error:
        warning(f"containers were not looked for: {error.message}")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove_empty(usual: Folders) -> None:
    """The folders of vantage6 itself go with the last thing in them."""
    for path in (usual.config / "file", usual.data, usual.log):
        for parent in path.parents:
            if parent.exists():
                if any(parent.iterdir()):
                    break
                parent.rmdir()
            if parent.name == APP_NAME:
                break


def _say_what_stays(configured: list[Configured[Any]], keys: list[Path]) -> None:
    stays = [f"the private key of the organization, {key}" for key in keys]
    for each in configured:
        named = each.settings.directories
        stays += [
            f"a folder that the configuration named, {f}" for f in (named.data, named.log) if f
        ]
        uri = getattr(each.settings, "uri", _SQLITE)
        if not uri.startswith(_SQLITE):
            stays.append(f"the database of the environment {each.loaded.environment}")
    for text in dict.fromkeys(stays):
        info(f"Kept {text}")
