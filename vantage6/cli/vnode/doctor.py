"""`doctor` of the node."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection
from vantage6.cli.facts import Findings, json_flag


@click.command(epilog="Example: vnode doctor --name hospital")
@options.selection("node")
@json_flag(Findings)
@click.pass_context
def doctor(ctx: click.Context, selection: Selection, as_json: bool) -> None:
    """Say everything that keeps a node from working here and now.

    What `check` says, and the way to the server, the container engine, databases and disks: one
    line for each, with its remedy. Nothing is changed. It takes less than 15 s, also when
    nothing answers, and ends with the exit status of the first error.
    """
    from vantage6.cli.doctor.visit import visit

    ctx.exit(visit(selection, as_json=as_json))
