"""`create-`, `start-`, `stop-` and `remove-demo-network`: networks that stay."""

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantage6.cli.configs import check_name
from vantage6.cli.exits import AlreadyRunning, Refused
from vantage6.common.echo import info
from vantage6.common.paths import folders

if TYPE_CHECKING:
    from vantage6.cli.vdev.files import Runtime
    from vantage6.cli.vdev.network import DemoNetwork

_NAME = click.option("-n", "--name", default="demo", show_default=True, help="Name of the network")


@click.command("create-demo-network", epilog="Example: vdev create-demo-network --num-nodes 5")
@_NAME
@click.option(
    "--num-nodes",
    type=click.IntRange(1, 50),
    default=3,
    show_default=True,
    help="Organizations, with one node each",
)
@click.option(
    "--runtime",
    type=click.Choice(["docker", "process"]),
    default="docker",
    show_default=True,
    help="What runs the algorithms; process has no isolation",
)
@click.option(
    "--algorithm",
    "algorithms",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FOLDER",
    help="An algorithm to run without its image, as the examples are; with process, repeatable",
)
@click.option("--encrypted", is_flag=True, help="Encrypt inputs and results end to end")
@click.option(
    "-p",
    "--server-port",
    type=click.IntRange(1, 65535),
    help="Port that the server listens to  [default: a free one]",
)
def create(
    name: str,
    num_nodes: int,
    runtime: "Runtime",
    algorithms: tuple[Path, ...],
    encrypted: bool,
    server_port: int | None,
) -> None:
    """Make a server, nodes with example data, and users for them."""
    from vantage6.cli.vdev.algorithms import read_algorithm
    from vantage6.cli.vdev.network import DemoNetwork

    if algorithms and runtime == "docker":
        raise click.UsageError(
            "--algorithm needs --runtime process; for Docker build the image: docker build"
            f" -t NAME {shlex.quote(str(algorithms[0]))}"
        )
    own = [read_algorithm(algorithm) for algorithm in algorithms]
    folder = folder_of(name)
    if folder.exists():
        raise Refused(f"{folder} is there already; remove that network first")
    try:
        network = DemoNetwork(
            folder,
            nodes=num_nodes,
            runtime=runtime,
            encrypted=encrypted,
            algorithms=own,
            port=server_port,
        )
        network.create()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    info(f"Made {folder}")
    info(f"User of org_1: {network.plan.username}, password {network.plan.password}")
    info(f"Start it with: vdev start-demo-network --name {name}")


@click.command("start-demo-network", epilog="Example: vdev start-demo-network")
@_NAME
def start(name: str) -> None:
    """Start a demo network in the background and wait until it is ready."""
    network = _existing(name)
    if network.is_running():
        raise AlreadyRunning(f"the network {name} runs already, at {network.address}")
    try:
        network.start()
    except BaseException:
        network.stop()
        raise
    info(f"{len(network.nodes)} nodes and their server are ready at {network.address}/api")
    info("Scripts find it (Client.from_environment) after these lines in the same terminal:")
    for variable, value in network.environment.items():
        click.echo(f"export {variable}={shlex.quote(value)}")
    info(f"Stop it with: vdev stop-demo-network --name {name}")


@click.command("stop-demo-network", epilog="Example: vdev stop-demo-network")
@_NAME
def stop(name: str) -> None:
    """Stop the server and the nodes of a demo network; their data stays."""
    _existing(name).stop()
    info(f"Stopped the network {name}")


@click.command("remove-demo-network", epilog="Example: vdev remove-demo-network --name demo")
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
