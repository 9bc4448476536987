"""`vnode`: nodes, in containers; `vnode-local` runs one without."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vnode import configs, keys, logs, volumes
from vantage6.cli.vnode.container import start
from vantage6.cli.vnode.doctor import doctor
from vantage6.cli.vnode.restart import restart
from vantage6.cli.vnode.stop import stop


@click.group("vnode", cls=CommandLine)
def cli() -> None:
    """Manage vantage6 nodes; `vnode-local start` runs one without a container."""


for command in (
    *(configs.new, configs.list_, configs.files, configs.check, configs.remove, configs.version),
    *(keys.create_private_key, keys.set_api_key),
    *(doctor, start, stop, restart, logs.attach, volumes.clean),
):
    cli.add_command(command)
