"""The options that all commands on one configuration share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vantage6.cli.context import DEFAULT_ENVIRONMENT, Selection
from vantage6.common.paths import Component

Command = Callable[..., Any]


def selection(component: Component) -> Callable[[Command], Command]:
    """Add ``--name``, ``--config``, ``--environment`` and the scope to a command.

    The command gets them as its first argument, one `Selection`.
    """

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def wrapper(
            name: str | None,
            config: Path | None,
            environment: str | None,
            system: bool,
            **others: Any,
        ) -> Any:
            chosen = Selection(component, name, config, environment, system)
            return command(chosen, **others)

        decorated: Command = wrapper
        for option in reversed(_options(component)):
            decorated = option(decorated)
        return decorated

    return decorate


def scope(component: Component) -> Callable[[Command], Command]:
    """Add ``--system/--user``; a server is the machine's and a node the user's by default."""
    return click.option(
        "--system/--user",
        "system",
        default=component == "server",
        help=f"Folders of the machine or of you  [default: {_usual(component)}]",
    )


def name(component: Component) -> Callable[[Command], Command]:
    """Add ``--name``."""
    return click.option("-n", "--name", help=f"Name of the {component}'s configuration")


def environment(component: Component) -> Callable[[Command], Command]:
    """Add ``--environment``."""
    usual = DEFAULT_ENVIRONMENT[component]
    text = "Environment in the file: application, prod, acc, test or dev"
    return click.option(
        "-e", "--environment", help=f"{text}  [default: {usual}, or the only one that is there]"
    )


def container(component: Component) -> Callable[[Command], Command]:
    """Add what the `start` commands that run a container have in common."""
    folder = click.Path(exists=True, file_okay=False, path_type=Path)

    def decorate(command: Command) -> Command:
        for option in reversed(
            (
                click.option("-i", "--image", help="Image to run, instead of the configured one"),
                click.option(
                    "--keep/--auto-remove",
                    help=f"Keep the container when the {component} is stopped  [default: remove]",
                ),
                click.option(
                    "--mount-src",
                    type=folder,
                    help="Folder with sources of vantage6 to use instead of those in the image",
                ),
                click.option(
                    "--attach/--detach", help="Show the log until Ctrl-C  [default: detach]"
                ),
            )
        ):
            command = option(command)
        return command

    return decorate


def without_container(command: Command) -> Command:
    """Take what 3.x says about the container of a command that needs none here."""
    kept = "For scripts of 3.x, where this command runs in a container; here it needs none"
    for option in (
        click.option("--mount-src", expose_value=False, help=kept),
        click.option("--keep/--auto-remove", expose_value=False, help=kept),
        click.option("-i", "--image", expose_value=False, help=kept),
    ):
        command = option(command)
    return command


def dockerized(command: Command) -> Command:
    """Add ``--dockerized``, with which `start` calls itself in a container."""
    flag = click.option(
        "--dockerized",
        is_flag=True,
        help="Take files from where `start` in a container mounts them",
    )
    return flag(command)


def yes(text: str) -> Callable[[Command], Command]:
    """Add ``--yes``, which answers the question of a command that destroys something."""
    return click.option("-y", "--yes", is_flag=True, help=text)


def _options(component: Component) -> list[Callable[[Command], Command]]:
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        name(component),
        click.option("-c", "--config", type=file, help="Configuration file, instead of --name"),
        environment(component),
        scope(component),
    ]


def _usual(component: Component) -> str:
    return "system" if component == "server" else "user"
