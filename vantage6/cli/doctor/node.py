"""What `vnode doctor` looks at, and what has to be right before a node starts."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from vantage6.cli import running
from vantage6.cli.context import Configured
from vantage6.cli.data_files import is_address
from vantage6.cli.doctor import engine, machine, route
from vantage6.cli.doctor.configuration import at_configuration
from vantage6.cli.doctor.diagnosis import (
    Check,
    Diagnosis,
    doubt,
    fine,
    from_message,
    wrong,
)
from vantage6.cli.exits import ExitStatus, status_of
from vantage6.cli.server_probe import AtServer, meet
from vantage6.common.api_session import ApiSession
from vantage6.common.encryption import RSACryptor
from vantage6.common.errors import V6Error
from vantage6.node.config import NodeConfig
from vantage6.node.keys import key_file

Node = Configured[NodeConfig]
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}


def checks_before_start(node: Node, is_server_asked: bool = True) -> dict[str, Check]:
    """What has to be right for a node to work."""
    needed: dict[str, Check] = {"configuration": lambda: at_configuration(node)}
    if is_server_asked:
        needed["server_url"] = lambda: at_server(node)
    if node.settings.runtime == "docker":
        needed["docker"] = engine.at_engine
    return needed


def checks(node: Node) -> dict[str, Check]:
    """Everything that can be looked at."""
    settings, folders = node.settings, node.folders
    everything = checks_before_start(node)
    if settings.runtime == "docker":
        everything["images"] = lambda: engine.at_images(settings)
        everything["docker_registries"] = lambda: engine.at_registries(settings)
    everything["databases"] = lambda: at_addresses(node)
    written = [folders.data, folders.log, Path(settings.task_dir or folders.data).expanduser()]
    everything["disk"] = lambda: machine.at_disk(written)
    everything["time"] = machine.at_time_service
    everything["running"] = lambda: at_process(node)
    return everything


def at_server(node: Node) -> Iterator[Diagnosis]:
    """The way to the server, and, at its end, whether the server and this node agree."""
    settings = node.settings
    try:
        outbound = settings.outbound
    except V6Error:
        return  # `at_configuration` says it
    session = ApiSession(settings.server_url, settings.port, settings.api_path)
    session.close()
    way = list(route.along(session.base_url, outbound))
    yield from way
    if not any(each.is_error and each.finding.about != "clock" for each in way):
        yield from _at_identity(node)


def _at_identity(node: Node) -> Iterator[Diagnosis]:
    settings = node.settings
    known = {
        "server_url": settings.server_url,
        "port": settings.port,
        "api_path": settings.api_path,
        "api_key": settings.api_key.get_secret_value(),
        "ca_bundle": settings.outbound.ca_bundle,
        "http_proxy": settings.outbound.http_proxy,
        "https_proxy": settings.outbound.https_proxy,
        "no_proxy": settings.outbound.no_proxy,
    }
    try:
        met = meet(known)
    except V6Error as error:
        yield _refused(error, node.instance.name)
        return
    yield fine("api_key", f"the server knows this node as {met.node} of {met.organization}")
    yield from _at_encryption(node, met)


def _refused(error: V6Error, name: str) -> Diagnosis:
    status = status_of(error)
    if status is ExitStatus.LOGIN:
        text = "the server does not know the API key"
        remedy = (
            f"ask the administrator for the key of this node, and `vnode set-api-key -n {name}`"
        )
        return wrong("api_key", text, remedy, status)
    return from_message("server_url", error.message, status)


def _at_encryption(node: Node, met: AtServer) -> Iterator[Diagnosis]:
    about, enabled = "encryption.enabled", node.settings.encryption.enabled
    if met.is_encrypted and not enabled:
        text = "is off here, but the collaboration is encrypted"
        remedy = "set it to true, and name the private key of the organization"
        yield wrong(about, text, remedy, ExitStatus.ENCRYPTION)
        return
    if enabled and not met.is_encrypted:
        text = "is on here, but the collaboration is not encrypted"
        yield wrong(about, text, "set it to false", ExitStatus.ENCRYPTION)
        return
    yield fine(about, "is what the collaboration says")
    yield from _at_key(node, met)


def _at_key(node: Node, met: AtServer) -> Iterator[Diagnosis]:
    about, file = "encryption.private_key", key_file(node.settings.encryption, node.folders.data)
    if file is None:
        return
    try:
        cryptor = RSACryptor(file)
    except (OSError, V6Error):
        return  # `at_configuration` says it
    if not met.public_key:
        yield fine(about, f"the server has no key of {met.organization} yet, and takes this one")
    elif cryptor.verify_public_key(met.public_key):
        yield fine(about, f"is the key of {met.organization}, as the server knows it")
    else:
        text = f"{file} is not the key that the server knows of {met.organization}"
        remedy = (
            f"use the private key that all nodes and users of {met.organization} share; if this"
            " is the right one now, `vnode create-private-key --replace-at-server`"
        )
        yield wrong(about, text, remedy, ExitStatus.ENCRYPTION)


def at_addresses(node: Node) -> Iterator[Diagnosis]:
    """Whether something listens where databases that are no files should be."""
    inside = {*node.settings.services, *(t.hostname for t in node.settings.ssh_tunnels)}
    for entry in node.settings.databases:
        host, port = _place(entry.uri)
        if not is_address(entry.uri) or not host or not port:
            continue
        about = f"databases.{entry.label}"
        if host in inside:
            yield fine(about, f"{host} is reached by algorithms only")
            continue
        obstacle = route.obstacle_to(about, host, port)
        if obstacle is None:
            yield fine(about, f"something listens at {host}:{port}")
        else:
            remedy = "correct its uri, or see whether the database runs"
            yield doubt(about, obstacle.finding.text, remedy)


def _place(uri: str) -> tuple[str | None, int | None]:
    """Host and port of an address; None where it does not say."""
    try:
        parts = urlsplit(uri)
        return parts.hostname, parts.port or _PORTS.get(parts.scheme.partition("+")[0])
    except ValueError:  # a password with a slash in it, for one
        return None, None


def at_process(node: Node) -> Iterator[Diagnosis]:
    """Whether it runs already."""
    process = running.process_id(node.folders.data)
    if process is not None:
        yield fine("running", f"this node runs, as process {process}")
