"""`new`: every question is a flag, derived from the configuration model."""

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from vantage6.cli import wizard
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver
from vantage6.common.config.loader import load
from vantage6.common.errors import ConfigurationError
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig

NODE = ("new", "--name", "x", "--api-key", "abc", "--server-url", "https://v6.example")


def test_node_is_made_from_flags_without_a_terminal(run, home):
    (home / "data.csv").write_text("a\n1\n")

    result = run(vnode, [*NODE, "--database", "default=data.csv:csv", "--no-encryption"])

    assert result.exit_code == 0, result.output
    file = home / "user/config/vantage6/node/x.yaml"
    settings = load(file, NodeConfig).settings
    assert settings.api_key.get_secret_value() == "abc"
    assert (settings.server_url, settings.port) == ("https://v6.example", None)
    assert settings.encryption.enabled is False
    assert settings.databases[0].uri == str(home / "data.csv")
    assert file.stat().st_mode & 0o777 == 0o600


def test_server_is_made_from_flags_without_a_terminal(run, home):
    arguments = ["new", "--user", "-n", "s", "-e", "dev", "--port", "5001", "--allow-drop-all"]

    result = run(vserver, arguments)

    assert result.exit_code == 0, result.output
    loaded = load(home / "user/config/vantage6/server/s.yaml", ServerConfig)
    assert loaded.environment == "dev"
    assert (loaded.settings.port, loaded.settings.allow_drop_all) == (5001, True)


def test_all_missing_answers_are_told_at_once(run):
    result = run(vnode, ["new", "--name", "x"])

    assert result.exit_code == 1
    assert "--api-key, --server-url, --encryption" in result.output


def test_name_is_needed_without_a_terminal(run):
    assert "--name" in run(vnode, ["new", "--api-key", "abc"]).output


def test_defaults_stand_in_for_what_is_not_given(run, home):
    result = run(vnode, ["new", "-n", "x", "--api-key", "abc", "--defaults"])

    assert result.exit_code == 0, result.output
    settings = load(home / "user/config/vantage6/node/x.yaml", NodeConfig).settings
    assert (settings.server_url, settings.port) == ("http://localhost", 5000)
    assert settings.encryption.enabled is True


def test_wrong_answer_is_explained_and_nothing_is_written(run, home):
    result = run(vnode, [*NODE, "--no-encryption", "--port", "123456"])

    assert result.exit_code == 1
    assert "port" in result.output
    assert list((home / "user/config/vantage6/node").iterdir()) == []


def test_existing_configuration_is_kept(run, configuration):
    file = configuration("node", "x", "mine")

    result = run(vnode, [*NODE, "--no-encryption"])

    assert result.exit_code == 1
    assert "exists already" in result.output
    assert file.read_text() == "mine"


@pytest.mark.parametrize("name", ["../x", "a b", "x/y", ""])
def test_name_that_is_no_file_name_is_refused(run, name):
    assert run(vnode, ["new", *NODE[3:], "--no-encryption", "--name", name]).exit_code == 1


@pytest.mark.parametrize(
    ("text", "uri", "kind"),
    [
        ("d=/x.csv", "/x.csv", "csv"),
        ("d=/x.txt:other", "/x.txt", "other"),
        ("d=postgresql://h:5432/db:sql", "postgresql://h:5432/db", "sql"),
    ],
)
def test_database_is_read_from_its_flag(text, uri, kind):
    given = {"api_key": "k", "server_url": "u", "encryption": False, "database": (text,)}

    answers = wizard.answers("node", given, wizard.Mode.STRICT)

    assert answers["databases"] == [{"label": "d", "uri": uri, "type": kind}]


@pytest.mark.parametrize("text", ["x.csv", "=x.csv", "d=", "d=x.unknown"])
def test_database_that_cannot_be_read_says_the_form(text):
    with pytest.raises(ConfigurationError, match="LABEL=URI:TYPE"):
        wizard.answers("node", {"database": (text,)}, wizard.Mode.STRICT)


def test_key_file_is_only_asked_for_where_encryption_is_on():
    given = {"api_key": "k", "server_url": "u", "encryption": True, "private_key": "k.pem"}

    answers = wizard.answers("node", given, wizard.Mode.STRICT)

    assert answers["encryption"] == {"enabled": True, "private_key": "k.pem"}


@pytest.mark.parametrize(("command_line", "component"), [(vnode, "node"), (vserver, "server")])
def test_every_question_is_a_flag_with_its_meaning(run, command_line, component):
    text = run(command_line, ["new", "--help"]).output

    for question in wizard.QUESTIONS[component]:
        assert f"--{question.flag}" in text


@pytest.fixture
def keyboard():
    """A terminal for questionary; give it the keys that are pressed."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys.send_text


def test_questions_are_asked_in_order_at_a_terminal(keyboard):
    # API key, server URL and port as suggested, path, two databases' worth of answers, level, yes.
    keyboard("key\r\r\r\ry\r/d.csv\r\rn\ry/k.pem\r")

    answers = wizard.answers("node", {}, wizard.Mode.ASK)

    assert answers == {
        "api_key": "key",
        "server_url": "http://localhost",
        "port": 5000,
        "api_path": "/api",
        "databases": [{"label": "default", "uri": "/d.csv", "type": "csv"}],
        "logging": {"level": "INFO"},
        "encryption": {"enabled": True, "private_key": "/k.pem"},
    }


def test_answer_that_is_not_valid_is_asked_again(keyboard):
    given = {"api_key": "k", "server_url": "u", "api_path": "", "log_level": "INFO"}
    given |= {"database": ("d=/x.csv",), "encryption": False}
    backspaces = "\x7f" * 4
    keyboard(f"{backspaces}123456\r\x7f\x7f\r")

    assert wizard.answers("node", given, wizard.Mode.ASK)["port"] == 1234
