"""`start` of the node, in a container."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vantage6.cli import options
from vantage6.cli.context import Configured, Selection

if TYPE_CHECKING:
    from vantage6.cli.launching import Plan
    from vantage6.node.config import NodeConfig

IMAGE = "vantage6/node:3.12"
READY_LIMIT_S = 60
_SOCKET = "/var/run/docker.sock"
_HOST = "host.docker.internal"
"""Name of this machine that only containers know."""


def force_db_mount(command: options.Command) -> options.Command:
    """Add ``--force-db-mount``."""
    flag = click.option(
        "--force-db-mount",
        is_flag=True,
        help="Do not look whether the files of databases are there, as far as this program sees",
    )
    return flag(command)


@click.command(epilog="Example: vnode start --name hospital --attach")
@options.selection("node")
@options.container("node")
@force_db_mount
def start(selection: Selection, force_db_mount: bool, attach: bool, **container: Any) -> None:
    """Run a node in a container, and wait until it is logged in and takes tasks."""
    from vantage6.cli.configs import find_or_make
    from vantage6.cli.context import configure
    from vantage6.cli.running import require_stopped
    from vantage6.common.echo import info
    from vantage6.node.config import NodeConfig

    instance = find_or_make(selection)
    configured = configure(instance, NodeConfig)
    require_stopped(configured)
    require_able(configured, are_databases_read=not force_db_mount)
    _close_key(configured)
    _run(configured, _plan(configured, **container))
    info(f"The node {instance.name} is ready: logged in at {configured.settings.server_url}")
    if attach:
        from vantage6.cli.logs import show_log

        show_log(selection, follow=True)


def require_able(configured: "Configured[NodeConfig]", *, are_databases_read: bool) -> None:
    """Refuse a node that would not work in a container.

    Raises
    ------
    Refused
        When it is not made for containers.
    Exit
        When something else is wrong, which is told.
    """
    from vantage6.cli.doctor.visit import before_start
    from vantage6.cli.exits import Refused

    if configured.settings.runtime != "docker":
        raise Refused(
            "a node with `runtime: process` runs algorithms beside itself, which the image of the"
            " node is not made for: use `vnode-local start`"
        )
    # Found out here rather than in the container: it says the names that are used here.
    is_known_here = _HOST not in configured.settings.server_url
    before_start(configured, is_server_asked=is_known_here, are_databases_read=are_databases_read)


def _close_key(configured: "Configured[NodeConfig]") -> None:
    """Let nobody else read the key: what the container is given of it cannot be changed there."""
    from vantage6.node import keys

    key = keys.key_file(configured.settings.encryption, configured.folders.data)
    if key is not None:
        keys.protect(key)


def _plan(
    configured: "Configured[NodeConfig]",
    *,
    image: str | None,
    keep: bool,
    mount_src: Path | None,
) -> "Plan":
    from pathlib import PurePosixPath

    from vantage6.cli import containers, dockerized
    from vantage6.cli.launching import Plan, own_user, passed_on, source

    instance, settings = configured.instance, configured.settings
    engine_socket = _engine_socket()
    sources, variables = source(mount_src)
    command = ["vnode-local", "start", "-c", str(dockerized.config_file(configured))]
    command += ["-n", instance.name, "-e", configured.loaded.environment]
    command += ["--dockerized", f"--{instance.scope}"]
    door = dockerized.Place(engine_socket, PurePosixPath(_SOCKET))
    return Plan(
        name=containers.name_of(instance),
        image=image or settings.images.node or settings.image or IMAGE,
        command=command,
        labels=containers.labels_of(instance) | ({containers.KEPT: "1"} if keep else {}),
        places=[*dockerized.mounts(configured), door, *sources],
        environment={**passed_on(), **variables},
        options={**own_user(engine_socket), **_network(settings)},
    )


def _network(settings: "NodeConfig") -> dict[str, Any]:
    """The engine's bridge, or this machine where the server, or the proxy to it, is here."""
    from urllib.parse import urlsplit

    from vantage6.cli.looks import is_here

    outbound = settings.outbound
    addresses = (settings.server_url, outbound.http_proxy or "", outbound.https_proxy or "")
    hosts = {urlsplit(text if "//" in text else f"//{text}").hostname for text in addresses}
    if any(host and is_here(host) for host in hosts):
        return {"network_mode": "host"}
    return {"extra_hosts": {_HOST: "host-gateway"}}


def _engine_socket() -> Path:
    """Socket of the engine on this machine.

    Raises
    ------
    RuntimeUnavailable
        When the engine is reached in another way, which a container cannot be given.
    """
    from vantage6.common.errors import RuntimeUnavailable

    address = os.environ.get("DOCKER_HOST") or f"unix://{_SOCKET}"
    path = Path(address.removeprefix("unix://"))
    if not address.startswith("unix://") or not path.exists():
        raise RuntimeUnavailable(
            f"no Docker engine answers at {address}: is it started? A node in a container needs"
            " the engine of this machine; `vnode-local start` can use another one"
        )
    return path.resolve()


def _run(configured: "Configured[NodeConfig]", plan: "Plan") -> None:
    import contextlib

    from vantage6.cli import containers
    from vantage6.cli.launching import launch
    from vantage6.node import instance

    data = configured.folders.data
    # A node that was killed leaves its last word behind.
    instance.clear_state(data)
    with contextlib.closing(containers.engine(timeout_s=60)) as client:
        containers.provide_image(client, plan.image)
        launch(
            client,
            plan,
            lambda: instance.read_state(data)[0] is instance.State.READY,
            lambda: instance.read_state(data)[1],
            READY_LIMIT_S,
        )
