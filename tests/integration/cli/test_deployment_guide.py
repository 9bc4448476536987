"""Every block of docs/guide/deployment.md is what its reader may copy."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from tests.conftest import need
from tests.environments import unavailable
from tests.fakes.authority import Authority
from vantage6.cli.vnode import cli as vnode
from vantage6.cli.vnode.local import cli as vnode_local
from vantage6.cli.vserver import cli as vserver
from vantage6.cli.vserver.local import cli as vserver_local
from vantage6.common.config.loader import load
from vantage6.server.config import ServerConfig

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "guide" / "deployment.md").read_text("utf-8")
BLOCKS = [
    (f"line {GUIDE[: found.start()].count(chr(10)) + 1}", *found.groups())
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
]
COMMANDS = {
    "vserver": vserver,
    "vnode": vnode,
    "vserver-local": vserver_local,
    "vnode-local": vnode_local,
}
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSED = yaml.safe_load(COMPOSE)["services"]
NO_BASE_IMAGE = 3


def blocks(kind: str) -> list:
    return [pytest.param(text, id=line) for line, what, text in BLOCKS if what == kind]


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    assert {kind for _, kind, _ in BLOCKS} == {"console", "yaml", "ini", "nginx"}


@pytest.mark.parametrize("text", blocks("yaml"))
def test_configuration_of_a_server_is_valid(text: str, tmp_path: Path) -> None:
    file = tmp_path / "main.yaml"
    file.write_text(text, "utf-8")

    settings = load(file, ServerConfig).settings

    assert settings.uri.startswith("postgresql+psycopg://")
    assert settings.trusted_proxies == 1


@pytest.mark.parametrize("text", blocks("ini"))
def test_unit_is_one_that_systemd_takes(text: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        unavailable("systemd-analyze is not installed")
    # Whether programs of this machine are there says nothing about the reader's.
    text, count = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text)
    text = re.sub(r" (docker|postgresql)\.service|^Requires=.*$", "", text, flags=re.MULTILINE)
    unit = tmp_path / "vantage6.service"
    unit.write_text(text, "utf-8")

    done = subprocess.run(
        [program, "verify", str(unit)], capture_output=True, text=True, check=False
    )

    assert count == 1
    assert (done.returncode, done.stderr) == (0, "")


def our_commands() -> Iterator[tuple[str, list[str]]]:
    lines = re.findall(r"^(?:\$ |ExecStart=)(.+)$", "".join(b[2] for b in BLOCKS), re.MULTILINE)
    for words in (line.split() for line in lines):
        name = words[0].rpartition("/")[2]
        if name in COMMANDS:
            yield name, words[1:]


def test_our_commands_have_these_options() -> None:
    found = list(our_commands())

    assert len(found) >= 2
    for name, (word, *arguments) in found:
        with click.Context(COMMANDS[name]) as context:
            command = COMMANDS[name].get_command(context, word)
            command.make_context(word, arguments)


def test_variables_are_those_of_the_compose_file() -> None:
    named = set(re.findall(r"\bV6_\w+", GUIDE))

    assert named == set(re.findall(r"\$\{(V6_\w+)", COMPOSE))


def test_compose_commands_name_services_that_are_there() -> None:
    lines = re.findall(r"docker compose (?:exec|run|logs|restart)((?: -\S+)*) ([a-z]+)", GUIDE)

    assert {service for _, service in lines} == {"server", "nginx", "postgres", "init"}
    assert {service for _, service in lines} <= COMPOSED.keys()


def test_public_images_are_those_that_the_script_provides() -> None:
    script = (ROOT / "examples" / "images.sh").read_text("utf-8")
    provided = dict(re.findall(r"\[(\w+)\]=(\S+:\S+)", script))
    images = {name: part["image"].partition(":-")[2][:-1] for name, part in COMPOSED.items()}

    assert images.pop("init") == images.pop("server") == "vantage6/server:3.12"
    assert images == provided


# --- nginx --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nginx(services: dict[str, str]) -> str:
    """An image with nginx: the public one, or one of Debian's packages."""
    need(services, "V6_TEST_DOCKER")
    command = [str(ROOT / "examples" / "images.sh"), "compose"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode == NO_BASE_IMAGE:
        unavailable(made.stderr.strip())
    return re.search(r"^nginx=(\S+)$", made.stdout, re.MULTILINE)[1]


@pytest.mark.docker
@pytest.mark.timeout(300)
@pytest.mark.parametrize("text", blocks("nginx"))
def test_nginx_takes_its_configuration(text: str, nginx: str, tmp_path: Path) -> None:
    made = Authority(tmp_path).certificate("v6.example.org")
    made.file.rename(tmp_path / "server.pem")
    made.key_file.rename(tmp_path / "server.key")
    whole = f"events {{}}\nhttp {{\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole, "utf-8")

    done = subprocess.run(
        [
            *("docker", "run", "--rm", "--network", "none", "-v", f"{tmp_path}:/etc/ssl/v6:ro"),
            *(nginx, "nginx", "-t", "-c", "/etc/ssl/v6/nginx.conf"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "test is successful" in done.stderr
    assert "[warn]" not in done.stderr
