"""`stop` of the server."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection


@click.command(epilog="Example: vserver stop --name main")
@options.selection("server")
@click.option("--all", "every", is_flag=True, help="Stop every server of the scope")
@click.option("--force", is_flag=True, help="End it at once, in the middle of what it does")
def stop(selection: Selection, every: bool, force: bool) -> None:
    """Stop a server that runs on this machine."""
    from vantage6.cli.running import stop_selected

    stop_selected(selection, every=every, force=force)
