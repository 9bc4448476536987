"""Configuration files as the wizards and the manual of 3.x write them are read unchanged."""

import json

import pytest
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver

LOGGING = """
    backup_count: 5
    datefmt: '%Y-%m-%d %H:%M:%S'
    format: '%(asctime)s - %(name)-14s - %(levelname)-8s - %(message)s'
    level: DEBUG
    loggers:
    - {level: warning, name: urllib3}
    - {level: warning, name: requests}
    - {level: warning, name: engineio.client}
    - {level: warning, name: docker.utils.config}
    max_size: 1024
    use_console: true
"""
EMPTY = "environments:\n  acc: {}\n  dev: {}\n  prod: {}\n  test: {}\n"
WIZARD_3_11 = f"""application:
  api_key: 123e4567-e89b-12d3-a456-426614174001
  api_path: /api
  databases:
  - label: default
    type: csv
    uri: DATA
  encryption:
    enabled: false
    private_key: ''
  logging:{LOGGING}
  port: '5000'
  server_url: http://localhost
  task_dir: FOLDER
{EMPTY}"""
WIZARD_3_5 = f"""application:
  api_key: 123e4567-e89b-12d3-a456-426614174001
  api_path: /api
  databases:
    default: DATA
  encryption:
    enabled: false
    private_key: ''
  logging:{LOGGING.replace("warning", "WARNING")}
  port: '5000'
  server_url: http://localhost
  task_dir: FOLDER
  vpn_subnet: 10.76.0.0/16
{EMPTY}"""
NO_DATABASE = WIZARD_3_5.replace("databases:\n    default: DATA", "databases: null")
MANUAL = """application:
  api_key: abc
  server_url: https://petronas.vantage6.ai
  port: 443
  api_path: ''
  vpn_subnet: 10.76.0.0/16
  algorithm_env:
    player: Alice
  images:
    node: harbor2.vantage6.ai/infrastructure/node:petronas
    alpine: harbor2.vantage6.ai/infrastructure/alpine
    vpn_client: harbor2.vantage6.ai/infrastructure/vpn_client
    network_config: harbor2.vantage6.ai/infrastructure/vpn_network
  databases:
    default: DATA
  encryption:
    enabled: false
    private_key: /path/to/private_key.pem
  allowed_images:
    - ^harbor.vantage6.ai/[a-zA-Z]+/[a-zA-Z]+
  docker_registries:
    - registry: docker-registry.org
      username: docker-registry-user
      password: docker-registry-password
  task_dir: FOLDER
"""
SERVER = f"""application: {{}}
environments:
  acc: {{}}
  dev: {{}}
  prod:
    allow_drop_all: 'False'
    api_path: /api
    description: main
    ip: 0.0.0.0
    jwt_secret_key: 123e4567-e89b-12d3-a456-426614174001
    logging:{LOGGING.replace(chr(10), chr(10) + "  ").rstrip()}
      file: main.log
    port: '5000'
    two_factor_auth: false
    uri: sqlite:///default.sqlite
    vpn_server:
      client_id: id
      client_secret: secret
      portal_username: name
      portal_userpass: pass
      redirect_url: http://localhost
      url: https://vpn.example
  test: {{}}
"""


@pytest.mark.parametrize(
    "text", [WIZARD_3_11, WIZARD_3_5, NO_DATABASE, MANUAL], ids=["3.11", "3.5", "none", "manual"]
)
def test_node_of_an_older_version_can_be_used(run, configuration, home, text):
    (home / "data.csv").write_text("a\n1\n")
    text = text.replace("DATA", f"{home}/data.csv").replace("FOLDER", str(home))
    file = configuration("node", "old", text)

    result = run(vnode, ["check", "-n", "old"])
    listed = json.loads(run(vnode, ["list", "--json"]).stdout)["configurations"][0]

    assert result.exit_code == 0, result.output
    assert listed["environments"] == ["application"]
    assert file.read_text() == text


def test_server_of_an_older_version_can_be_used(run, configuration):
    configuration("server", "old", SERVER)

    result = run(vserver, ["check", "--user", "-n", "old"])
    files = json.loads(run(vserver, ["files", "--user", "-n", "old", "--json"]).stdout)

    assert result.exit_code == 0, result.output
    assert "allow_drop_all" not in result.output
    assert (files["environment"], files["uri"]) == ("prod", "sqlite:///default.sqlite")
