"""`start` of the server, in a container."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vantage6.cli import options
from vantage6.cli.context import Configured, Selection

if TYPE_CHECKING:
    from vantage6.cli.launching import Plan
    from vantage6.cli.rabbitmq import Queue
    from vantage6.server.config import ServerConfig

IMAGE = "vantage6/server:3.12"
READY_LIMIT_S = 60
_WARNING = "[warn ] - "
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared


@click.command(epilog="Example: vserver start --name main --attach")
@options.selection("server")
@click.option("--ip", help="Address of this machine to listen to, instead of the configured one")
@click.option("-p", "--port", type=click.IntRange(1, 65535), help="Port, likewise")
@click.option("--with-ui", is_flag=True, help="Also start the web user interface")
@click.option("--ui-port", type=click.IntRange(1, 65535), help="Port of the user interface")
@click.option(
    "--rabbitmq-image",
    help="Image of RabbitMQ, which is started when rabbitmq_uri names a host without a dot",
)
@options.container("server")
def start(
    selection: Selection,
    ip: str | None,
    port: int | None,
    with_ui: bool,
    ui_port: int | None,
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
    wishes = {"ip": ip, "port": port, "ui.enabled": with_ui or None, "ui.port": ui_port}
    configured = configure(instance, ServerConfig, wishes)
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
    from vantage6.cli import containers, dockerized, ui
    from vantage6.cli.launching import Plan, own_user, passed_on, source

    instance, settings = configured.instance, configured.settings
    sources, variables = source(mount_src)
    seen = dockerized.inside(configured).settings
    health = f"{_address(seen)}/health"
    command = ["vserver-local", "start", "-c", str(dockerized.config_file(configured))]
    command += ["-e", configured.loaded.environment, f"--{instance.scope}", "--dockerized"]
    command += ["--ip", settings.ip, "--port", str(settings.port)]
    if settings.ui.enabled:
        command += [f"--allow-origin={origin}" for origin in ui.origins(settings)]
    return Plan(
        name=containers.name_of(instance),
        image=image or settings.images.server or settings.image or IMAGE,
        command=command,
        labels=containers.labels_of(instance) | ({containers.KEPT: "1"} if keep else {}),
        places=[*dockerized.mounts(configured), *sources],
        environment={"HEALTH_URL": health, **passed_on(), **variables},
        options={**own_user(), **_network(configured)},
    )


def _network(configured: "Configured[ServerConfig]") -> dict[str, Any]:
    """A network of its own, or that of this machine where a service that it needs is here."""
    from vantage6.cli import containers, dockerized

    settings = configured.settings
    if dockerized.shares_network(settings):
        return {"network_mode": "host"}
    return {
        "network": containers.network_of(configured.instance),
        "ports": {f"{dockerized.SERVER_PORT}/tcp": (settings.ip, settings.port)},
        "extra_hosts": {"host.docker.internal": "host-gateway"},
    }


def _run(configured: "Configured[ServerConfig]", plan: "Plan", rabbitmq_image: str | None) -> None:
    import contextlib

    from vantage6.cli import containers, rabbitmq, ui
    from vantage6.cli.launching import launch
    from vantage6.common.echo import info

    settings, instance = configured.settings, configured.instance
    queue = _queue(settings)
    network = containers.network_of(instance)
    with contextlib.closing(containers.engine(timeout_s=60)) as client:
        containers.provide_image(client, plan.image)
        if settings.ui.enabled:
            ui.provide_image(client, settings)
        containers.provide_network(client, network)
        with contextlib.ExitStack() as undo:
            undo.callback(containers.end_network, client, network)
            if queue is not None:
                rabbitmq.provide(client, queue, rabbitmq_image, network, configured.folders.data)
            printed = launch(client, plan, lambda: _answers(settings), str, READY_LIMIT_S)
            undo.callback(containers.end_container, client, instance, 0, force=True)
            if settings.ui.enabled:
                info(f"The user interface is ready at {ui.start(client, configured)}")
            undo.pop_all()
    _pass_on(printed)


def _queue(settings: "ServerConfig") -> "Queue | None":
    from vantage6.cli import dockerized, rabbitmq
    from vantage6.common.errors import ConfigurationError

    uri = settings.rabbitmq_uri
    queue = rabbitmq.queue_of(uri.get_secret_value() if uri else None)
    if queue is not None and dockerized.shares_network(settings):
        raise ConfigurationError(
            f"rabbitmq_uri: the container {queue.host} cannot be reached by a server that uses a"
            " service at localhost; name a RabbitMQ at localhost here too, or that service"
            " host.docker.internal"
        )
    return queue


def _pass_on(printed: str) -> None:
    """Show what the server said to a person, such as the first password of root."""
    from vantage6.common.echo import warning

    for line in printed.splitlines():
        mark, separator, text = line.partition(_WARNING)
        if separator and not mark:
            warning(text)


def _answers(settings: "ServerConfig") -> bool:
    from vantage6.cli.launching import asked

    answer = asked(f"{_address(settings)}/health")
    return answer is not None and answer.ok and bool(answer.json().get("database"))


def _address(settings: "ServerConfig") -> str:
    host = _LOOPBACK.get(settings.ip, settings.ip)
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}{settings.api_path}"
