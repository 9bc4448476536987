"""`restart` of the node: `stop`, and `start` as the same program does it."""

from typing import Any

import click

from vantage6.cli import options
from vantage6.cli.context import Configured, Instance, Selection
from vantage6.cli.vnode.container import force_db_mount, require_able


@click.command(epilog="Example: vnode restart --name hospital")
@options.selection("node")
@options.container("node")
@force_db_mount
def restart(selection: Selection, **wishes: Any) -> None:
    """Stop a node, if it runs, and start it again.

    What was changed in its configuration holds from then on. While `doctor` would find something
    wrong, that is told instead, and the node goes on as it is.
    """
    from vantage6.cli.context import find

    instance = find(selection)
    there = _running(instance)
    if there is not None:
        require_able(there, are_databases_read=not wishes["force_db_mount"])
        _stop(instance)
    _start(instance, there, **wishes)


@click.command("restart", epilog="Example: vnode-local restart --name hospital")
@options.selection("node")
def restart_process(selection: Selection) -> None:
    """Stop a node, if it runs, and start it again, in the foreground.

    What was changed in its configuration holds from then on. While `doctor` would find something
    wrong, that is told instead, and the node goes on as it is.
    """
    from vantage6.cli.context import find
    from vantage6.cli.doctor.visit import before_start

    instance = find(selection)
    there = _running(instance)
    if there is not None:
        before_start(there, is_server_asked=True)
        _stop(instance)
    _start(instance, there)


def _running(instance: Instance) -> Configured[Any] | None:
    from vantage6.cli.running import running_of

    return running_of(instance)


def _stop(instance: Instance) -> None:
    from vantage6.cli.running import stop_selected

    this = Selection("node", config=instance.file, system=instance.system)
    stop_selected(this, every=False, force=False)


def _start(instance: Instance, there: Configured[Any] | None, **wishes: Any) -> None:
    ctx = click.get_current_context()
    program = ctx.parent.command if ctx.parent else None
    assert isinstance(program, click.Group)
    environment = there.loaded.environment if there else instance.environment
    ctx.invoke(
        program.commands["start"],
        config=instance.file,
        environment=environment,
        system=instance.system,
        **wishes,
    )
