"""`clean`: temporary volumes that nodes of 3.x have left behind."""

import contextlib

import click

from vantage6.cli import options


@click.command(epilog="Example: vnode clean --name hospital --yes")
@click.option("-n", "--name", help="Only the volumes of this node; else those of all nodes")
@options.yes("Do not ask before they are removed")
def clean(name: str | None, yes: bool) -> None:
    """Remove temporary volumes of older versions.

    Nodes of 3.x make a Docker volume for each task that a user asks for, and leave it behind.
    """
    from vantage6.cli.containers import engine, remove_volume, temporary_volumes
    from vantage6.common.echo import info

    with contextlib.closing(engine()) as client:
        volumes = temporary_volumes(client, name)
        if not volumes:
            info("There are no temporary volumes")
            return
        info("To be removed:\n" + "\n".join(f"  {each.name}" for each in volumes))
        if not yes and not click.confirm(f"Remove these {len(volumes)} volumes?"):
            info("Nothing was removed")
            return
        for each in volumes:
            remove_volume(each)
    info(f"Removed {len(volumes)} volumes")
