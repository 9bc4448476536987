"""The web user interface of 3.x in a container beside a server, for `vserver start --with-ui`.

It is a page that runs in the browser, and asks the server from there: it is told where a browser
finds the server, and the server is told which addresses the page has.
"""

from typing import Any

from vantage6.cli import containers, launching
from vantage6.cli.context import Configured, Instance
from vantage6.server.config import ServerConfig

IMAGE = "harbor2.vantage6.ai/infrastructure/ui:petronas"
READY_LIMIT_S = 60
_PORT = 80
_HERE = frozenset({"", "0.0.0.0", "::", "127.0.0.1", "::1"})  # noqa: S104  # compared


def origins(settings: ServerConfig) -> list[str]:
    """Addresses that the page has in a browser, as a browser tells them to the server."""
    hosts = dict.fromkeys((_host(settings), "localhost", "127.0.0.1"))
    return [f"http://{host}:{settings.ui.port}" for host in hosts]


def provide_image(client: Any, settings: ServerConfig) -> None:
    """Pull the image, where this host does not have it.

    Raises
    ------
    RuntimeUnavailable
        When it cannot be had.
    """
    containers.provide_image(client, _image(settings), option="images.ui in the configuration")


def start(client: Any, configured: Configured[ServerConfig]) -> str:
    """Start it and wait until it answers; gives its address.

    Raises
    ------
    V6Error
        When it does not, with the last lines that it printed.
    """
    settings, instance = configured.settings, configured.instance
    # One whose server ended by itself.
    remove(client, instance)
    address = origins(settings)[0]
    plan = launching.Plan(
        name=_name(instance),
        image=_image(settings),
        command=[],
        labels=containers.labels_of(instance) | {"vantage6-type": "ui"},
        places=[],
        environment={
            "SERVER_URL": f"http://{_host(settings)}:{settings.port}",
            "API_PATH": settings.api_path,
        },
        options={"ports": {f"{_PORT}/tcp": (settings.ip, settings.ui.port)}},
        port_option="--ui-port",
    )
    launching.launch(client, plan, lambda: _answers(address), str, READY_LIMIT_S)
    return address


def remove(client: Any, instance: Instance) -> None:
    """Remove it, running or not."""
    from docker.errors import NotFound

    try:
        client.containers.get(_name(instance)).remove(force=True, v=True)
    except NotFound:
        return


def _answers(address: str) -> bool:
    answer = launching.asked(address)
    return answer is not None and answer.ok


def _host(settings: ServerConfig) -> str:
    if settings.ip in _HERE:
        return "localhost"
    return f"[{settings.ip}]" if ":" in settings.ip else settings.ip


def _image(settings: ServerConfig) -> str:
    return settings.images.ui or IMAGE


def _name(instance: Instance) -> str:
    return f"vantage6-{instance.name}-{instance.scope}-ui"
