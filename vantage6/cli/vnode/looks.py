"""What `vnode check` looks at."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from vantage6.cli.check import Look
from vantage6.cli.context import Configured
from vantage6.cli.data_files import problem_with_database
from vantage6.cli.facts import Finding, Level
from vantage6.cli.looks import at_folders, is_here, problem_with_folder
from vantage6.common.address import normal
from vantage6.common.encryption import RSACryptor
from vantage6.common.errors import ConfigurationError, V6Error
from vantage6.node.config import NodeConfig
from vantage6.node.keys import key_file
from vantage6.node.runtime_choice import check_choice

Node = Configured[NodeConfig]
_HOST = frozenset({"host.docker.internal", "172.17.0.1"})
"""This machine, as containers call it."""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def at_server(configured: Node) -> Iterator[Finding]:
    """Whether the address of the server makes sense, and there is a key for it."""
    settings = configured.settings
    if not settings.api_key.get_secret_value().strip():
        yield Finding(
            "api_key", Level.ERROR, "is empty", f"`vnode set-api-key --name {_name(configured)}`"
        )
    parts = urlsplit(normal(settings.server_url, settings.port, settings.api_path).host)
    if parts.scheme != "https" and not (is_here(parts.hostname or "") or parts.hostname in _HOST):
        yield Finding(
            "server_url",
            Level.WARNING,
            "http:// does not protect what travels to another machine",
            "use https://, if the server has it",
        )
    if parts.port and settings.port and parts.port != settings.port:
        yield Finding(
            "port",
            Level.ERROR,
            f"is {settings.port}, but server_url says {parts.port}",
            "leave one of them out",
        )
    try:
        _ = settings.outbound
    except ConfigurationError as error:
        about, _, text = error.message.partition(": ")
        yield Finding(about, Level.ERROR, text, "name the file that your IT department gave")


def at_databases(configured: Node) -> Iterator[Finding]:
    """Whether every database can be read, and is of its type."""
    if not configured.settings.databases:
        yield Finding(
            "databases", Level.WARNING, "there is none", "add one, or nothing can be analysed"
        )
    for entry in configured.settings.databases:
        problem = problem_with_database(entry.uri, entry.type)
        if problem:
            remedy = "correct its uri or type, or put the file there"
            yield Finding(f"databases.{entry.label}", Level.ERROR, problem, remedy)


def at_key(configured: Node) -> Iterator[Finding]:
    """Whether the private key is there, is one, and is private."""
    file = key_file(configured.settings.encryption, configured.folders.data)
    if file is None:
        return
    about = "encryption.private_key"
    try:
        RSACryptor(file)
    except FileNotFoundError:
        remedy = f"`vnode create-private-key --name {_name(configured)}`, or name its file"
        yield Finding(about, Level.ERROR, f"there is no {file}", remedy)
    except (OSError, V6Error) as error:
        remedy = "name the file that `vnode create-private-key` made"
        yield Finding(about, Level.ERROR, f"{file} cannot be used ({error})", remedy)
    else:
        if file.stat().st_mode & _OTHERS:
            text = f"others than its owner can read {file}"
            yield Finding(about, Level.WARNING, text, f"chmod 600 {file}")


def at_runtime(configured: Node) -> Iterator[Finding]:
    """Whether algorithms can be run as the configuration wants it."""
    try:
        check_choice(configured.loaded)
        configured.settings.content_trust.demanded(os.environ)
    except ConfigurationError as error:
        yield Finding("runtime", Level.ERROR, error.message, "see the reference of configuration")
    if configured.settings.task_dir:
        problem = problem_with_folder(Path(configured.settings.task_dir).expanduser())
        if problem:
            yield Finding("task_dir", Level.ERROR, problem, "name a folder that can be written")


def at_policies(configured: Node) -> Iterator[Finding]:
    """Whether anything is kept out."""
    if not configured.settings.policy.images:
        yield Finding(
            "policies.allowed_algorithms",
            Level.WARNING,
            "every image that a member of the collaboration asks for is run",
            "name the images that you allow",
        )


def at_tunnels(configured: Node) -> Iterator[Finding]:
    """Whether the keys of SSH tunnels are there."""
    for tunnel in configured.settings.ssh_tunnels:
        file = Path(tunnel.ssh.identity.key).expanduser()
        if not os.access(file, os.R_OK):
            about = f"ssh-tunnels.{tunnel.hostname}"
            text = f"the key {file} is not there, or cannot be read"
            yield Finding(about, Level.ERROR, text, "correct ssh.identity.key")


def at_notices(configured: Node) -> Iterator[Finding]:
    """What the file asks for and this version does not do."""
    for notice in configured.settings.notices():
        about, _, text = notice.partition(": ")
        yield Finding(about, Level.WARNING, text, "remove the setting")


LOOKS: tuple[Look, ...] = (
    *(at_server, at_databases, at_key, at_runtime),
    *(at_policies, at_tunnels, at_folders, at_notices),
)


def _name(configured: Node) -> str:
    return configured.instance.name
