"""What `list`, `files` and `version` tell; the same for servers and nodes."""

from collections.abc import Callable
from typing import Any

import click

from vantage6 import __version__
from vantage6.cli import facts
from vantage6.cli.context import (
    Configured,
    Instance,
    Selection,
    configurations,
    configure,
    environments_of,
    find,
    instances,
    model_of,
)
from vantage6.common.echo import info, warning
from vantage6.common.errors import ConfigurationError
from vantage6.common.paths import Component

_HEAD = f"{'Name':<25}{'Environments':<32}{'Status':<15}System/User"


def show_list(component: Component, *, as_json: bool) -> None:
    """Print every instance in the usual folders, and whether it runs."""
    listed = tuple(_listed(instance) for instance in instances(component))
    if as_json:
        facts.show(facts.Listing(listed))
        return
    click.echo(_HEAD)
    click.echo("-" * len(_HEAD))
    for each in listed:
        if each.problem is None:
            status, colour = ("Running", "green") if each.running else ("Not running", "red")
            shown = click.style(f"{status:<15}", colour)
            click.echo(f"{each.name:<25}{', '.join(each.environments):<32}{shown}{each.scope}")
    for each in listed:
        if each.problem is not None:
            warning(each.problem)


def show_files(selection: Selection, *, as_json: bool) -> None:
    """Print where an instance keeps its files."""
    configured = configure(find(selection), model_of(selection.component))
    told = _files(configured)
    if as_json:
        facts.show(told)
        return
    info(f"Configuration file = {told.config}")
    info(f"Log file           = {told.log}")
    info(f"Data folder        = {told.data}")
    for database in told.databases:
        info(f"Database {database.label:<9} = {database.uri}")
    if told.uri is not None:
        info(f"Database           = {told.uri}")


def show_version(
    selection: Selection, running_version: Callable[[Selection], str], *, as_json: bool
) -> None:
    """Print the version that is installed here, and that of a running instance that is named."""
    named = selection.name or selection.config
    running = running_version(selection) if named else None
    if as_json:
        facts.show(facts.Versions(__version__, running))
    elif running is None:
        click.echo(__version__)
    else:
        click.echo(f"installed here: {__version__}\nrunning: {running}")


def _listed(instance: Instance) -> facts.Listed:
    environments: tuple[str, ...] = ()
    is_running, problem = False, None
    try:
        environments = tuple(environments_of(instance))
        is_running = _runs(instance)
    except ConfigurationError as error:
        problem = error.message
    return facts.Listed(
        instance.name, environments, is_running, instance.scope, str(instance.file), problem
    )


def _runs(instance: Instance) -> bool:
    from vantage6.cli.running import is_running

    # All of them are read, so that what is wrong with any is told.
    configured = list(configurations(instance))
    return any(map(is_running, configured))


def _files(configured: Configured[Any]) -> facts.Files:
    from vantage6.common.logs import RedactionFilter

    redact = RedactionFilter().redact
    settings, instance = configured.settings, configured.instance
    uri = getattr(settings, "uri", None)
    return facts.Files(
        name=instance.name,
        environment=configured.loaded.environment,
        scope=instance.scope,
        config=str(instance.file),
        log=str(configured.log_file),
        data=str(configured.folders.data),
        databases=tuple(
            facts.DatabaseFact(entry.label, entry.type, redact(entry.uri))
            for entry in getattr(settings, "databases", ())
        ),
        uri=None if uri is None else redact(uri),
    )
