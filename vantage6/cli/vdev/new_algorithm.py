"""`vdev new-algorithm`: the start of an algorithm of one's own."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantage6.common.echo import info

if TYPE_CHECKING:
    from vantage6.cli.vdev.starter import Style


@click.command(
    "new-algorithm",
    epilog="Example: vdev new-algorithm heart-age --image registry.example/heart-age:1.0",
)
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help="Where the folder NAME is made; the present folder when left out",
)
@click.option(
    "--style",
    type=click.Choice(["3.x", "4.x"]),
    default="3.x",
    show_default=True,
    help="Functions found by their names, as in 3.x, or with decorators, as in 4.x",
)
@click.option("--image", help="Name of the image; NAME:0.1.0 when left out")
def new_algorithm(name: str, directory: Path, style: "Style", image: str | None) -> None:
    """Write a package with an algorithm that works, to be changed into yours.

    It has a Dockerfile, a README, tests that need no server, and a script that asks a network.
    """
    from vantage6.cli.vdev.starter import Starter

    starter = Starter.named(name, image, style)
    folder = directory / name
    starter.write(folder)
    info(f"Made {folder}: the package {starter.package}, a federated average in the {style} style")
    place = shlex.quote(str(folder))
    create = f"vdev create-demo-network --name {name} --runtime process --algorithm {place}"
    info(f"Run its tests: pytest {place}")
    info(f"Make three nodes that run it: {create}")
    info(
        f"Start them, and paste the lines that this prints: vdev start-demo-network --name {name}"
    )
    info(f"Ask them: python {place}/run.py")
    info(f"Build its image: docker build -t {starter.image} {place}")
