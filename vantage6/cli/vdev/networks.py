"""`create-`, `start-`, `stop-` and `remove-demo-network`: networks that stay."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantage6.cli.configs import check_name
from vantage6.common.echo import info
from vantage6.common.errors import ConfigurationError
from vantage6.common.paths import folders

if TYPE_CHECKING:
    from vantage6.cli.vdev.files import Runtime
    from vantage6.cli.vdev.network import DemoNetwork

_NAME = click.option("-n", "--name", default="demo", show_default=True, help="Name of the network")


@click.command("create-demo-network")
@_NAME
@click.option("--num-nodes", type=click.IntRange(1, 50), default=3, show_default=True)
@click.option(
    "--runtime",
    type=click.Choice(["docker", "process"]),
    default="docker",
    show_default=True,
    help="What runs the algorithms; process has no isolation",
)
@click.option("--encrypted", is_flag=True, help="Encrypt inputs and results end to end")
def create(name: str, num_nodes: int, runtime: "Runtime", encrypted: bool) -> None:
    """Make a server, nodes with example data, and users for them."""
    from vantage6.cli.vdev.network import DemoNetwork

    folder = folder_of(name)
    if folder.exists():
        raise ConfigurationError(f"{folder} is there already; remove that network first")
    try:
        network = DemoNetwork(folder, nodes=num_nodes, runtime=runtime, encrypted=encrypted)
        network.create()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    info(f"Made {folder}")
    info(f"User of org_1: {network.plan.username}, password {network.plan.password}")
    info(f"Start it with: vdev start-demo-network --name {name}")


@click.command("start-demo-network")
@_NAME
def start(name: str) -> None:
    """Start a demo network in the background and wait until it is ready."""
    network = _existing(name)
    if network.is_running():
        raise ConfigurationError(f"the network {name} runs already, at {network.address}")
    try:
        network.start()
    except BaseException:
        network.stop()
        raise
    info(f"{len(network.nodes)} nodes and their server are ready at {network.address}/api")
    info(f"Stop it with: vdev stop-demo-network --name {name}")


@click.command("stop-demo-network")
@_NAME
def stop(name: str) -> None:
    """Stop the server and the nodes of a demo network; their data stays."""
    _existing(name).stop()
    info(f"Stopped the network {name}")


@click.command("remove-demo-network")
@_NAME
def remove(name: str) -> None:
    """Stop a demo network and remove everything of it."""
    network = _existing(name)
    network.stop()
    shutil.rmtree(network.folder)
    info(f"Removed {network.folder}")


def folder_of(name: str) -> Path:
    """Folder of a network: in the user's data folder."""
    check_name(name)
    return folders("server", name, system=False).data.parent.parent / "dev" / name


def _existing(name: str) -> "DemoNetwork":
    from vantage6.cli.vdev.files import read_plan
    from vantage6.cli.vdev.network import DemoNetwork

    read_plan(folder_of(name))  # says so when there is none
    return DemoNetwork(folder_of(name))
