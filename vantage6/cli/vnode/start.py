"""`start` of the node."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection


@click.command(epilog="Example: vnode-local start --name hospital")
@options.selection("node")
@options.dockerized
@click.option(
    "--wait",
    is_flag=True,
    help="Do not ask the server first, and keep trying as long as it does not answer; for a"
    " service that starts with the machine",
)
@click.pass_context
def start(ctx: click.Context, selection: Selection, dockerized: bool, wait: bool) -> None:
    """Run a node in the foreground until Ctrl-C.

    What would keep it from working is told at once, each with its remedy, and it ends.
    """
    from vantage6.cli.configs import find_or_make
    from vantage6.cli.context import configure
    from vantage6.node.app import run
    from vantage6.node.config import NodeConfig

    configured = configure(find_or_make(selection), NodeConfig)
    if dockerized:
        from vantage6.cli.dockerized import inside

        configured = inside(configured)
    else:
        # In a container all this has been looked at before, from outside.
        from vantage6.cli.doctor.visit import before_start
        from vantage6.cli.running import require_stopped

        require_stopped(configured)
        before_start(configured, is_server_asked=not wait)
    scope = configured.instance.scope
    ctx.exit(run(configured.loaded, configured.folders, scope=scope))
