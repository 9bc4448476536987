"""`start` of the node."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection


@click.command()
@options.selection("node")
@click.pass_context
def start(ctx: click.Context, selection: Selection) -> None:
    """Run a node in the foreground until Ctrl-C."""
    from vantage6.cli.context import configure, find
    from vantage6.node.app import run
    from vantage6.node.config import NodeConfig

    configured = configure(find(selection), NodeConfig)
    scope = configured.instance.scope
    ctx.exit(run(configured.loaded, configured.folders, scope=scope))
