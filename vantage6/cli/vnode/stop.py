"""`stop` of the node."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection


@click.command(epilog="Example: vnode stop --name hospital")
@options.selection("node")
@click.option("--all", "every", is_flag=True, help="Stop every node of the scope")
@click.option("--force", is_flag=True, help="End it at once; what it started may be left behind")
def stop(selection: Selection, every: bool, force: bool) -> None:
    """Stop a node that runs on this machine.

    Algorithms in the middle of their work go on; the node finds them again when it starts.
    """
    from vantage6.cli.running import stop_selected

    stop_selected(selection, every=every, force=force)
