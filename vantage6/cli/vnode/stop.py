"""`stop` of the node."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection


@click.command()
@options.selection("node")
def stop(selection: Selection) -> None:
    """Stop a node that runs on this machine."""
    from vantage6.cli.running import stop_instance

    stop_instance(selection)
