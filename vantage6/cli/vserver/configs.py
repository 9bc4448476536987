"""`new`, `list`, `files`, `check`, `remove` and `version` of the server's command lines."""

from typing import Any

import click

from vantage6.cli import configs, options
from vantage6.cli.context import Selection
from vantage6.cli.facts import Files, Findings, Listing, Versions, json_flag


@click.command("list", epilog="Example: vserver list --json")
@json_flag(Listing)
def list_(as_json: bool) -> None:
    """Servers that are configured, and which of them run."""
    from vantage6.cli.listing import show_list

    show_list("server", as_json=as_json)


@click.command(epilog="Example: vserver files --name main")
@options.selection("server")
@json_flag(Files)
def files(selection: Selection, as_json: bool) -> None:
    """Where a server keeps its files.

    Its configuration, log and data, and which database it uses.
    """
    from vantage6.cli.listing import show_files

    show_files(selection, as_json=as_json)


@click.command(
    "new",
    cls=configs.NewCommand,
    component="server",
    epilog="Example: vserver new --user --name main --uri"
    " postgresql://vantage6:secret@localhost/vantage6 --defaults",
)
@options.name("server")
@options.environment("server")
@options.scope("server")
@configs.how_to_ask
def new(name: str | None, environment: str | None, system: bool, **given: Any) -> None:
    """Make a configuration.

    By questions at a terminal, by flags anywhere; a question whose flag is given is not asked.
    """
    configs.make_new("server", name, environment, system, given)


@click.command(epilog="Example: vserver check --name main")
@options.selection("server")
@json_flag(Findings)
@click.pass_context
def check(ctx: click.Context, selection: Selection, as_json: bool) -> None:
    """Say everything that is wrong with a configuration.

    With line numbers and remedies; nothing is sent anywhere.
    """
    from vantage6.cli.check import check as look

    ctx.exit(look(selection, as_json=as_json))


@click.command(epilog="Example: vserver remove --name main")
@options.selection("server")
@options.yes("Do not ask before everything is removed")
def remove(selection: Selection, yes: bool) -> None:
    """Remove everything of a server.

    Its configuration with all environments, its data and its logs.
    """
    from vantage6.cli.removal import remove as remove_all

    remove_all(selection, with_key=False, yes=yes)


@click.command(epilog="Example: vserver version --name main")
@options.selection("server")
@json_flag(Versions)
def version(selection: Selection, as_json: bool) -> None:
    """Version that is installed here.

    With --name or --config, also what the running server says.
    """
    from vantage6.cli.listing import show_version

    show_version(selection, _running_version, as_json=as_json)


def _running_version(selection: Selection) -> str:
    from vantage6.cli.context import configure, find
    from vantage6.cli.server_probe import meet
    from vantage6.server.config import ServerConfig

    settings = configure(find(selection), ServerConfig).settings
    host = "127.0.0.1" if settings.ip in ("0.0.0.0", "") else settings.ip  # noqa: S104  # compared
    address = {"server_url": f"http://{host}", "port": settings.port}
    return meet({**address, "api_path": settings.api_path}).version
