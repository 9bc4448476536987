"""`v6`: the newer spelling of the same commands, `v6 node new` for `vnode new`."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vdev import cli as vdev
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver


@click.group("v6", cls=CommandLine)
def cli() -> None:
    """Manage vantage6: nodes, servers, and networks to try things out."""


cli.add_command(vnode, "node")
cli.add_command(vserver, "server")
cli.add_command(vdev, "dev")
