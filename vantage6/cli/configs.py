"""Make, list and show configurations; the same for servers and nodes."""

import dataclasses
import re
import sys
from collections.abc import Mapping
from typing import Any

import click

from vantage6 import __version__
from vantage6.cli.context import (
    DEFAULT_ENVIRONMENT,
    Instance,
    Selection,
    configure,
    environments_of,
    find,
    instances,
    model_of,
)
from vantage6.common.echo import info, warning
from vantage6.common.errors import ConfigurationError
from vantage6.common.paths import Component, config_file

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_ENVIRONMENTS = ("application", "prod", "acc", "test", "dev")


class NewCommand(click.Command):
    """A `new` command; its flags come from the configuration model when they are needed."""

    def __init__(self, component: Component, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.component = component

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The declared options and those of the wizard's questions."""
        from vantage6.cli.wizard import flags

        head, *rest = super().get_params(ctx)
        return [head, *flags(self.component), *rest]


defaults_flag = click.option(
    "--defaults", is_flag=True, help="Ask nothing: take the default of what is not given"
)


def show_version() -> None:
    """Print the version that is installed."""
    click.echo(__version__)


def show_list(component: Component) -> None:
    """Print every instance in the usual folders, and whether it runs."""
    click.echo(f"{'Name':<25}{'Environments':<32}{'Status':<15}System/User")
    click.echo("-" * 83)
    problems = []
    for instance in instances(component):
        try:
            environments = environments_of(instance)
            running = any(_is_running(instance, each) for each in environments)
        except ConfigurationError as error:
            problems.append(error.message)
            continue
        status, colour = ("Running", "green") if running else ("Not running", "red")
        shown = click.style(f"{status:<15}", colour)
        click.echo(f"{instance.name:<25}{', '.join(environments):<32}{shown}{instance.scope}")
    for problem in problems:
        warning(problem)


def show_files(selection: Selection) -> None:
    """Print where an instance keeps its files."""
    from vantage6.common.logs import RedactionFilter

    redact = RedactionFilter().redact
    configured = configure(find(selection), model_of(selection.component))
    info(f"Configuration file = {configured.instance.file}")
    info(f"Log file           = {configured.log_file}")
    info(f"Data folder        = {configured.folders.data}")
    for database in getattr(configured.settings, "databases", ()):
        info(f"Database {database.label:<9} = {redact(database.uri)}")


def make_new(
    component: Component,
    name: str | None,
    environment: str | None,
    system: bool,
    given: Mapping[str, Any],
) -> None:
    """Write a new configuration file from flags and, at a terminal, answers."""
    from vantage6.cli import config_file as writer
    from vantage6.cli.wizard import Mode, answers

    ask = sys.stdin.isatty() and not given["defaults"]
    if name is None:
        name = _ask_name(ask).strip().replace(" ", "-")
    check_name(name)
    file = config_file(component, name, system=system)
    if file.exists():
        raise ConfigurationError(f"{file} exists already; edit it, or choose another name")
    environment = environment or _ask_environment(component, ask)
    without = Mode.DEFAULT if given["defaults"] else Mode.STRICT
    settings = answers(component, given, Mode.ASK if ask else without)
    writer.write(file, model_of(component), environment, settings)
    scope = "--system" if system else "--user"
    info(f"New configuration created: {file}")
    info(f"Start it with: v{component}-local start --name {name} -e {environment} {scope}")


def check_name(name: str) -> None:
    """Refuse a name that is not a good name for files.

    Raises
    ------
    ConfigurationError
        With what is allowed.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"the name {name!r} may have letters, digits, _ . and - only")


def _is_running(instance: Instance, environment: str) -> bool:
    from vantage6.cli.running import process_id

    chosen = dataclasses.replace(instance, environment=environment)
    return process_id(configure(chosen, model_of(instance.component)).folders.data) is not None


def _ask_name(ask: bool) -> str:
    if not ask:
        raise ConfigurationError("say with --name how the configuration is called")
    import questionary

    return str(questionary.text("Name of the configuration").unsafe_ask())


def _ask_environment(component: Component, ask: bool) -> str:
    usual = DEFAULT_ENVIRONMENT[component]
    if not ask:
        return usual
    import questionary

    return str(questionary.select("Environment", list(_ENVIRONMENTS), default=usual).unsafe_ask())
