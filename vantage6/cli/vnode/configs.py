"""`new`, `list`, `files`, `check`, `remove` and `version` of the node's command lines."""

from typing import Any

import click

from vantage6.cli import configs, options
from vantage6.cli.context import Selection
from vantage6.cli.facts import Files, Findings, Listing, Versions, json_flag


@click.command("list", epilog="Example: vnode list --json")
@json_flag(Listing)
def list_(as_json: bool) -> None:
    """Nodes that are configured, and which of them run."""
    from vantage6.cli.listing import show_list

    show_list("node", as_json=as_json)


@click.command(epilog="Example: vnode files --name hospital")
@options.selection("node")
@json_flag(Files)
def files(selection: Selection, as_json: bool) -> None:
    """Where a node keeps its files.

    Its configuration, log and data, and which databases it has.
    """
    from vantage6.cli.listing import show_files

    show_files(selection, as_json=as_json)


@click.command(
    "new",
    cls=configs.NewCommand,
    component="node",
    epilog="Example: vnode new --name hospital --server-url https://v6.example.org --port 443"
    " --database default,csv,/data/patients.csv --encryption --non-interactive",
)
@options.name("node")
@options.environment("node")
@options.scope("node")
@configs.how_to_ask
def new(name: str | None, environment: str | None, system: bool, **given: Any) -> None:
    """Make a configuration.

    By questions at a terminal, by flags anywhere; a question whose flag is given is not asked.
    """
    configs.make_new("node", name, environment, system, given)


@click.command(epilog="Example: vnode check --name hospital")
@options.selection("node")
@json_flag(Findings)
@click.pass_context
def check(ctx: click.Context, selection: Selection, as_json: bool) -> None:
    """Say everything that is wrong with a configuration.

    With line numbers and remedies; nothing is sent anywhere.
    """
    from vantage6.cli.check import check as look

    ctx.exit(look(selection, as_json=as_json))


@click.command(epilog="Example: vnode remove --name hospital")
@options.selection("node")
@click.option("--with-key", is_flag=True, help="Also the private key that the configuration names")
@options.yes("Do not ask before everything is removed")
def remove(selection: Selection, with_key: bool, yes: bool) -> None:
    """Remove everything of a node.

    Its configuration with all environments, its data and its logs.
    """
    from vantage6.cli.removal import remove as remove_all

    remove_all(selection, with_key=with_key, yes=yes)


@click.command(epilog="Example: vnode version --name hospital")
@options.selection("node")
@json_flag(Versions)
def version(selection: Selection, as_json: bool) -> None:
    """Version that is installed here.

    With --name or --config, also that of the running node.
    """
    from vantage6.cli.listing import show_version

    show_version(selection, _running_version, as_json=as_json)


def _running_version(selection: Selection) -> str:
    from vantage6.cli.context import find
    from vantage6.cli.exits import Refused
    from vantage6.cli.running import running_of
    from vantage6.node.instance import State, read_state

    instance = find(selection)
    configured = running_of(instance)
    state, version = read_state(configured.folders.data) if configured else (None, "")
    if state is not State.READY:
        raise Refused(f"the node {instance.name} does not run here, or is not ready yet")
    return version
