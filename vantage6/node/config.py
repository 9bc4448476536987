"""Configuration of a node; a file of any 3.x node is read unchanged."""

import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from vantage6.common import contract
from vantage6.common.config.blocks import Block, Directories, Logging
from vantage6.common.outbound import Outbound, password_in
from vantage6.node.config_blocks import (
    ContentTrust,
    DatabaseEntry,
    Debug,
    DeviceRequests,
    Encryption,
    Images,
    Limits,
    Policies,
    Registry,
)
from vantage6.node.network.exits import SQUID, Exit, exits_of, proxy_variables
from vantage6.node.network.settings import (
    Names,
    ProxyAddress,
    SSHTunnelSettings,
    Whitelist,
    check_names,
)
from vantage6.node.policy import FunctionRule, Policy, check_patterns, identity
from vantage6.node.runtime.base import Database

_HOST = re.compile(r"[a-z0-9]([a-z0-9_.-]{0,62}[a-z0-9])?", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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
        {},
        description="For the process runtime: image name to the name of an installed Python "
        "package, or to the absolute path of a package's folder",
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
    pull_policy: Literal["always", "if-newer", "if-missing", "never"] = Field(
        "if-missing",
        description="When the registry is asked for an algorithm's image; `if-newer` uses the one "
        "that is here when the registry does not answer, `always` does not",
    )
    content_trust: ContentTrust = Field(
        ContentTrust(), description="Whether images must be signed by their owners"
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
        None,
        description="File (PEM) with the certificate authorities to trust instead of the system's",
    )
    http_proxy: ProxyAddress | None = Field(
        None, description="Proxy to http:// servers, such as http://name:password@host:8080"
    )
    https_proxy: ProxyAddress | None = Field(
        None, description="Proxy to https:// servers; itself http://, as for http_proxy"
    )
    no_proxy: Names = Field(
        (), description="Hosts, domains and networks that are reached without a proxy"
    )
    directories: Directories = Field(
        Directories(), description="Folders to use instead of those of the system"
    )
    debug: Debug = Field(Debug(), description="Verbose logs of single parts")
    vpn_subnet: str | None = Field(
        None, description="Network of the VPN; kept for a later version, this one has no VPN"
    )
    docker_services: dict[str, str] | None = Field(
        None,
        description="Containers beside the node that algorithms may use: the name that algorithms "
        "know, and the name of the container; every TCP port that it exposes",
    )
    ssh_tunnels: tuple[SSHTunnelSettings, ...] = Field(
        (), alias="ssh-tunnels", description="Services behind SSH servers, for algorithms"
    )
    whitelist: Whitelist = Field(
        Whitelist(), description="What algorithms may reach through the allow-list proxy"
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

    @field_validator("allowed_images", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

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

    @field_validator("ssh_tunnels")
    @classmethod
    def _names_differ(cls, value: tuple[SSHTunnelSettings, ...]) -> tuple[SSHTunnelSettings, ...]:
        check_names(value)
        return value

    @model_validator(mode="after")
    def _services_differ(self) -> "NodeConfig":
        taken = {SQUID, contract.PROXY_HOST, *(entry.hostname for entry in self.ssh_tunnels)}
        for name in self.docker_services or ():
            if not _HOST.fullmatch(name) or name in {*taken, "localhost", "algorithm"}:
                raise ValueError(
                    f"docker_services: '{name}' is no name for a host, or means something else"
                )
        return self

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
            registries=None
            if chosen.allowed_registries is None
            else frozenset(chosen.allowed_registries),
            users=None if users is None else frozenset(users),
            organizations=None
            if organizations is None
            else frozenset(map(identity, organizations)),
            functions=tuple(
                FunctionRule(image, frozenset(functions))
                for image, functions in chosen.allowed_functions.items()
            ),
        )

    @property
    def data_sources(self) -> tuple[Database, ...]:
        """The databases, as a runtime wants them."""
        return tuple(Database(entry.label, entry.uri, entry.type) for entry in self.databases)

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables for every algorithm, as text; those of its owner win."""
        vpn = [self.vpn_subnet] if self.vpn_subnet else []
        own = {name: str(value) for name, value in self.algorithm_env.items()}
        return proxy_variables(self.exits(Path()), [*vpn, *self.services]) | own

    def exits(self, data: Path) -> tuple[Exit, ...]:
        """What algorithms reach beside the proxy of the node, whose data folder this is."""
        if self.runtime != "docker":
            return ()
        return exits_of(self.whitelist, self.ssh_tunnels, data / "network")

    @property
    def services(self) -> dict[str, str]:
        """Containers of the owner that algorithms reach, by the name that they know."""
        return self.docker_services or {} if self.runtime == "docker" else {}

    @property
    def outbound(self) -> Outbound:
        """How the node gets out to its server.

        Raises
        ------
        ConfigurationError
            When `ca_bundle` cannot be used.
        """
        http, https = map(_plain, (self.http_proxy, self.https_proxy))
        bundle = self.ca_bundle and str(Path(self.ca_bundle).expanduser())
        return Outbound(bundle, http, https, self.no_proxy)

    @property
    def proxy_passwords(self) -> list[str]:
        """What must never be in a log."""
        proxies = map(_plain, (self.http_proxy, self.https_proxy))
        return [word for proxy in proxies if proxy for word in password_in(proxy)]

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
        reasons: dict[str, object] = {
            "vpn_subnet": self.vpn_subnet
            and "this version has no VPN, so algorithms of different"
            " nodes cannot speak to each other directly",
        }
        if self.runtime != "docker":
            why = "only for algorithms in containers, ignored"
            reasons["ssh-tunnels"] = self.ssh_tunnels and why
            reasons["docker_services"] = self.docker_services and why
            reasons["whitelist"] = self.whitelist.is_open and why
        said = [f"{key}: {why}" for key, why in reasons.items() if why]
        return [*said, *self.whitelist.notices()]


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()
