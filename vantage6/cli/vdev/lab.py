"""`vdev lab`: a federation in one process, to write algorithms and scripts against.

The command itself; `lab_run` goes from its start to its end, `lab_network` is what it consists of,
`lab_runs` and `lab_algorithms` how algorithms run in it, `lab_words` what it tells.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import click

from vantage6.cli.facts import json_flag
from vantage6.cli.vdev.progress import Progress

_EXISTING = click.Path(exists=True, path_type=Path)


@dataclass(frozen=True, slots=True)
class LabFacts:
    """A lab that is ready."""

    address: Annotated[str, "Address of the server, with the API path"]
    username: Annotated[str, "User of the first organization"]
    password: Annotated[str, "Password of the user"]
    private_key: Annotated[str | None, "Private key of the organization; null without encryption"]
    organizations: Annotated[tuple[str, ...], "Organizations, one node each"]
    folder: Annotated[str, "Where everything is kept while the lab runs"]


@click.command(epilog="Example: vdev lab --algorithm ./heart-age --data ./hospitals")
@click.option(
    "--num-nodes",
    "nodes",
    type=click.IntRange(1, 50),
    help="Organizations, with one node each; as many as there are files, or 3",
)
@click.option(
    "--data",
    type=_EXISTING,
    multiple=True,
    metavar="FOLDER_OR_FILE",
    help="CSV files, one for each node, instead of the example data; repeatable",
)
@click.option(
    "--algorithm",
    "algorithms",
    type=_EXISTING,
    multiple=True,
    metavar="FOLDER",
    help="An algorithm to run from its source, under any name of an image; repeatable",
)
@click.option("--encrypted", is_flag=True, help="Encrypt inputs and results end to end")
@click.option(
    "-p",
    "--port",
    type=click.IntRange(1, 65535),
    help="Port of the server; a free one if left out",
)
@click.option(
    "--run",
    "script",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="SCRIPT",
    help="Run a Python script against the lab and end with its exit code",
)
@click.option("--keep", is_flag=True, help="Keep configurations, database and log afterwards")
@json_flag(LabFacts)
@click.pass_context
def lab(ctx: click.Context, /, script: Path | None, as_json: bool, **wishes: Any) -> None:
    """Run a server and nodes in one process, without Docker, until Ctrl-C.

    Algorithms run from their source, with all rights of your user: NO ISOLATION.
    """
    # The output of a script, and a document for programs, have standard output for themselves.
    stream = sys.stderr if as_json or script else sys.stdout
    progress = Progress(stream)
    from vantage6.server.wsgi import patch

    # Before anything that has to do with sockets or threads is imported.
    patch()
    from vantage6.cli.vdev.lab_network import LabWishes
    from vantage6.cli.vdev.lab_run import run_lab
    from vantage6.cli.vdev.lab_runs import Screen

    ctx.exit(run_lab(LabWishes(**wishes), Screen(stream), progress, script, as_json=as_json))
