"""`vserver-local`: a server as a process of this machine."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vserver import configs, data
from vantage6.cli.vserver.doctor import doctor
from vantage6.cli.vserver.logs import attach
from vantage6.cli.vserver.start import start
from vantage6.cli.vserver.stop import stop


@click.group("vserver-local", cls=CommandLine)
def cli() -> None:
    """Run a vantage6 server on this machine."""


for command in (
    *(doctor, start, stop, attach),
    *(configs.new, configs.list_, configs.files, configs.check, configs.version),
    *(data.import_, data.shell),
):
    cli.add_command(command)
