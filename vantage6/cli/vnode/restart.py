"""`restart` of the node: `stop`, and `start` as the same program does it."""

import click

from vantage6.cli import options
from vantage6.cli.context import Selection


@click.command(epilog="Example: vnode restart --name hospital")
@options.selection("node")
@click.pass_context
def restart(ctx: click.Context, selection: Selection) -> None:
    """Stop a node, if it runs, and start it again.

    What was changed in its configuration holds from then on.
    """
    from vantage6.cli.context import find
    from vantage6.cli.running import running_of, stop_selected

    instance = find(selection)
    there = running_of(instance)
    if there is not None:
        this = Selection("node", config=instance.file, system=instance.system)
        stop_selected(this, every=False, force=False)
    program = ctx.parent.command if ctx.parent else None
    assert isinstance(program, click.Group)
    environment = there.loaded.environment if there else instance.environment
    ctx.invoke(
        program.commands["start"],
        config=instance.file,
        environment=environment,
        system=instance.system,
    )
