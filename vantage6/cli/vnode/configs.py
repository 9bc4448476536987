"""`new`, `list`, `files` and `version` of the node's command lines."""

from typing import Any

import click

from vantage6.cli import configs, options
from vantage6.cli.context import Selection


@click.command("list")
def list_() -> None:
    """Nodes that are configured, and which of them run."""
    configs.show_list("node")


@click.command()
@options.selection("node")
def files(selection: Selection) -> None:
    """Where a node keeps its configuration, log and data."""
    configs.show_files(selection)


@click.command("new", cls=configs.NewCommand, component="node")
@options.name("node")
@options.environment()
@options.scope("node")
@configs.defaults_flag
def new(name: str | None, environment: str | None, system: bool, **given: Any) -> None:
    """Make a configuration: by questions at a terminal, by flags anywhere."""
    configs.make_new("node", name, environment, system, given)


@click.command()
def version() -> None:
    """Version of vantage6 that is installed here."""
    configs.show_version()
