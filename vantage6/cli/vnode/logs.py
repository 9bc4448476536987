"""`attach` of the node."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection
from vantage6.cli.logs import follow_flag, show_log


@click.command(epilog="Example: vnode attach --name hospital")
@options.selection("node")
@follow_flag
def attach(selection: Selection, follow: bool) -> None:
    """Show the log of a node, live.

    Ctrl-C ends the showing; the node goes on.
    """
    show_log(selection, follow=follow)
