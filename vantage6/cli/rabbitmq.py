"""RabbitMQ in a container beside the servers of this machine that share their work through it.

`vserver start` starts one when `rabbitmq_uri` names a host without a dot in it, such as
``amqp://user:password@rabbit/vhost``: the container gets that very name. Other servers that name
the same host use the same one, and it goes when the last of them is stopped. Any other host is one
that somebody else looks after.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from vantage6.cli.progress import wait_until
from vantage6.common.echo import info
from vantage6.common.errors import ConfigurationError, RuntimeUnavailable

IMAGE = "rabbitmq:3.13-alpine"
LABEL = {"vantage6-type": "rabbitmq"}
_READY_LIMIT_S = 180
_SAID_WHEN_READY = b"Server startup complete"
_CONFIG = "/etc/vantage6-rabbitmq"
_DATA = "/var/lib/rabbitmq"
_TAIL_LINES = 12
_FULL = ".*"


@dataclass(frozen=True, slots=True)
class Queue:
    """What an address says about a queue of this machine."""

    host: str
    port: int
    user: str
    password: str
    vhost: str


def queue_of(uri: str | None) -> Queue | None:
    """The queue that `vserver start` looks after; None when there is none.

    Raises
    ------
    ConfigurationError
        When the address has no user or password.
    """
    parts = urlsplit(uri or "")
    host = parts.hostname or ""
    if not host or "." in host or ":" in host or host == "localhost":
        return None
    if not parts.username or not parts.password:
        raise ConfigurationError(
            "rabbitmq_uri: name a user and a password, as in amqp://user:password@rabbit/vhost;"
            f" RabbitMQ in the container {host} is made with them"
        )
    # Without a path it is the vhost `/`, and so it is with `//`.
    vhost = unquote(parts.path[1:]) or "/"
    user, password = unquote(parts.username), unquote(parts.password)
    return Queue(host, parts.port or 5672, user, password, vhost)


def definitions(queue: Queue, salt: bytes) -> dict[str, Any]:
    """What RabbitMQ loads at each start, so that a changed password holds.

    Notes
    -----
    A password is kept as base64 of a salt of 4 bytes and the SHA-256 of salt and password:
    https://www.rabbitmq.com/docs/passwords#computing-password-hash
    """
    digest = hashlib.sha256(salt + queue.password.encode()).digest()
    user = {
        "name": queue.user,
        "password_hash": base64.b64encode(salt + digest).decode(),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [],
    }
    rights = dict.fromkeys(("configure", "write", "read"), _FULL)
    permission = {"user": queue.user, "vhost": queue.vhost, **rights}
    return {"users": [user], "vhosts": [{"name": queue.vhost}], "permissions": [permission]}


def provide(client: Any, queue: Queue, image: str | None, network: str, data: Path) -> None:
    """Have RabbitMQ run on a network, and wait until it is ready.

    Parameters
    ----------
    client
        Client of the engine.
    queue
        What it shall be.
    image
        Image of a new container; the usual one when left out.
    network
        Network of the server.
    data
        Data folder of the server, which gets a folder for it.

    Raises
    ------
    RuntimeUnavailable
        When it does not become ready, with its last lines.
    """
    from docker.errors import NotFound

    try:
        container = client.containers.get(queue.host)
    except NotFound:
        container = _start(client, queue, image or IMAGE, network, data)
    else:
        _join(client, container, network)
    if not wait_until(lambda: _is_ready(container), _READY_LIMIT_S, "Waiting for RabbitMQ"):
        printed = container.logs(tail=_TAIL_LINES).decode("utf-8", "replace")
        raise RuntimeUnavailable(f"RabbitMQ in {queue.host} does not work; it says:\n{printed}")
    info(f"RabbitMQ is ready in the container {queue.host}")


def leave(client: Any, network: str) -> None:
    """Take RabbitMQ off the network of a server; one that is on no other one is removed."""
    filters = {"label": "vantage6-type=rabbitmq"}
    for container in client.containers.list(all=True, filters=filters, ignore_removed=True):
        networks = container.attrs["NetworkSettings"]["Networks"]
        if network not in networks:
            continue
        client.networks.get(network).disconnect(container, force=True)
        if len(networks) == 1:
            container.remove(force=True, v=True)
            info(f"Removed RabbitMQ, the container {container.name}")


def _join(client: Any, container: Any, network: str) -> None:
    if container.labels.get("vantage6-type") != "rabbitmq":
        raise RuntimeUnavailable(
            f"the container {container.name} is there already and is not one of `vserver start`;"
            " choose another host in rabbitmq_uri"
        )
    if network not in container.attrs["NetworkSettings"]["Networks"]:
        client.networks.get(network).connect(container)
    if container.status != "running":
        container.start()


def _start(client: Any, queue: Queue, image: str, network: str, data: Path) -> Any:
    from docker.types import Mount

    from vantage6.cli.containers import provide_image
    from vantage6.cli.launching import own_user

    provide_image(client, image, option="--rabbitmq-image")
    folder = data / "rabbitmq"
    _write(folder / "config", queue)
    (folder / "data").mkdir(exist_ok=True)
    return client.containers.run(
        image,
        name=queue.host,
        # The data belong to the name of the host.
        hostname=queue.host,
        labels=LABEL,
        network=network,
        detach=True,
        restart_policy={"Name": "unless-stopped"},
        environment={
            "RABBITMQ_CONFIG_FILE": f"{_CONFIG}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{_CONFIG}/enabled_plugins",
            "RABBITMQ_LOGS": "-",
            "HOME": _DATA,
        },
        mounts=[
            Mount(_CONFIG, str(folder / "config"), type="bind", read_only=True),
            Mount(_DATA, str(folder / "data"), type="bind"),
        ],
        security_opt=["no-new-privileges", "label=disable"],
        **own_user(),
    )


def _write(folder: Path, queue: Queue) -> None:
    # Images that start as root become a user of their own, who has to read the files; the folder
    # around them keeps everybody else of this machine out.
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    conf = f"listeners.tcp.default = {queue.port}\nload_definitions = {_CONFIG}/definitions.json\n"
    texts = {
        "rabbitmq.conf": conf,
        "enabled_plugins": "[].\n",
        "definitions.json": json.dumps(definitions(queue, secrets.token_bytes(4))),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)


def _is_ready(container: Any) -> bool:
    container.reload()
    return container.status == "running" and _SAID_WHEN_READY in container.logs()
