"""Every command explains itself, has an example, and is in the reference."""

import re
import shlex
import sys
from pathlib import Path

import click
import pytest
from vantage6.cli.reference import PROGRAMS, commands, examples, overview, page, program
from vantage6.common.paths import command_line_log, folders

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = [each for name in PROGRAMS if name != "v6" for each in commands(name)]
EXPECTED = {
    "vserver": "new stop files attach list import shell version remove check",
    "vserver-local": "start stop new files attach list import shell version check",
    "vnode": "new stop files attach list create-private-key clean remove version set-api-key"
    " check",
    "vnode-local": "start stop restart new files attach list version check",
    "vdev": "demo create-demo-network start-demo-network stop-demo-network remove-demo-network",
}


OPTIONS_OF_3X = {
    "vnode new": "-n -e --system --user",
    "vnode start": "-n -c -e --system --user -i --image --keep --auto-remove --force-db-mount"
    " --attach --detach --mount-src",
    "vnode version": "-n --system --user",
    "vnode files": "-n -e --system --user",
    "vnode stop": "-n --system --user --all --force",
    "vnode attach": "-n --system --user",
    "vnode create-private-key": "-n -c -e --system --user --no-upload -o --overwrite",
    "vnode remove": "-n -e --system --user",
    "vnode set-api-key": "-n --api-key -e --system --user",
    "vnode-local new": "-n -e --system --user",
    "vnode-local files": "-n -e --system --user",
    "vnode-local start": "-n -c -e --system --user",
    "vserver new": "-n -e --system --user",
    "vserver files": "-n -c -e --system --user",
    "vserver start": "-n -c -e --system --user --ip -p --port -i --image --with-ui --ui-port"
    " --rabbitmq-image --keep --auto-remove --mount-src --attach --detach",
    "vserver import": "-n -c -e --system --user --drop-all -i --mount-src --keep --auto-remove",
    "vserver shell": "-n -c -e --system --user",
    "vserver stop": "-n -e --system --user --all",
    "vserver attach": "-n --system --user",
    "vserver version": "-n --system --user",
    "vserver-local start": "-n -c -e --system --user --ip -p --port --debug",
    "vserver-local import": "-n -c -e --system --user --drop-all",
    "vserver-local shell": "-n -c -e --system --user",
    "vdev create-demo-network": "-n --num-nodes -p --server-port",
    "vdev start-demo-network": "-n",
    "vdev stop-demo-network": "-n",
    "vdev remove-demo-network": "-n",
}


@pytest.mark.parametrize("words", OPTIONS_OF_3X)
def test_options_of_3x_are_taken(words):
    name, word = words.split()
    options = program(name).commands[word].get_params(click.Context(program(name)))
    names = {each for option in options for each in [*option.opts, *option.secondary_opts]}

    assert set(OPTIONS_OF_3X[words].split()) <= names


@pytest.mark.skipif(sys.platform != "linux", reason="the page names the folders of Linux")
def test_folders_of_the_guide_are_those_of_the_code(monkeypatch):
    for name in ("CONFIG_HOME", "DATA_HOME", "CACHE_HOME", "CONFIG_DIRS", "DATA_DIRS"):
        monkeypatch.delenv(f"XDG_{name}", raising=False)
    monkeypatch.setenv("HOME", "/HOME")
    text = (ROOT / "docs/guide/commands.md").read_text("utf-8")

    for system in (False, True):
        places = folders("node", "NAME", system=system)
        for path in (f"{places.config}/NAME.yaml", f"{places.data}/", f"{places.log}/"):
            assert f"`{path.replace('/HOME', '~')}`" in text
    assert str(command_line_log()).replace("/HOME", "~") in text


def test_example_of_the_guide_makes_a_configuration(run):
    text = (ROOT / "docs/guide/commands.md").read_text("utf-8")
    called = re.search(r"\$ vnode new(.*?)\n\$", text.replace("\\\n", ""), re.S)
    arguments = shlex.split(called[1].replace("--test", "--no-encryption"))

    result = run(program("vnode"), ["new", *arguments], env={"V6_API_KEY": "k"})

    assert result.exit_code == 0, result.output


def test_every_program_that_is_installed_is_in_the_reference():
    scripts = (ROOT / "pyproject.toml").read_text("utf-8").split("[project.scripts]")[1]
    installed = dict(re.findall(r'^([\w-]+) = "([\w.]+):cli"$', scripts.split("\n[")[0], re.M))

    assert installed == PROGRAMS


@pytest.mark.parametrize("name", EXPECTED)
def test_program_has_its_commands(name):
    assert set(EXPECTED[name].split()) <= set(program(name).commands)


def test_newer_spelling_has_the_same_commands():
    spelled = {"node": "vnode", "server": "vserver", "dev": "vdev"}

    assert program("v6").commands == {word: program(name) for word, name in spelled.items()}


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_command_and_each_of_its_options_have_help(run, words, command):
    result = run(command, ["--help"])

    options = [each for each in command.params if isinstance(each, click.Option)]
    silent = [option.name for option in options if not option.help]
    assert result.exit_code == 0
    assert command.help
    assert silent == []


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_example_of_a_command_is_understood_by_it(words, command, tmp_path, monkeypatch):
    (tmp_path / "entities.yaml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("V6_API_KEY", "so that nothing is asked")
    name = words.split()[-1]

    assert examples(command)
    for example in examples(command):
        called, *arguments = example.split()
        assert called.removesuffix("-local") in PROGRAMS
        assert arguments[0] == name
        for place in arguments:
            if place.startswith("./"):
                (tmp_path / place).mkdir()
        command.make_context(name, arguments[1:])


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "v6"])
def test_page_has_every_command_and_every_option(name):
    text = page(name)

    for words, command in commands(name):
        section = text.split(f"## {words}\n")[1].split("\n## ")[0]
        for option in command.get_params(click.Context(command)):
            if isinstance(option, click.Option) and "--help" not in option.opts:
                assert f"`{option.opts[0]}`" in section


def test_overview_has_the_form_of_every_document():
    text = overview()

    for form in ("Listing", "Files", "Findings", "Versions", "Failure"):
        assert f"### {form}\n" in text
    assert "`configurations[].environments` | list of text" in text
    assert "| 130 | interrupted" in text
