"""Make a configuration; the same for servers and nodes."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from vantage6.cli.context import (
    DEFAULT_ENVIRONMENT,
    Instance,
    Selection,
    find,
    may_ask,
    model_of,
)
from vantage6.cli.exits import Refused
from vantage6.common.echo import info, warning
from vantage6.common.paths import Component, config_file

_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
ENVIRONMENTS = ("application", "prod", "acc", "test", "dev")


class NewCommand(click.Command):
    """A `new` command; its flags come from the configuration model when they are needed."""

    def __init__(self, component: Component, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.component = component

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The declared options and those of the wizard's questions."""
        from vantage6.cli.questions import flags

        head, *rest = super().get_params(ctx)
        return [head, *flags(self.component), *rest]


def how_to_ask(command: Any) -> Any:
    """Add the options that say whether something is asked and tested."""
    for option in (
        click.option(
            "--test/--no-test",
            default=None,
            help="Test the answers: the server, the API key, the database, the key  [default: when"
            " questions are asked]",
        ),
        click.option("--defaults", is_flag=True, help="Ask nothing: take the defaults"),
        click.option(
            "--non-interactive",
            is_flag=True,
            help="Ask nothing: what has no default must be given; so it is without a terminal",
        ),
    ):
        command = option(command)
    return command


def make_new(
    component: Component,
    name: str | None,
    environment: str | None,
    system: bool,
    given: Mapping[str, Any],
) -> Path:
    """Write a new configuration file from flags and, at a terminal, answers; gives the file."""
    from vantage6.cli import config_file as writer
    from vantage6.cli.wizard import Mode, answers

    takes_defaults, test = given.get("defaults"), given.get("test")
    without = Mode.DEFAULT if takes_defaults else Mode.STRICT
    asks = may_ask() and not (takes_defaults or given.get("non_interactive"))
    mode = Mode.ASK if asks else without
    if name is None:
        name = _ask_name(asks).strip().replace(" ", "-")
    check_name(name)
    file = config_file(component, name, system=system)
    _require_writable(file)
    environment = environment or _ask_environment(component, asks)
    probes = _probes() if test or (test is None and asks) else None
    settings = answers(component, given, mode, probes)
    writer.write(file, model_of(component), environment, settings)
    info(f"New configuration created: {file}")
    _say_what_next(component, f"--name {name} -e {environment} --{_scope(system)}", settings)
    return file


def find_or_make(selection: Selection) -> Instance:
    """The instance that was selected; at a terminal, one that is not there can be made at once.

    Raises
    ------
    Refused
        When there is none, and none was made.
    """
    try:
        return find(selection)
    except Refused as problem:
        if selection.config or not may_ask():
            raise
        warning(problem.message)
        if not click.confirm("Make a new configuration now?"):
            raise
    chosen = (selection.component, selection.name, selection.environment, selection.system)
    file = make_new(*chosen, {})
    return find(replace(selection, name=file.stem))


def check_name(name: str) -> None:
    """Refuse a name that is not a good name for files.

    Raises
    ------
    Refused
        With what is allowed.
    """
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise Refused(f"the name {name!r} may have letters, digits, _ . and - only")


def _require_writable(file: Path) -> None:
    if file.exists():
        raise Refused(f"{file} exists already; edit it, or choose another name")
    there = next(folder for folder in file.parents if folder.exists())
    if not os.access(there, os.W_OK):
        raise Refused(f"{there} cannot be written by you; use --user for your own folders")


def _probes() -> Any:
    from vantage6.cli.server_database import problem_with_uri
    from vantage6.cli.server_probe import meet
    from vantage6.cli.wizard import Probes

    return Probes(meet, problem_with_uri)


def _say_what_next(component: Component, options: str, settings: Mapping[str, Any]) -> None:
    encryption = settings.get("encryption", {})
    if component == "node" and not settings["api_key"]:
        info(f"Once you have the API key: vnode set-api-key {options}")
    if encryption.get("enabled") and not encryption.get("private_key"):
        info(f"Make the key of your organization: vnode create-private-key {options}")
    info(f"Start it with: {_starter(component)} start {options}")


def _starter(component: Component) -> str:
    """The program in hand, if it can start what was configured."""
    above = click.get_current_context().parent
    if above and isinstance(above.command, click.Group) and "start" in above.command.commands:
        return above.command_path
    return f"v{component}-local"


def _scope(system: bool) -> str:
    return "system" if system else "user"


def _ask_name(asks: bool) -> str:
    if not asks:
        raise Refused("say with --name how the configuration is called")
    import questionary

    return str(questionary.text("Name of the configuration").unsafe_ask())


def _ask_environment(component: Component, asks: bool) -> str:
    usual = DEFAULT_ENVIRONMENT[component]
    if not asks:
        return usual
    import questionary

    return str(questionary.select("Environment", list(ENVIRONMENTS), default=usual).unsafe_ask())
