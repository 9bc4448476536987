"""A configuration in a container says the same as outside, with the places of 3.x."""

from pathlib import Path, PurePosixPath

import pytest
from vantage6.cli.context import Selection, configure, find
from vantage6.cli.dockerized import inside, mounts, shares_network
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig

NODE = """
application:
  api_key: key
  server_url: https://server.example
  ca_bundle: {home}/ca.pem
  task_dir: {home}/tasks
  databases:
    - {{label: default, uri: {home}/patients.csv, type: csv}}
    - {{label: images, uri: {home}/scans, type: other}}
    - {{label: warehouse, uri: "postgresql://host/db", type: sql}}
  encryption: {{enabled: true, private_key: {home}/key.pem}}
  ssh-tunnels:
    - hostname: remote
      ssh:
        host: ssh.example
        port: 22
        fingerprint: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        identity: {{username: me, key: {home}/tunnel}}
      tunnel: {{bind: {{port: 3306}}, dest: {{ip: 127.0.0.1, port: 3306}}}}
"""


@pytest.fixture
def node(configuration, home):
    file = configuration("node", "hospital", NODE.format(home=home))
    return configure(find(Selection("node", config=file)), NodeConfig)


@pytest.fixture
def server(configuration):
    def make(uri):
        text = f"application: {{uri: '{uri}', ip: 10.0.0.1, port: 8080}}"
        file = configuration("server", "main", text)
        return configure(find(Selection("server", config=file)), ServerConfig)

    return make


def places(configured):
    return {str(p.inside): (str(p.outside), p.read_only) for p in mounts(configured)}


def test_every_file_that_a_node_needs_is_mounted_and_only_its_folders_can_be_written(node, home):
    named = {
        "/mnt/ca_bundle.pem": (f"{home}/ca.pem", True),
        "/mnt/tasks": (f"{home}/tasks", False),
        "/mnt/default.csv": (f"{home}/patients.csv", True),
        "/mnt/images": (f"{home}/scans", True),
        "/mnt/private_key.pem": (f"{home}/key.pem", True),
        "/mnt/ssh/remote.pem": (f"{home}/tunnel", True),
    }
    usual = {
        "/mnt/config/hospital.yaml": (f"{home}/user/config/vantage6/node/hospital.yaml", True),
        "/mnt/data": (f"{home}/user/data/vantage6/node/hospital", False),
        "/mnt/log": (f"{home}/user/cache/vantage6/log/node/hospital", False),
    }

    assert places(node) == usual | named


def test_node_in_its_container_reads_what_is_mounted(node):
    settings = inside(node).settings

    assert [entry.uri for entry in settings.databases] == [
        *("/mnt/default.csv", "/mnt/images", "postgresql://host/db")
    ]
    assert settings.encryption.private_key == "/mnt/private_key.pem"
    assert (settings.ca_bundle, settings.task_dir) == ("/mnt/ca_bundle.pem", "/mnt/tasks")
    assert settings.ssh_tunnels[0].ssh.identity.key == "/mnt/ssh/remote.pem"


def test_folders_of_a_container_are_the_mounted_ones(node):
    there = inside(node)

    assert (there.folders.data, there.folders.log) == (Path("/mnt/data"), Path("/mnt/log"))
    assert there.loaded.name == "hospital"


def test_key_in_the_data_folder_needs_no_mount_of_its_own(configuration):
    text = "application: {api_key: k, server_url: u, encryption: {enabled: true}}"
    file = configuration("node", "hospital", text)
    node = configure(find(Selection("node", config=file)), NodeConfig)

    assert len(mounts(node)) == 3
    assert inside(node).settings.encryption.private_key is None


@pytest.mark.parametrize("uri", ["sqlite:///main.sqlite", "postgresql://name@host/db"])
def test_database_of_a_server_that_is_no_file_elsewhere_stays_what_it_is(server, uri):
    there = inside(server(uri))

    assert there.settings.uri == uri
    assert (str(there.settings.ip), there.settings.port) == ("0.0.0.0", 5000)  # noqa: S104
    assert len(mounts(server(uri))) == 3


def test_database_file_elsewhere_comes_with_its_folder(server):
    configured = server("sqlite:////srv/v6/main.sqlite")

    assert inside(configured).settings.uri == "sqlite:////mnt/database/main.sqlite"
    assert mounts(configured)[-1] == (Path("/srv/v6"), PurePosixPath("/mnt/database"), False)


@pytest.mark.parametrize(
    ("settings", "is_shared"),
    [
        ("uri: sqlite:///default.sqlite", False),
        ("uri: 'postgresql+psycopg://v6:p%40ss@localhost:5433/v6'", True),
        ("uri: postgresql://v6@database.example/v6", False),
        ("rabbitmq_uri: 'amqp://v6:secret@127.0.0.1/study'", True),
        ("rabbitmq_uri: 'amqp://v6:secret@rabbit/study'", False),
        ("smtp: {port: 25}", True),
        ("smtp: {server: mail.example}", False),
    ],
)
def test_services_at_localhost_are_reached_over_the_network_of_the_machine(
    configuration, settings, is_shared
):
    text = f"application: {{{settings}, ip: 10.0.0.1, port: 8080}}"
    file = configuration("server", "main", text)
    configured = configure(find(Selection("server", config=file)), ServerConfig)

    seen = inside(configured).settings

    assert shares_network(configured.settings) is is_shared
    assert (seen.ip, seen.port) == (("10.0.0.1", 8080) if is_shared else ("0.0.0.0", 5000))  # noqa: S104
