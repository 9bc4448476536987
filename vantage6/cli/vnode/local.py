"""`vnode-local`: a node as a process of this machine."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vnode import configs, logs
from vantage6.cli.vnode.doctor import doctor
from vantage6.cli.vnode.restart import restart_process
from vantage6.cli.vnode.start import start
from vantage6.cli.vnode.stop import stop


@click.group("vnode-local", cls=CommandLine)
def cli() -> None:
    """Run a vantage6 node on this machine."""


for command in (
    *(doctor, start, stop, restart_process, logs.attach),
    *(configs.new, configs.list_, configs.files, configs.check, configs.version),
):
    cli.add_command(command)
