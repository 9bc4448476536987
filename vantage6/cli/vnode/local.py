"""`vnode-local`: a node as a process of this machine."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vnode import configs, logs
from vantage6.cli.vnode.start import start
from vantage6.cli.vnode.stop import stop


@click.group("vnode-local", cls=CommandLine)
def cli() -> None:
    """Run a vantage6 node on this machine."""


for command in (
    start,
    stop,
    configs.new,
    configs.list_,
    configs.files,
    logs.attach,
    configs.version,
):
    cli.add_command(command)
