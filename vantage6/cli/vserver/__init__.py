"""`vserver`: servers, in containers; `vserver-local` runs one without."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vserver import configs, data
from vantage6.cli.vserver.container import start
from vantage6.cli.vserver.doctor import doctor
from vantage6.cli.vserver.logs import attach
from vantage6.cli.vserver.stop import stop


@click.group("vserver", cls=CommandLine)
def cli() -> None:
    """Manage vantage6 servers; `vserver-local start` runs one without a container."""


for command in (
    *(configs.new, configs.list_, configs.files, configs.check, configs.remove, configs.version),
    *(data.import_, data.shell),
    *(doctor, start, stop, attach),
):
    cli.add_command(command)
