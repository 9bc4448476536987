"""`attach` of the server."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection
from vantage6.cli.logs import follow_flag, show_log


@click.command(epilog="Example: vserver attach --name main")
@options.selection("server")
@follow_flag
def attach(selection: Selection, follow: bool) -> None:
    """Show the log of a server, live.

    Ctrl-C ends the showing; the server goes on.
    """
    show_log(selection, follow=follow)
