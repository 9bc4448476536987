"""Configuration files of nodes, old and new."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from vantage6.common.config.loader import load
from vantage6.common.errors import ConfigurationError
from vantage6.node.config import NodeConfig
from vantage6.node.config_blocks import ContentTrust
from vantage6.node.runtime.base import Database

LEAST = {"api_key": "secret-key", "server_url": "http://localhost", "port": 5000}

PUBLISHED = """
application:
  api_key: 5a1f2c3e-0000-4000-8000-000000000001
  server_url: https://petronas.vantage6.ai
  port: '443'
  api_path: ''
  task_dir: /tasks
  databases:
    - label: default
      uri: /data/data.csv
      type: csv
    - label: omop
      uri: jdbc:postgresql://host.docker.internal:5432/postgres
      type: omop
  algorithm_env:
    DATABASE_USER: postgres
    NUMBER: 3
  vpn_subnet: '10.76.0.0/16'
  allowed_images:
    - ^harbor2.vantage6.ai/demo/average
  images:
    vpn_client: harbor2.vantage6.ai/infrastructure/vpn-client
    network_config: harbor2.vantage6.ai/infrastructure/vpn-configurator
    alpine: harbor2.vantage6.ai/infrastructure/alpine
    ssh-tunnel: harbor2.vantage6.ai/infrastructure/ssh-tunnel
    squid: harbor2.vantage6.ai/infrastructure/squid
  algorithm_device_requests: {gpu: false}
  policies:
    allowed_algorithms:
      - ^harbor2.vantage6.ai/demo/average$
    allowed_users: ['2']
    allowed_organizations: [6, root]
  docker_registries:
    - {registry: docker-registry.org, username: reader, password: pass}
  docker_services: {other: other_container}
  ssh-tunnels:
    - hostname: my-data-source
      ssh:
        host: my-remote-machine.net
        port: 22
        fingerprint: >-
          ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f
        identity: {username: username, key: /path/to/private_key.pem}
      tunnel: {bind: {ip: 0.0.0.0, port: 8000}, dest: {ip: 127.0.0.1, port: 8000}}
  whitelist: {domains: [google.com], ips: [172.17.0.1], ports: [443]}
  share_config: true
  encryption: {enabled: false, private_key: ''}
  debug: {socketio: false, proxy_server: false}
  directories:
  logging:
    level: DEBUG
    file: my_node.log
    use_console: true
    backup_count: 5
    max_size: 1024
    format: '%(asctime)s %(message)s'
    datefmt: '%H:%M:%S'
    loggers:
      - {name: urllib3, level: WARNING}
