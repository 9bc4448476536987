"""Configuration of a node; a file of any 3.x node is read unchanged."""

import re
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from vantage6.common.config.blocks import Block, Directories, Logging
from vantage6.node.policy import Identity, Policy, check_patterns, identity
from vantage6.node.runtime.base import Database

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
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
    capabilities: tuple[str, ...] = Field(
        (), description="Linux capabilities that algorithms keep, such as DAC_OVERRIDE"
    )


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
        None, alias="ssh-tunnel", description="3.x; not used by this version"
    )
    squid: str | None = Field(None, description="3.x; not used by this version")


class DeviceRequests(Block):
    """Devices of the host that algorithms get."""

    gpu: bool = Field(False, description="Give every algorithm all GPUs")


class Registry(Block):
    """An account at a private image registry."""

    registry: str = Field(description="Address of the registry")
    username: str = Field(description="Name of the account")
    password: SecretStr = Field(description="Password of the account")


class Debug(Block):
    """Verbose logs of single parts."""

    socketio: bool = Field(False, description="Log every packet of the socket")
    proxy_server: bool = Field(False, description="Log every request of the proxy")


class NodeConfig(Block):
    """Everything that can be set for a node."""

    api_key: SecretStr = Field(description="Key with which the node logs in at the server")
    server_url: str = Field(description="Scheme and host of the server")
    port: int | None = Field(
        None, ge=1, le=65535, description="Port of the server; none when it is part of server_url"
    )
    api_path: str = Field("/api", description="Path below which the API of the server lives")
    task_dir: str | None = Field(
        None, description="Folder for the files of runs; the data folder when left out"
    )
    databases: tuple[DatabaseEntry, ...] = Field(
        (), description="Data sources; a list, or the old form `label: uri`"
    )
    logging: Logging = Field(Logging(), description="How much is logged, and where")
    encryption: Encryption = Field(
        Encryption(enabled=False), description="End-to-end encryption of inputs and results"
    )
    runtime: Literal["docker", "process"] = Field(
        "docker",
        description="What runs algorithms: containers, or plain processes without any isolation "
        "(only in the environment `dev`)",
    )
    process_algorithms: dict[str, str] = Field(
        {}, description="For the process runtime: image name to Python package"
    )
    limits: Limits = Field(Limits(), description="How much runs may take")
    policies: Policies = Field(Policies(), description="What this node accepts")
    allowed_images: tuple[str, ...] | None = Field(
        None, description="3.x form of policies.allowed_algorithms; both are checked"
    )
    algorithm_env: dict[str, str | int | float | bool] = Field(
        {}, description="Environment variables that every algorithm gets"
    )
    algorithm_device_requests: DeviceRequests = Field(
        DeviceRequests(), description="Devices of the host that algorithms get"
    )
    docker_registries: tuple[Registry, ...] = Field((), description="Private image registries")
    pull_policy: Literal["always", "newer", "if-missing", "never"] = Field(
        "if-missing", description="When the registry is asked for an algorithm's image"
    )
    images: Images = Field(Images(), description="Images of the node's own containers")
    image: str | None = Field(None, description="3.x form of images.node")
    alpine: str | None = Field(None, description="3.x; not used, no helper container is started")
    share_config: bool = Field(
        True, description="Tell the server whether the node encrypts and what it accepts"
    )
    share_algorithm_logs: bool | None = Field(
        None,
        description="Send what algorithms print to the server, which stores it in the clear; when "
        "left out, only in a collaboration that is not encrypted",
    )
    reconcile_seconds: float = Field(
        60, gt=0, le=3600, description="Longest time between two looks at the open runs, in s"
    )
    ca_bundle: str | None = Field(
        None, description="File with the certificate authorities to trust at the server"
    )
    directories: Directories = Field(
        Directories(), description="Folders to use instead of those of the system"
    )
    debug: Debug = Field(Debug(), description="Verbose logs of single parts")
    vpn_subnet: str | None = Field(None, description="3.x; VPN is not part of this version")
    docker_services: dict[str, str] | None = Field(
        None, description="3.x; linked services are not part of this version"
    )
    ssh_tunnels: tuple[dict[str, Any], ...] | None = Field(
        None, alias="ssh-tunnels", description="3.x; SSH tunnels are not part of this version"
    )
    whitelist: dict[str, Any] | None = Field(
        None, description="3.x; the allow-list proxy is not part of this version"
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_means_left_out(cls, data: Any) -> Any:
        # 3.x files have keys with nothing but commented lines below them.
        return {k: v for k, v in data.items() if v is not None} if isinstance(data, dict) else data

    @field_validator("databases", mode="before")
    @classmethod
    def _from_either_form(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return [{"label": str(label), "uri": uri} for label, uri in value.items()]
        return value

    @field_validator("allowed_images")
    @classmethod
    def _are_patterns(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        check_patterns(value or ())
        return value

    @field_validator("algorithm_env")
    @classmethod
    def _are_variables(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name in value:
            if not _VARIABLE.fullmatch(name):
                raise ValueError(f"'{name}' cannot be the name of an environment variable")
        return value

    @model_validator(mode="after")
    def _labels_differ(self) -> "NodeConfig":
        labels = [entry.label.upper() for entry in self.databases]
        if len(set(labels)) < len(labels):
            raise ValueError("databases: labels must differ, capitals do not count")
        return self

    @property
    def policy(self) -> Policy:
        """What the node accepts, as the policy module wants it."""
        chosen = self.policies
        lists = (chosen.allowed_algorithms, self.allowed_images)
        users, organizations = chosen.allowed_users, chosen.allowed_organizations
        return Policy(
            images=tuple(patterns for patterns in lists if patterns is not None),
            users=None if users is None else frozenset(users),
            organizations=None
            if organizations is None
            else frozenset(map(identity, organizations)),
        )

    @property
    def data_sources(self) -> tuple[Database, ...]:
        """The databases, as a runtime wants them."""
        return tuple(Database(entry.label, entry.uri, entry.type) for entry in self.databases)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for every algorithm, as text."""
        return {name: str(value) for name, value in self.algorithm_env.items()}

    def shares_logs(self, encrypted: bool) -> bool:
        """Whether logs of algorithms are sent; encrypted or not is the collaboration."""
        chosen = self.share_algorithm_logs
        return not encrypted if chosen is None else chosen

    def shared(self) -> dict[str, Any]:
        """What the server may know of this configuration, under the names of 3.x."""
        if not self.share_config:
            return {}
        chosen = self.policies
        images = chosen.allowed_algorithms or self.allowed_images
        listed = {
            "allowed_users": chosen.allowed_users,
            "allowed_orgs": chosen.allowed_organizations,
        }
        return {
            "encryption": self.encryption.enabled,
            "allowed_algorithms": "all" if images is None else list(images),
            **{key: list(entries) for key, entries in listed.items() if entries is not None},
        }

    def notices(self) -> list[str]:
        """What the file asks for and this version does not do; for the log at start."""
        unsupported = {
            "vpn_subnet": self.vpn_subnet,
            "docker_services": self.docker_services,
            "ssh-tunnels": self.ssh_tunnels,
            "whitelist": self.whitelist,
        }
        return [f"{key}: not part of this version, ignored" for key, v in unsupported.items() if v]
