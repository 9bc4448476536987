"""Blocks of the configuration of a node; `vantage6.node.config` puts them together."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from vantage6.common.config.blocks import Block
from vantage6.common.errors import ConfigurationError
from vantage6.node.housekeeping import Keep
from vantage6.node.image_name import InvalidImageName, registry_of
from vantage6.node.policy import Identity, check_patterns

_TRUST = "DOCKER_CONTENT_TRUST"
_NO = frozenset({"", "0", "f", "false"})
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class DatabaseEntry(Block):
    """A data source that algorithms may ask for."""

    label: str = Field(description="Name by which a task asks for it")
    uri: str = Field(description="File or folder on this host, or an address that is passed on")
    type: str | None = Field(
        None, description="csv, parquet, excel, sql, sparql, omop or other; not in the old form"
    )

    @field_validator("label")
    @classmethod
    def _fits_a_variable(cls, label: str) -> str:
        # The label becomes part of the name of an environment variable of the container.
        if not _LABEL.fullmatch(label):
            raise ValueError("use letters, digits and '_' only, and no digit in front")
        return label


class Encryption(Block):
    """End-to-end encryption of inputs and results."""

    enabled: bool = Field(strict=True, description="Must be what the collaboration says")
    private_key: str | None = Field(
        None,
        description="File with the private key of the organization; a relative one is in the data "
        "folder; private_key.pem there when left out",
    )


class Policies(Block):
    """What this node accepts; see vantage6.node.policy for the exact rules."""

    allowed_algorithms: tuple[str, ...] | None = Field(
        None, description="Regular expressions; one must match the whole name of the image"
    )
    allowed_registries: tuple[str, ...] | None = Field(
        None, description="Registries that images may come from, such as harbor2.vantage6.ai"
    )
    allowed_functions: dict[str, tuple[str, ...]] = Field(
        {},
        description="Regular expression for images to the functions that they may run, such as "
        "RPC_average; inputs of these images must be JSON, which the node reads",
    )
    allowed_users: tuple[int, ...] | None = Field(None, description="Ids of users")
    allowed_organizations: tuple[Identity, ...] | None = Field(
        None, description="Ids or names of organizations"
    )

    @field_validator("allowed_algorithms", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("allowed_algorithms")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        check_patterns(value or ())
        return value

    @field_validator("allowed_registries")
    @classmethod
    def _are_registries(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(_registry(entry) for entry in value)

    @field_validator("allowed_functions")
    @classmethod
    def _are_for_patterns(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        check_patterns(value)
        return value


class ContentTrust(Block):
    """Signatures of images, which their owners make with Docker Content Trust."""

    enabled: bool | None = Field(
        None,
        description="Run only images that their owner has signed, by the digest that was signed; "
        "when left out, what DOCKER_CONTENT_TRUST in the environment says",
    )
    server: str | None = Field(
        None,
        description="Address of the Notary server that has the signatures; when left out, "
        "DOCKER_CONTENT_TRUST_SERVER in the environment, else the registry of each image",
    )

    def demanded(self, environment: Mapping[str, str]) -> "ContentTrust | None":
        """What holds together with the environment; None when signatures are not asked for.

        Raises
        ------
        ConfigurationError
            When the server could not be trusted.
        """
        is_on = self.enabled
        if is_on is None:
            # As Docker's client: whatever does not say no says yes.
            is_on = environment.get(_TRUST, "").strip().lower() not in _NO
        if not is_on:
            return None
        server = self.server or environment.get(f"{_TRUST}_SERVER") or None
        if server is not None and urlsplit(server).scheme != "https":
            raise ConfigurationError(
                f"content_trust.server or {_TRUST}_SERVER: {server} does not begin with https://"
            )
        return ContentTrust(enabled=True, server=server)


class Limits(Block):
    """How much runs may take."""

    concurrent: int = Field(
        4,
        ge=1,
        description="Runs with the same parent task (tasks of users have none) that run at the "
        "same time; others wait",
    )
    output_mb: int = Field(
        500, ge=1, description="Largest output of an algorithm that is collected, in MB"
    )
    log_kb: int = Field(
        1000, ge=1, description="Part of an algorithm's log that is sent, in kB; the end is kept"
    )
    memory_mb: int | None = Field(
        None, ge=4, description="Memory of one run, in MB; four fifths of the host's if left out"
    )
    cpus: float | None = Field(None, gt=0, description="Processors of one run; all if left out")
    processes: int = Field(4096, ge=1, description="Processes and threads of one run")
    minutes: float | None = Field(
        7 * 24 * 60,
        gt=0,
        description="Longest time that one run may take, in minutes; a week if left out, no limit "
        "if null",
    )
    disk_mb: int | None = Field(
        10_000,
        ge=1,
        description="What one run may write to disk in all, in MB, and the largest of its files; "
        "no limit if null",
    )
    temporary_days: float | None = Field(
        30,
        gt=0,
        description="Days after which the temporary folder of a task that has not ended goes, "
        "unless a run uses it; never if null",
    )
    temporary_mb: int | None = Field(
        None,
        ge=1,
        description="Room of all temporary folders on disk, in MB; beyond it the oldest that no "
        "run uses are removed",
    )
    user: str = Field(
        "auto",
        pattern=r"^(auto|image|\d+(:\d+)?)$",
        description="Who algorithms are: `auto` is nobody, unless the image names a user or needs "
        "root; `image` is whom the image says; numbers are a user and a group",
    )
    read_only: bool = Field(
        False, description="Let algorithms write to their mounts and to temporary folders only"
    )
    capabilities: tuple[str, ...] = Field(
        (), description="Linux capabilities that algorithms keep, such as DAC_OVERRIDE"
    )

    @property
    def keep(self) -> Keep:
        """What is kept of temporary folders."""
        total = None if self.temporary_mb is None else self.temporary_mb * 10**6
        return Keep(self.temporary_days, total)


class Images(Block):
    """Images of the node's own containers."""

    node: str | None = Field(None, description="Image of the node itself, used by `vnode start`")
    helper: str | None = Field(
        None, description="Image with python3 that isolates algorithms for a node that is not root"
    )
    alpine: str | None = Field(None, description="3.x; not used, no helper container is started")
    vpn_client: str | None = Field(None, description="3.x; not used by this version")
    network_config: str | None = Field(None, description="3.x; not used by this version")
    ssh_tunnel: str | None = Field(
        None, alias="ssh-tunnel", description="3.x; not used, the node runs ssh itself"
    )
    squid: str = Field(
        "vantage6/squid:3.12",
        description="Image with squid and socat for the allow-list proxy",
    )


class DeviceRequests(Block):
    """Devices of the host that algorithms get."""

    gpu: bool = Field(False, description="Give every algorithm all GPUs")


class Registry(Block):
    """An account at a private image registry."""

    registry: str = Field(description="Address of the registry")
    username: str = Field(description="Name of the account")
    password: SecretStr = Field(description="Password of the account")

    @field_validator("registry")
    @classmethod
    def _is_registry(cls, value: str) -> str:
        return _registry(value)


class Debug(Block):
    """Verbose logs of single parts."""

    socketio: bool = Field(False, description="Log every packet of the socket")
    proxy_server: bool = Field(False, description="Log every request of the proxy")


def _registry(address: str) -> str:
    try:
        return registry_of(address)
    except InvalidImageName as error:
        raise ValueError(error.message) from error
