"""Where a node or server in a container finds its files, and how its configuration reads there.

`vnode start` and `vserver start` mount what `mounts` names; the program in the container reads the
same file of configuration and changes it with `inside`. Both follow from the configuration alone,
so that nothing else has to be told to the container. The places are those of 3.x.
"""

import dataclasses
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from vantage6.cli.context import Configured
from vantage6.cli.data_files import is_address
from vantage6.cli.looks import is_here
from vantage6.common.paths import Folders

if TYPE_CHECKING:
    from vantage6.node.config import NodeConfig
    from vantage6.server.config import ServerConfig

SERVER_PORT = 5000
_CONFIG = PurePosixPath("/mnt/config")
_DATA = PurePosixPath("/mnt/data")
_LOG = PurePosixPath("/mnt/log")
_KEY = PurePosixPath("/mnt/private_key.pem")
_CA_BUNDLE = PurePosixPath("/mnt/ca_bundle.pem")
_TASKS = PurePosixPath("/mnt/tasks")
_DATABASE = PurePosixPath("/mnt/database")
_SQLITE = "sqlite:///"


class Place(NamedTuple):
    """A file or folder of this machine, and what the container calls it."""

    outside: Path
    inside: PurePosixPath
    read_only: bool = True


def shares_network(server: "ServerConfig") -> bool:
    """Whether a server uses a service that only programs of this machine reach.

    A container with a network of its own would look for it in itself.
    """
    from sqlalchemy import make_url

    queue = server.rabbitmq_uri
    hosts = [make_url(server.uri).host]
    if queue:
        hosts.append(urlsplit(queue.get_secret_value()).hostname)
    if "smtp" in server.model_fields_set:
        hosts.append(server.smtp.server)
    return any(map(is_here, hosts))


def config_file(configured: Configured[Any]) -> PurePosixPath:
    """What the container calls the file of configuration; its stem is the name, as outside."""
    return _CONFIG / configured.instance.file.name


def mounts(configured: Configured[Any]) -> list[Place]:
    """Everything that the container of an instance needs to see."""
    folders = configured.folders
    return [
        Place(configured.instance.file.absolute(), config_file(configured)),
        Place(folders.data.absolute(), _DATA, read_only=False),
        Place(folders.log.absolute(), _LOG, read_only=False),
        *(place for _, place in _named(configured)),
    ]


def inside(configured: Configured[Any]) -> Configured[Any]:
    """The same instance, as it is in its container."""
    changes: dict[str, Any] = {}
    for setting, place in _named(configured):
        changes.setdefault(setting, []).append(str(place.inside))
    change = _of_node if configured.instance.component == "node" else _of_server
    settings = change(configured.settings, changes)
    loaded = dataclasses.replace(configured.loaded, settings=settings)
    folders = Folders(Path(_CONFIG), Path(_DATA), Path(_LOG))
    return dataclasses.replace(configured, loaded=loaded, folders=folders)


def _named(configured: Configured[Any]) -> list[tuple[str, Place]]:
    """What the configuration itself names, each with the setting."""
    settings = configured.settings
    if configured.instance.component == "server":
        return _named_by_server(settings)
    named = [
        ("databases", Place(_absolute(entry.uri), _below_mnt(entry.label, entry.uri)))
        for entry in settings.databases
        if not is_address(entry.uri)
    ]
    named += [
        ("ssh_tunnels", Place(_absolute(t.ssh.identity.key), _tunnel_key(t.hostname)))
        for t in settings.ssh_tunnels
    ]
    key = settings.encryption.private_key
    if settings.encryption.enabled and key and Path(key).expanduser().is_absolute():
        named.append(("private_key", Place(_absolute(key), _KEY)))
    if settings.ca_bundle:
        named.append(("ca_bundle", Place(_absolute(settings.ca_bundle), _CA_BUNDLE)))
    if settings.task_dir:
        named.append(("task_dir", Place(_absolute(settings.task_dir), _TASKS, read_only=False)))
    return named


def _named_by_server(settings: "ServerConfig") -> list[tuple[str, Place]]:
    path, _, _ = settings.uri.removeprefix(_SQLITE).partition("?")
    if not settings.uri.startswith(_SQLITE) or not Path(path).is_absolute():
        return []  # a service, or a file in the data folder
    # The folder, since SQLite keeps its journal beside the file.
    return [("uri", Place(Path(path).parent, _DATABASE, read_only=False))]


def _of_node(settings: "NodeConfig", places: dict[str, list[str]]) -> "NodeConfig":
    files, keys = iter(places.get("databases", ())), iter(places.get("ssh_tunnels", ()))
    update: dict[str, Any] = {
        "databases": tuple(
            entry if is_address(entry.uri) else entry.model_copy(update={"uri": next(files)})
            for entry in settings.databases
        ),
        "ssh_tunnels": tuple(_with_key(entry, next(keys)) for entry in settings.ssh_tunnels),
    }
    if "private_key" in places:
        key = {"private_key": places["private_key"][0]}
        update["encryption"] = settings.encryption.model_copy(update=key)
    for name in ("ca_bundle", "task_dir"):
        if name in places:
            update[name] = places[name][0]
    return settings.model_copy(update=update)


def _of_server(settings: "ServerConfig", places: dict[str, list[str]]) -> "ServerConfig":
    update: dict[str, Any] = {}
    if not shares_network(settings):
        # Which address of the host leads here is decided where the port is published.
        update |= {"ip": "0.0.0.0", "port": SERVER_PORT}  # noqa: S104
    if "uri" in places:
        file = PurePosixPath(settings.uri.removeprefix(_SQLITE)).name
        update["uri"] = f"{_SQLITE}{_DATABASE / file}"
    return settings.model_copy(update=update)


def _with_key(tunnel: Any, key: str) -> Any:
    identity = tunnel.ssh.identity.model_copy(update={"key": key})
    return tunnel.model_copy(update={"ssh": tunnel.ssh.model_copy(update={"identity": identity})})


def _absolute(path: str) -> Path:
    return Path(path).expanduser().absolute()


def _below_mnt(label: str, uri: str) -> PurePosixPath:
    return PurePosixPath("/mnt") / f"{label}{PurePosixPath(uri).suffix}"


def _tunnel_key(hostname: str) -> PurePosixPath:
    return PurePosixPath("/mnt/ssh") / f"{hostname}.pem"
