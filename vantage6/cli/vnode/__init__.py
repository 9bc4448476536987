"""`vnode`: configurations and keys of nodes; `vnode-local` runs one."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vnode import configs, keys, logs


@click.group("vnode", cls=CommandLine)
def cli() -> None:
    """Manage vantage6 nodes; `vnode-local start` runs one on this machine."""


for command in (
    *(configs.new, configs.list_, configs.files),
    *(keys.create_private_key, keys.set_api_key, logs.attach, configs.version),
):
    cli.add_command(command)
