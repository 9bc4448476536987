"""`new` at a terminal: what is asked, checked at once, tested, and taken from the server."""

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from vantage6.cli import wizard
from vantage6.cli.server_probe import AtServer
from vantage6.cli.wizard import Mode, Probes
from vantage6.common.encryption import RSACryptor
from vantage6.common.errors import EncryptionMismatch, NotAuthenticated, ServerUnreachable

OPEN = AtServer("http://v6/api", "3.12.0", "hospital - study", "hospital", "", is_encrypted=False)
ENCRYPTED = OPEN._replace(is_encrypted=True)
ADDRESS = {"api_key": "k", "server_url": "http://v6", "port": 80, "api_path": "/api"}
REST = {"database": ("d,other,/tmp",), "log_level": "INFO", "allowed_algorithm": ("a",)}
BACKSPACES = "\x7f" * 30


@pytest.fixture
def keyboard():
    """A terminal for questionary; give it the keys that are pressed."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        yield keys.send_text


class Server:
    """Answers each visit with the next of its answers; an error is raised."""

    def __init__(self, *answers):
        self._answers, self.visits = list(answers), []

    def meet(self, settings):
        self.visits.append(settings)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def talk(server, given, mode=Mode.ASK):
    return wizard.answers("node", given, mode, Probes(server.meet, lambda uri: None))


def test_questions_are_asked_in_order(keyboard, home):
    (home / "d.csv").write_text("a\n1\n")
    # API key, three suggestions, a database and no other, images, level, encryption, its key.
    keyboard(f"key\r\r\r\ry\r{home}/d.csv\r\rnimages/.* other/x\r\ry/k.pem\r")

    answers = wizard.answers("node", {}, Mode.ASK)

    assert answers == {
        "api_key": "key",
        "server_url": "http://localhost",
        "port": 5000,
        "api_path": "/api",
        "databases": [{"label": "default", "uri": f"{home}/d.csv", "type": "csv"}],
        "policies": {"allowed_algorithms": ["images/.*", "other/x"]},
        "logging": {"level": "INFO"},
        "encryption": {"enabled": True, "private_key": "/k.pem"},
    }


def test_questions_of_a_server_are_asked_in_order(keyboard):
    keyboard(f"{BACKSPACES}mine\r\r\r\r\rnn\rnyamqp://q\r")

    answers = wizard.answers("server", {}, Mode.ASK)

    assert answers["description"] == "mine"
    assert answers["uri"] == "sqlite:///default.sqlite"
    assert answers["rabbitmq_uri"] == "amqp://q"
    assert "vpn_server" not in answers


def test_answer_that_is_not_valid_is_asked_again(keyboard):
    given = ADDRESS | REST | {"port": None, "encryption": False}
    keyboard(f"{BACKSPACES}123456\r\x7f\x7f\r")

    assert wizard.answers("node", given, Mode.ASK)["port"] == 1234


def test_api_key_may_be_filled_in_later(keyboard):
    keyboard("\r")

    given = ADDRESS | REST | {"api_key": None, "encryption": False}
    assert wizard.answers("node", given, Mode.ASK)["api_key"] == ""


def test_database_that_cannot_be_read_is_asked_again(keyboard, home, capsys):
    (home / "d.csv").write_text("a\n1\n")
    given = ADDRESS | REST | {"database": None, "encryption": False}
    keyboard(f"y\r/no/such.csv\r\rn{home}/d.csv\r\rn")

    answers = wizard.answers("node", given, Mode.ASK)

    assert answers["databases"][0]["uri"] == f"{home}/d.csv"
    assert "there is no /no/such.csv" in capsys.readouterr().out


def test_label_that_is_taken_is_asked_again(keyboard, home):
    (home / "d.csv").write_text("a\n1\n")
    database = f"{home}/d.csv\r\r"
    given = ADDRESS | REST | {"database": None, "encryption": False}
    keyboard(f"y\r{database}yDEFAULT\r{BACKSPACES}more\r{database}n")

    answers = wizard.answers("node", given, Mode.ASK)

    assert [entry["label"] for entry in answers["databases"]] == ["default", "more"]


def test_encryption_is_taken_from_the_server(keyboard, capsys):
    keyboard("\r")  # the key file, which is left to create-private-key

    answers = talk(Server(ENCRYPTED), ADDRESS | REST)

    assert answers["encryption"] == {"enabled": True}
    assert "The collaboration is encrypted" in capsys.readouterr().out


def test_encryption_that_the_server_contradicts_is_refused():
    with pytest.raises(EncryptionMismatch, match="leave out --no-encryption"):
        talk(Server(ENCRYPTED), ADDRESS | REST | {"encryption": False}, Mode.STRICT)


def test_address_is_corrected_until_the_server_is_reached(keyboard, capsys):
    server = Server(ServerUnreachable("no answer from http://v6:80"), OPEN)
    keyboard(f"\r{BACKSPACES}http://other\r\r\r")

    answers = talk(server, ADDRESS | REST)

    assert "[warn ] - no answer from http://v6:80" in capsys.readouterr().out
    assert answers["server_url"] == server.visits[1]["server_url"] == "http://other"


def test_authorities_and_key_are_corrected_as_well(keyboard):
    server = Server(ServerUnreachable("certificate"), NotAuthenticated("unknown key"), OPEN)
    down = "\x1b[B"
    keyboard(f"{down * 2}\r/ca.pem\r{down}\rnew-key\r")

    answers = talk(server, ADDRESS | REST)

    assert (answers["ca_bundle"], answers["api_key"]) == ("/ca.pem", "new-key")
    assert server.visits[2]["ca_bundle"] == "/ca.pem"


def test_test_of_the_server_may_be_left_for_later(keyboard):
    up = "\x1b[A"
    keyboard(f"{up}\r")

    answers = talk(Server(ServerUnreachable("away")), ADDRESS | REST | {"encryption": False})

    assert answers["server_url"] == "http://v6"


def test_failed_test_ends_it_where_nobody_is_asked():
    with pytest.raises(ServerUnreachable):
        talk(Server(ServerUnreachable("away")), ADDRESS | REST, Mode.STRICT)


def test_key_of_another_organization_is_told(keyboard, tmp_path, capsys, private_keys):
    ours, other = private_keys
    met = ENCRYPTED._replace(public_key=RSACryptor(ours).public_key_str)
    keyboard(f"{other}\rn{ours}\r")

    answers = talk(Server(met), ADDRESS | REST)

    assert answers["encryption"]["private_key"] == str(ours)
    assert "is not the key that the server knows of hospital" in capsys.readouterr().out


def test_key_of_another_organization_is_refused_where_nobody_is_asked(private_keys):
    ours, other = private_keys
    met = ENCRYPTED._replace(public_key=RSACryptor(ours).public_key_str)

    with pytest.raises(EncryptionMismatch, match="--private-key"):
        talk(Server(met), ADDRESS | REST | {"private_key": str(other)}, Mode.STRICT)


def test_nothing_is_written_when_it_is_interrupted(keyboard):
    keyboard("key\r\x03")

    with pytest.raises(KeyboardInterrupt):
        wizard.answers("node", {}, Mode.ASK)


def test_database_of_a_server_is_asked_again_when_it_cannot_be_used(keyboard, capsys):
    problems = {"postgresql://nobody": "no such host"}
    probes = Probes(Server().meet, lambda uri: problems.get(uri))
    given = {"description": "d", "ip": "::", "port": 1, "api_path": "", "log_level": "INFO"}
    given |= {"allow_drop_all": False, "two_factor_auth": False}
    keyboard(f"{BACKSPACES}postgresql://nobody\rn\rnn")

    answers = wizard.answers("server", given, Mode.ASK, probes)

    assert answers["uri"] == "sqlite:///default.sqlite"
    assert "no such host" in capsys.readouterr().out
