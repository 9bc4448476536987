"""`start` of the server, in a container."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vantage6.cli import options
from vantage6.cli.context import Configured, Selection

if TYPE_CHECKING:
    from vantage6.cli.launching import Plan
    from vantage6.server.config import ServerConfig

IMAGE = "vantage6/server:3.12"
READY_LIMIT_S = 60
_WARNING = "[warn ] - "
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared


@click.command(epilog="Example: vserver start --name main --attach")
@options.selection("server")
@click.option("--ip", help="Address of this machine to listen to, instead of the configured one")
@click.option("-p", "--port", type=click.IntRange(1, 65535), help="Port, likewise")
@click.option(
    "--rabbitmq-image",
    help="Image of RabbitMQ, which is started when rabbitmq_uri names a host without a dot",
)
@options.container("server")
def start(
    selection: Selection,
    ip: str | None,
    port: int | None,
    rabbitmq_image: str | None,
    attach: bool,
    **container: Any,
) -> None:
    """Run a server in a container, and wait until it answers."""
    from vantage6.cli.configs import find_or_make
    from vantage6.cli.context import configure
    from vantage6.cli.launching import require_sound
    from vantage6.cli.running import require_stopped
    from vantage6.common.echo import info
    from vantage6.server.config import ServerConfig

    instance = find_or_make(selection)
    configured = configure(instance, ServerConfig, {"ip": ip, "port": port})
    require_stopped(configured)
    require_sound(configured)
    plan = _plan(configured, **container)
    _run(configured, plan, rabbitmq_image)
    settings = configured.settings
    info(f"The server {instance.name} is ready at {_address(settings)}")
    if attach:
        from vantage6.cli.logs import show_log

        show_log(selection, follow=True)


def _plan(
    configured: "Configured[ServerConfig]",
    *,
    image: str | None,
    mount_src: Path | None,
    keep: bool,
) -> "Plan":
    from vantage6.cli import containers, dockerized
    from vantage6.cli.launching import Plan, own_user, passed_on, source

    instance, settings = configured.instance, configured.settings
    sources, variables = source(mount_src)
    health = f"http://127.0.0.1:{dockerized.SERVER_PORT}{settings.api_path}/health"
    command = ["vserver-local", "start", "-c", str(dockerized.config_file(configured))]
    command += ["-e", configured.loaded.environment, f"--{instance.scope}", "--dockerized"]
    return Plan(
        name=containers.name_of(instance),
        image=image or settings.images.server or settings.image or IMAGE,
        command=command,
        labels=containers.labels_of(instance) | ({containers.KEPT: "1"} if keep else {}),
        places=[*dockerized.mounts(configured), *sources],
        environment={"HEALTH_URL": health, **passed_on(), **variables},
        options={
            **own_user(),
            "network": containers.network_of(instance),
            "ports": {f"{dockerized.SERVER_PORT}/tcp": (settings.ip, settings.port)},
            "extra_hosts": {"host.docker.internal": "host-gateway"},
        },
    )


def _run(configured: "Configured[ServerConfig]", plan: "Plan", rabbitmq_image: str | None) -> None:
    import contextlib

    from vantage6.cli import containers, rabbitmq
    from vantage6.cli.launching import launch

    uri = configured.settings.rabbitmq_uri
    queue = rabbitmq.queue_of(uri.get_secret_value() if uri else None)
    network = containers.network_of(configured.instance)
    with contextlib.closing(containers.engine(timeout_s=60)) as client:
        containers.provide_image(client, plan.image)
        containers.provide_network(client, network)
        with contextlib.ExitStack() as undo:
            undo.callback(containers.end_network, client, network)
            if queue is not None:
                data = configured.folders.data
                rabbitmq.provide(client, queue, rabbitmq_image, network, data)
            printed = launch(
                client, plan, lambda: _answers(configured.settings), str, READY_LIMIT_S
            )
            undo.pop_all()
    _pass_on(printed)


def _pass_on(printed: str) -> None:
    """Show what the server said to a person, such as the first password of root."""
    from vantage6.common.echo import warning

    for line in printed.splitlines():
        mark, separator, text = line.partition(_WARNING)
        if separator and not mark:
            warning(text)


def _answers(settings: "ServerConfig") -> bool:
    import requests

    with requests.Session() as session:
        # What is on this machine is not asked for through a proxy.
        session.trust_env = False
        try:
            answer = session.get(f"{_address(settings)}/health", timeout=2)
        except requests.RequestException:
            return False
    body: Any = answer.json() if answer.ok else {}
    return bool(body.get("database"))


def _address(settings: "ServerConfig") -> str:
    host = _LOOPBACK.get(settings.ip, settings.ip)
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}{settings.api_path}"
