"""`vdev`: whole federations on this machine, to try things out and to develop."""

import click

from vantage6.cli.group import CommandLine
from vantage6.cli.vdev import networks
from vantage6.cli.vdev.demo import demo
from vantage6.cli.vdev.lab import lab
from vantage6.cli.vdev.new_algorithm import new_algorithm


@click.group("vdev", cls=CommandLine)
def cli() -> None:
    """Try vantage6 on this machine."""


for command in (
    demo,
    lab,
    networks.create,
    networks.start,
    networks.stop,
    networks.remove,
    new_algorithm,
):
    cli.add_command(command)
