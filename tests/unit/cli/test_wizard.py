"""`new`: every question is a flag, derived from the configuration model."""

import stat

import pytest
from vantage6.cli import wizard
from vantage6.cli.exits import ExitStatus, Refused
from vantage6.cli.questions import QUESTIONS, flags
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver
from vantage6.common.config.loader import load
from vantage6.node.config import NodeConfig
from vantage6.server.config import ServerConfig

NODE = ("new", "--name", "x", "--api-key", "abc", "--server-url", "https://v6.example")
COMPLETE = {"api_key": "k", "server_url": "u", "encryption": False}


def test_node_is_made_from_flags_without_a_terminal(run, home):
    (home / "data.csv").write_text("a\n1\n")
    others = ["--port", "443", "--allowed-algorithm", "a/.*", "--allowed-algorithm", "b/.*"]

    result = run(vnode, [*NODE, "--database", "default,csv,data.csv", "--no-encryption", *others])

    assert result.exit_code == 0, result.output
    file = home / "user/config/vantage6/node/x.yaml"
    settings = load(file, NodeConfig).settings
    assert settings.api_key.get_secret_value() == "abc"
    assert (settings.server_url, settings.port) == ("https://v6.example", 443)
    assert settings.encryption.enabled is False
    assert settings.databases[0].uri == str(home / "data.csv")
    assert settings.policies.allowed_algorithms == ("a/.*", "b/.*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_server_is_made_from_flags_without_a_terminal(run, home):
    arguments = ["new", "--user", "-n", "s", "-e", "dev", "--port", "5001", "--allow-drop-all"]

    result = run(vserver, [*arguments, "--rabbitmq-uri", "amqp://me:secret@queue:5672/v"])

    assert result.exit_code == 0, result.output
    loaded = load(home / "user/config/vantage6/server/s.yaml", ServerConfig)
    assert loaded.environment == "dev"
    assert (loaded.settings.port, loaded.settings.allow_drop_all) == (5001, True)
    assert loaded.settings.rabbitmq_uri is not None
    assert loaded.settings.vpn_server is None


def test_secret_may_be_in_the_environment(run, home):
    arguments = ["new", "-n", "x", "--server-url", "u", "--no-encryption"]

    result = run(vnode, arguments, env={"V6_API_KEY": "hidden-from-ps"})

    assert result.exit_code == 0, result.output
    settings = load(home / "user/config/vantage6/node/x.yaml", NodeConfig).settings
    assert settings.api_key.get_secret_value() == "hidden-from-ps"


def test_all_missing_answers_are_told_at_once(run):
    result = run(vnode, ["new", "--name", "x", "--non-interactive"])

    assert result.exit_code == 1
    assert "--api-key, --server-url, --encryption" in result.output


def test_group_of_which_one_is_given_must_be_complete():
    with pytest.raises(Refused, match="--vpn-username, --vpn-password, --vpn-client-id"):
        wizard.answers("server", {"vpn_url": "https://portal"}, wizard.Mode.STRICT)


def test_name_is_needed_without_a_terminal(run):
    assert "--name" in run(vnode, ["new", "--api-key", "abc"]).output


def test_defaults_stand_in_for_what_is_not_given(run, home):
    result = run(vnode, ["new", "-n", "x", "--api-key", "abc", "--defaults"])

    assert result.exit_code == 0, result.output
    settings = load(home / "user/config/vantage6/node/x.yaml", NodeConfig).settings
    assert (settings.server_url, settings.port) == ("http://localhost", 5000)
    assert settings.encryption.enabled is True
    assert "vnode create-private-key --name x" in result.output


def test_wrong_answer_is_explained_and_nothing_is_written(run, home):
    result = run(vnode, [*NODE, "--no-encryption", "--port", "123456"])

    assert result.exit_code == ExitStatus.CONFIGURATION
    assert "port" in result.output
    assert list(home.iterdir()) == []


def test_existing_configuration_is_kept(run, configuration):
    file = configuration("node", "x", "mine")

    result = run(vnode, [*NODE, "--no-encryption"])

    assert result.exit_code == 1
    assert "exists already" in result.output
    assert file.read_text() == "mine"


@pytest.mark.parametrize("name", ["../x", "a b", "x/y", "", ".hidden"])
def test_name_that_is_no_file_name_is_refused(run, name):
    assert run(vnode, ["new", *NODE[3:], "--no-encryption", "--name", name]).exit_code == 1


@pytest.mark.parametrize(
    ("text", "uri", "kind"),
    [
        ("d,csv,/x.csv", "/x.csv", "csv"),
        ("d,other,/with,comma.txt", "/with,comma.txt", "other"),
        ("d,sql,postgresql://h:5432/db", "postgresql://h:5432/db", "sql"),
    ],
)
def test_database_is_read_from_its_flag(text, uri, kind):
    answers = wizard.answers("node", COMPLETE | {"database": (text,)}, wizard.Mode.STRICT)

    assert answers["databases"] == [{"label": "d", "uri": uri, "type": kind}]


@pytest.mark.parametrize("text", ["x.csv", ",csv,x.csv", "d,csv,", "d,unknown,x.csv", "d=x.csv"])
def test_database_that_cannot_be_read_says_the_form(text):
    with pytest.raises(Refused, match="LABEL,TYPE,URI"):
        wizard.answers("node", COMPLETE | {"database": (text,)}, wizard.Mode.STRICT)


def test_database_that_is_not_there_is_warned_of(capsys):
    wizard.answers("node", COMPLETE | {"database": ("d,csv,/no/such.csv",)}, wizard.Mode.STRICT)

    assert "[warn ] - database d: there is no /no/such.csv" in capsys.readouterr().out


def test_key_file_is_only_asked_for_where_encryption_is_on():
    given = {"api_key": "k", "server_url": "u", "encryption": True, "private_key": "k.pem"}

    on = wizard.answers("node", given, wizard.Mode.STRICT)
    off = wizard.answers("node", given | {"encryption": False}, wizard.Mode.STRICT)

    assert on["encryption"] == {"enabled": True, "private_key": "k.pem"}
    assert off["encryption"] == {"enabled": False}


def test_file_is_written_with_its_whole_path(home):
    (home / "k.pem").touch()
    given = {"api_key": "k", "server_url": "u", "encryption": True, "private_key": "k.pem"}

    answers = wizard.answers("node", given, wizard.Mode.STRICT)

    assert answers["encryption"]["private_key"] == str(home / "k.pem")


@pytest.mark.parametrize("component", ["node", "server"])
def test_every_question_is_a_flag_with_its_meaning(component):
    options = {name: option for option in flags(component) for name in option.opts}

    for question in QUESTIONS[component]:
        assert options[f"--{question.flag}"].help
