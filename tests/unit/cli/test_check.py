"""`check`: everything that is wrong with a configuration, at once, each with its remedy."""

import json

import pytest
from vantage6.cli.exits import ExitStatus
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver

NODE = """environments:
  prod:
    api_key: abc
    server_url: https://v6.example
    policies: {allowed_algorithms: ["images/.*"]}
    databases:
      - {label: default, uri: DATA, type: csv}
"""


@pytest.fixture
def data(home):
    file = home / "data.csv"
    file.write_text("age\n1\n")
    return file


@pytest.fixture
def check(run, configuration):
    """Check a configuration; gives the exit status and the findings by what they are about."""

    def look(text, component="node", *options):
        file = configuration(component, "x", text)
        file.chmod(0o600)
        command_line = {"node": vnode, "server": vserver}[component]
        result = run(command_line, ["check", "-n", "x", "--user", "--json", *options])
        document = json.loads(result.stdout)
        found = {each["about"]: each for each in document["findings"]}
        assert document["ok"] is (result.exit_code == 0)
        return result.exit_code, found

    return look


def wrong(found):
    """What is not only told."""
    return {about for about, each in found.items() if each["level"] != "info"}


def test_good_configuration_has_nothing_to_correct(check, data):
    status, found = check(NODE.replace("DATA", str(data)))

    assert status == ExitStatus.DONE
    assert wrong(found) == set()
    assert "prod" in found


def test_everything_is_told_at_once_with_its_line(check):
    status, found = check("application:\n  api_keys: abc\n  port: http\n")

    assert status == ExitStatus.CONFIGURATION
    assert found["application.api_keys (line 2)"]["remedy"] == "did you mean 'api_key'?"
    assert "application.port (line 3)" in found
    assert found["application.server_url"]["text"] == "is missing"


def test_every_environment_is_looked_at_unless_one_is_named(check, data):
    text = NODE.replace("DATA", str(data)) + "  test:\n    api_key: abc\n"

    assert check(text)[0] == ExitStatus.CONFIGURATION
    assert check(text, "node", "-e", "prod")[0] == ExitStatus.DONE


def test_file_that_others_can_read_is_warned_of(run, configuration, data):
    configuration("node", "x", NODE.replace("DATA", str(data))).chmod(0o644)

    result = run(vnode, ["check", "-n", "x"])

    assert result.exit_code == 0
    assert "there are secrets in it; chmod 600" in result.output


@pytest.mark.parametrize(
    ("setting", "about", "level"),
    [
        ("port: 5000\n    server_url: https://v6.example:443", "port", "error"),
        ("server_url: http://v6.example", "server_url", "warning"),
        ("ca_bundle: /no/such/ca.pem", "ca_bundle", "error"),
        ("encryption: {enabled: true}", "encryption.private_key", "error"),
        ("runtime: process", "runtime", "error"),
        ("content_trust: {enabled: true, server: 'http://x'}", "runtime", "error"),
        ("vpn_subnet: 10.76.0.0/16", "vpn_subnet", "warning"),
        ("directories: {data: /dev/null/data}", "directories.data", "error"),
        ("task_dir: /dev/null/tasks", "task_dir", "error"),
        ("databases: {gone: /no/such.csv}", "databases.gone", "error"),
        ("databases: []", "databases", "warning"),
        ("policies: {}", "policies.allowed_algorithms", "warning"),
        ("api_key: ''", "api_key", "error"),
    ],
)
def test_side_of_a_node_that_cannot_work_is_named(check, data, setting, about, level):
    key = setting.partition(":")[0]
    lines = [
        line for line in NODE.replace("DATA", str(data)).splitlines() if f" {key}:" not in line
    ]
    if key == "databases":
        lines = lines[:-1]
    if key == "port":
        lines = [line for line in lines if "server_url" not in line]

    _, found = check("\n".join([*lines, f"    {setting}"]))

    assert found[f"prod.{about}"]["level"] == level
    assert found[f"prod.{about}"]["remedy"]


def test_key_that_is_none_and_key_that_others_can_read_are_named(check, data, home, private_keys):
    (home / "key.pem").write_text("no key")
    (home / "open.pem").write_bytes(private_keys[0].read_bytes())
    (home / "open.pem").chmod(0o644)
    text = NODE.replace("DATA", str(data)) + "    encryption: {enabled: true, private_key: KEY}\n"

    _, bad = check(text.replace("KEY", f"{home}/key.pem"))
    _, readable = check(text.replace("KEY", f"{home}/open.pem"))

    assert bad["prod.encryption.private_key"]["level"] == "error"
    assert readable["prod.encryption.private_key"]["level"] == "warning"


def test_key_of_a_tunnel_that_is_not_there_is_named(check, data):
    tunnel = """    ssh-tunnels:
      - hostname: warehouse
        ssh:
          host: ssh.example
          fingerprint: SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU
          identity: {username: me, key: /no/such/key}
        tunnel: {bind: {port: 5432}, dest: {ip: db, port: 5432}}
"""

    _, found = check(NODE.replace("DATA", str(data)) + tunnel)

    assert "/no/such/key" in found["prod.ssh-tunnels.warehouse"]["text"]


@pytest.mark.parametrize(
    ("setting", "about", "level"),
    [
        ("uri: mysql://host/db", "uri", "error"),
        ("uri: nonsense", "uri", "error"),
        ("uri: sqlite:////dev/null/x.sqlite", "uri", "error"),
        ("allow_drop_all: true", "allow_drop_all", "warning"),
        ("debug: {flask: true}", "debug.flask", "warning"),
        ("ip: 127.0.0.1", "smtp", "warning"),
    ],
)
def test_side_of_a_server_that_cannot_work_is_named(check, setting, about, level):
    _, found = check(f"environments:\n  prod:\n    {setting}\n", "server")

    assert found[f"prod.{about}"]["level"] == level
    assert found[f"prod.{about}"]["remedy"]


def test_what_is_dangerous_in_production_is_not_in_development(check):
    settings = "allow_drop_all: true\n    smtp: {server: mail}"

    status, found = check(f"environments:\n  dev:\n    {settings}\n", "server")

    assert (status, wrong(found)) == (ExitStatus.DONE, set())


def test_environment_that_is_not_there_is_one_finding(check, data):
    _, found = check(NODE.replace("DATA", str(data)), "node", "-e", "acc")

    assert "no environment 'acc'; it has: prod" in found["acc"]["text"]


def test_file_that_is_not_yaml_is_one_finding(check):
    status, found = check("a: [")

    assert status == ExitStatus.CONFIGURATION
    assert len(found) == 1
