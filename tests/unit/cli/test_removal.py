"""What a command writes, the matching `remove` removes; what belongs to others stays."""

import gc

import pytest
from vantage6.cli.exits import ExitStatus
from vantage6.cli.running import claim
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vserver import cli as vserver
from vantage6.common.encryption import RSACryptor

NODE = [
    "new",
    "-n",
    "x",
    "-e",
    "dev",
    "--runtime",
    "process",
    "--api-key",
    "k",
    "--server-url",
    "u",
]

# Docker's client leaves the socket of a refused connection to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def tree(folder):
    """Every file and folder below a folder, with the content of the files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.fixture(autouse=True)
def machine(monkeypatch, home):
    """A machine without Docker, whose folders for programs are there already."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{home}/docker.sock")
    for folder in ("config", "data", "cache"):
        (home / "user" / folder).mkdir(parents=True)
    yield
    gc.collect()


@pytest.fixture
def done(run):
    """Call a command line that must succeed."""

    def call(command_line, *arguments, **options):
        result = run(command_line, list(arguments), **options)
        assert result.exit_code == 0, result.output
        return result.output

    return call


def fill(home, component):
    """What a running instance leaves behind."""
    for folder in (home / "user/data/vantage6", home / "user/cache/vantage6/log"):
        place = folder / component / "x"
        place.mkdir(parents=True, exist_ok=True)
        (place / "something").write_text("left behind")


def test_nothing_is_left_of_a_node(done, home, private_keys):
    key = home / "user/data/vantage6/node/privkey_hospital.pem"
    before = tree(home)
    done(vnode, *NODE, "--no-encryption")
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_bytes(private_keys[0].read_bytes())
    done(vnode, "create-private-key", "-n", "x", "--no-upload", "-o", "hospital")
    done(vnode, "set-api-key", "-n", "x", "--api-key", "new")
    fill(home, "node")

    done(vnode, "remove", "-n", "x", "--with-key", "--yes")

    assert tree(home) == before


def test_nothing_is_left_of_a_server(done, home):
    (home / "entities.yaml").write_text("organizations: [{name: hospital}]\n")
    before = tree(home)
    done(vserver, "new", "--user", "-n", "x", "-e", "dev", "--defaults")
    done(vserver, "import", "--user", "entities.yaml")
    done(vserver, "files", "--user")
    fill(home, "server")
    assert tree(home) != before

    done(vserver, "remove", "--user", "-n", "x", "--yes")

    assert tree(home) == before


def test_key_of_the_organization_is_kept_unless_it_is_meant_too(done, home, private_keys):
    ours, _ = private_keys
    done(vnode, *NODE, "--encryption", "--private-key", str(ours))

    output = done(vnode, "remove", "-n", "x", "--yes")

    assert f"Kept the private key of the organization, {ours}" in output
    assert RSACryptor(ours).public_key_str


def test_other_instances_are_left_alone(done, home):
    done(vnode, *NODE, "--no-encryption")
    before = tree(home)
    done(vnode, "new", "-n", "xy", *NODE[3:], "--no-encryption")

    done(vnode, "remove", "-n", "xy", "--yes")

    assert tree(home) == before


def test_answer_no_removes_nothing(done, home):
    done(vnode, *NODE, "--no-encryption")
    before = tree(home)

    output = done(vnode, "remove", "-n", "x", input="\n")

    assert "was not removed" in output
    assert tree(home) == before


def test_instance_that_runs_is_not_removed(run, done, home):
    done(vnode, *NODE, "--no-encryption")

    with claim(home / "user/data/vantage6/node/x"):
        result = run(vnode, ["remove", "-n", "x", "--yes"])

    assert result.exit_code == ExitStatus.ALREADY_RUNNING
    assert (home / "user/config/vantage6/node/x.yaml").exists()


@pytest.mark.parametrize("what", ["database", "key"])
def test_data_and_keys_in_a_folder_that_would_go_are_protected(
    run, done, home, private_keys, what
):
    folder = home / "user/data/vantage6/node/x"
    folder.mkdir(parents=True)
    (folder / "private_key.pem").write_bytes(private_keys[0].read_bytes())
    (folder / "data.csv").write_text("a\n1\n")
    done(vnode, *NODE, "--no-encryption", "--database", f"default,csv,{folder}/data.csv")
    (folder / {"database": "private_key.pem", "key": "data.csv"}[what]).unlink()
    before = tree(home)

    result = run(vnode, ["remove", "-n", "x", "--yes"])

    assert result.exit_code == ExitStatus.REFUSED
    assert "move it to another folder first" in result.output
    assert tree(home) == before


def test_folder_that_the_configuration_names_is_kept_and_said(done, configuration, home):
    (home / "mine").mkdir()
    text = f"application:\n  api_key: k\n  server_url: u\n  directories: {{data: {home}/mine}}\n"
    configuration("node", "x", text)

    output = done(vnode, "remove", "-n", "x", "--yes")

    assert f"Kept a folder that the configuration named, {home}/mine" in output
    assert (home / "mine").exists()


def test_folder_of_a_file_elsewhere_is_left_alone(done, home):
    (home / "elsewhere").mkdir()
    file = home / "elsewhere/x.yaml"
    file.write_text("application: {api_key: k, server_url: u}\n")

    done(vnode, "remove", "--config", str(file), "--yes")

    assert list((home / "elsewhere").iterdir()) == []


def test_configuration_that_cannot_be_read_can_be_removed(done, configuration, home):
    configuration("node", "x", "application:\n  api_keys: k\n")

    output = done(vnode, "remove", "-n", "x", "--yes")

    assert "[warn ]" in output
    assert list((home / "user/config").iterdir()) == []