environments: {prod: {}, acc: {}, test: {}, dev: {}}
"""


def config(**changes: Any) -> NodeConfig:
    return NodeConfig(**(LEAST | changes))


def read(tmp_path: Path, text: str) -> NodeConfig:
    file = tmp_path / "node.yaml"
    file.write_text(text)
    return load(file, NodeConfig).settings


def test_a_file_of_a_published_node_is_read_unchanged(tmp_path: Path) -> None:
    settings = read(tmp_path, PUBLISHED)

    assert (settings.port, settings.api_path) == (443, "")
    assert settings.data_sources[0] == Database("default", "/data/data.csv", "csv")
    assert settings.environment["DATABASE_USER"] == "postgres"
    assert settings.environment["NUMBER"] == "3"
    assert settings.policies.allowed_users == (2,)


def test_what_this_version_does_not_do_is_said(tmp_path: Path) -> None:
    settings = read(tmp_path, PUBLISHED)

    notices = " ".join(settings.notices())

    assert "vpn_subnet" in notices
    assert config().notices() == []


def test_services_are_for_containers_and_reached_without_the_allow_list_proxy() -> None:
    services, ports = {"warehouse": "hospital-db"}, {"domains": ["a.org"], "ports": [443]}
    settings = config(docker_services=services, whitelist=ports)

    assert settings.services == services
    assert "warehouse" in settings.environment["NO_PROXY"].split(",")
    assert config(docker_services=services, runtime="process").services == {}


@pytest.mark.parametrize(
    "name", ["proxyserver", "squid", "localhost", "a b", "", "-x", "algorithm"]
)
def test_name_of_a_service_must_be_free_and_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="docker_services"):
        config(docker_services={name: "hospital-db"})


@pytest.mark.parametrize(
    "limits",
    [{"user": "someone"}, {"minutes": 0}, {"disk_mb": 0}, {"user": "1000:users"}],
)
def test_limits_that_make_no_sense_are_refused(limits: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="limits"):
        config(limits=limits)


def test_databases_may_have_the_old_form() -> None:
    settings = config(databases={"default": "/data.csv", "other": "sql://x"})

    assert settings.data_sources == (
        Database("default", "/data.csv"),
        Database("other", "sql://x"),
    )


def test_an_empty_key_means_that_it_is_left_out() -> None:
    assert config(databases=None, policies=None, vpn_subnet=None).data_sources == ()


def test_every_problem_is_told_with_its_place(tmp_path: Path) -> None:
    text = "application:\n  apikey: x\n  server_url: http://x\n  port: many\n"

    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)

    assert "apikey (line 2): unknown setting; did you mean 'api_key'?" in str(caught.value)
    assert "port (line 4)" in str(caught.value)
    assert "api_key: is missing" in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"databases": [{"label": "a b", "uri": "x"}]},
        {"databases": [{"label": "1st", "uri": "x"}]},
        {"databases": [{"label": "A", "uri": "x"}, {"label": "a", "uri": "y"}]},
        {"algorithm_env": {"A=B": "x"}},
        {"algorithm_env": {"A": ["x"]}},
        {"policies": {"allowed_algorithms": ["("]}},
        {"policies": {"allowed_users": ["researcher"]}},
        {"allowed_images": ["("]},
        {"encryption": {"enabled": "yes"}},
        {"runtime": "magic"},
        {"limits": {"concurrent": 0}},
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        config(**changes)


def test_secrets_do_not_show_when_the_configuration_is_printed() -> None:
    settings = config(
        docker_registries=[{"registry": "r", "username": "u", "password": "pass-word"}]
    )

    assert "secret-key" not in repr(settings)
    assert "pass-word" not in repr(settings)


def test_old_and_new_lists_of_images_are_both_checked() -> None:
    policy = config(
        allowed_images=["good/.*"], policies={"allowed_algorithms": "good/average"}
    ).policy

    assert policy.refusal("good/average:1", 1, 1) is None
    assert policy.refusal("good/other", 1, 1)


def test_ids_of_organizations_may_be_text() -> None:
    policy = config(policies={"allowed_organizations": ["6", 7, "Hospital"]}).policy

    assert policy.organizations == {6, 7, "Hospital"}


def test_the_server_is_told_what_3x_tells_it() -> None:
    plain = config(databases=yaml.safe_load("[]"))
    strict = config(
        policies={"allowed_users": [1], "allowed_organizations": [2, "H"]}, allowed_images=["a"]
    )

    assert plain.shared() == {"encryption": False, "allowed_algorithms": "all"}
    assert strict.shared() == {
        "encryption": False,
        "allowed_algorithms": ["a"],
        "allowed_users": [1],
        "allowed_orgs": [2, "H"],
    }
    assert config(share_config=False).shared() == {}


@pytest.mark.parametrize(
    ("chosen", "encrypted", "shares"),
    [(None, False, True), (None, True, False), (True, True, True), (False, False, False)],
)
def test_logs_of_algorithms_leave_an_encrypted_collaboration_only_on_request(
    chosen: bool | None, encrypted: bool, shares: bool
) -> None:
    config = NodeConfig.model_validate({**LEAST, "share_algorithm_logs": chosen})

    assert config.shares_logs(encrypted) is shares


# --- policies and images ----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["allowed_images", "policies"])
def test_one_pattern_may_stand_without_a_list(key: str) -> None:
    pattern = "^harbor2.vantage6.ai/demo/average"
    settings = config(
        **{key: pattern if key == "allowed_images" else {"allowed_algorithms": pattern}}
    )

    assert settings.policy.refusal("harbor2.vantage6.ai/demo/average:1", 1, 1) is None
    assert settings.policy.refusal("harbor2.vantage6.ai/demo/other:1", 1, 1)


def test_all_that_the_policies_say_reaches_the_policy() -> None:
    policy = config(
        policies={
            "allowed_registries": ["https://harbor2.vantage6.ai/"],
            "allowed_functions": {"harbor2.vantage6.ai/.*": ["RPC_average"]},
        }
    ).policy

    assert policy.registries == {"harbor2.vantage6.ai"}
    assert policy.function_refusal("harbor2.vantage6.ai/x", b'{"method": "average"}') is None
    assert policy.function_refusal("harbor2.vantage6.ai/x", b'{"method": "other"}')


@pytest.mark.parametrize(
    "changes",
    [
        {"policies": {"allowed_registries": ["a b"]}},
        {"policies": {"allowed_functions": {"(": ["x"]}}},
        {"docker_registries": [{"registry": "a b", "username": "u", "password": "p"}]},
        {"pull_policy": "sometimes"},
    ],
)
def test_what_no_image_could_have_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        config(**changes)


@pytest.mark.parametrize(
    ("setting", "variable", "is_demanded"),
    [
        (None, None, False),
        (None, "", False),
        (None, "0", False),
        (None, "False", False),
        (None, "1", True),
        (None, "please", True),
        (True, "0", True),
        (False, "1", False),
    ],
)
def test_signatures_are_demanded_by_the_file_or_else_by_the_environment(
    setting: bool | None, variable: str | None, is_demanded: bool
) -> None:
    environment = {} if variable is None else {"DOCKER_CONTENT_TRUST": variable}

    demanded = config(content_trust={"enabled": setting}).content_trust.demanded(environment)

    assert (demanded is not None) == is_demanded


def test_the_server_of_signatures_must_be_reached_by_https() -> None:
    trust = config(content_trust={"enabled": True}).content_trust
    variable = "DOCKER_CONTENT_TRUST_SERVER"

    assert trust.demanded({variable: "https://notary"}) == ContentTrust(
        enabled=True, server="https://notary"
    )
    with pytest.raises(ConfigurationError, match="https"):
        trust.demanded({variable: "http://notary"})
