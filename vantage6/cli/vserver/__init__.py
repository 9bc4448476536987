"""`vserver`: configurations and contents of servers; `vserver-local` runs one."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vserver import configs, data


@click.group("vserver", cls=CommandLine)
def cli() -> None:
    """Manage vantage6 servers; `vserver-local start` runs one on this machine."""


for command in (
    configs.new,
    configs.list_,
    configs.files,
    data.import_,
    data.shell,
    configs.version,
):
    cli.add_command(command)
