"""`vdev demo`: the federated average over three hospitals, from nothing to the answer."""

import contextlib
import shutil
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantage6.cli.exits import ExitStatus
from vantage6.cli.signals import handled
from vantage6.cli.vdev.files import IMAGE, Runtime
from vantage6.cli.vdev.progress import Progress
from vantage6.common.echo import info, warning
from vantage6.common.errors import RunFailed, RuntimeUnavailable

if TYPE_CHECKING:
    from vantage6.cli.vdev.network import DemoNetwork

_COLUMN = "mean_radius"
_TOLERANCE = 1e-9


@click.command(epilog="Example: vdev demo --runtime process")
@click.option(
    "--runtime",
    type=click.Choice(["auto", "docker", "process"]),
    default="auto",
    show_default=True,
    help="What runs the algorithm; auto takes Docker where it is ready",
)
@click.option("--encrypted", is_flag=True, help="Encrypt inputs and results end to end")
@click.option("--column", default=_COLUMN, show_default=True, help="Column to average")
@click.option("--keep", is_flag=True, help="Keep configurations, database and logs afterwards")
@click.pass_context
def demo(ctx: click.Context, runtime: str, encrypted: bool, column: str, keep: bool) -> None:
    """Run a federated average on this machine: one server, three nodes, real data."""
    from vantage6.cli.vdev.average import check_column, federated_average, pooled_average
    from vantage6.cli.vdev.network import DemoNetwork

    progress = Progress()
    chosen = choose_runtime(runtime)
    try:
        # Being terminated is taken for Ctrl-C, so that everything is cleaned up.
        with handled(signal.default_int_handler), _folder(keep) as folder:
            network = DemoNetwork(folder, runtime=chosen, encrypted=encrypted)
            check_column(network.databases, column)
            with ThreadPoolExecutor(1) as aside, _running(network, progress):
                network.start()
                count = len(network.nodes)
                progress.step(f"server and {count} nodes are ready at {network.address}")
                # Importing pandas takes a second, in which the central part is only starting.
                pooled = aside.submit(pooled_average, network.databases, column)
                with network.client() as client:
                    answer = federated_average(client, column, progress)
                progress.step("the answer is there")
                _show(answer, pooled.result(), column)
    except KeyboardInterrupt:
        progress.end()
        warning("Stopped before the end; everything that was started is gone")
        ctx.exit(ExitStatus.INTERRUPTED)
    info(f"Done in {progress.seconds:.1f} s; nothing is left running")


def choose_runtime(wish: str) -> Runtime:
    """The runtime for a wish of ``auto``, ``docker`` or ``process``.

    Raises
    ------
    RuntimeUnavailable
        When Docker is insisted on and is not ready.
    """
    if wish != "process":
        from vantage6.cli.containers import engine, require_image

        try:
            client = engine()
            with contextlib.closing(client):
                require_image(client, IMAGE, "build it with examples/images.sh")
        except RuntimeUnavailable as error:
            if wish == "docker":
                raise
            reason = f" ({error.message})"
        else:
            return "docker"
    else:
        reason = ""
    warning(f"NO ISOLATION: algorithms run as plain processes of this machine{reason}")
    return "process"


@contextlib.contextmanager
def _folder(keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="vantage6-demo-"))
    try:
        yield folder
    finally:
        if keep:
            info(f"Kept {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(network: "DemoNetwork", progress: Progress) -> Iterator[None]:
    try:
        progress.live(f"starting a server and {len(network.nodes)} nodes")
        yield
    finally:
        progress.live("stopping")
        # A second Ctrl-C in the middle of cleaning up would leave processes behind.
        with handled(signal.SIG_IGN):
            network.stop()
        progress.end()


def _show(answer: float, pooled: float, column: str) -> None:
    width = len(f"federated average of {column}")
    click.echo(f"\n  federated average of {column}: {answer!r}")
    click.echo(f"  {'pooled pandas average':{width}}: {pooled!r}\n")
    if abs(answer - pooled) > _TOLERANCE:
        raise RunFailed("the two answers differ")
