"""Which configuration a command works on."""

from pathlib import Path

import pytest
from pydantic import BaseModel
from vantage6.cli.context import Selection, configure, environments_of, find, instances
from vantage6.cli.exits import Refused
from vantage6.common.config.blocks import Directories
from vantage6.common.errors import ConfigurationError

TEXT = "application:\n  port: 1\n"


class Settings(BaseModel):
    port: int
    directories: Directories = Directories()


def test_name_is_found_in_the_folder_of_its_scope(configuration):
    file = configuration("node", "hospital", TEXT)

    found = find(Selection("node", "hospital"))

    assert (found.file, found.name, found.scope) == (file, "hospital", "user")


def test_name_is_found_in_the_present_folder_too(home):
    (home / "here.yaml").write_text(TEXT)

    assert find(Selection("node", "here")).file == home / "here.yaml"


def test_file_that_is_given_is_the_file_that_is_used(configuration, home):
    configuration("node", "x", TEXT)
    (home / "x.yaml").write_text(TEXT)

    assert find(Selection("node", config=Path("x.yaml"))).file == home / "x.yaml"


def test_the_only_configuration_is_taken_when_none_is_named(configuration):
    file = configuration("node", "single", TEXT)

    assert find(Selection("node")).file == file


def test_without_a_terminal_the_choices_are_listed(configuration):
    configuration("node", "a", TEXT)
    configuration("node", "b", TEXT)

    with pytest.raises(Refused, match=r"--name.*a, b"):
        find(Selection("node"))


def test_folder_that_the_user_may_not_look_into_is_said(configuration, become_nobody):
    folder = configuration("node", "a", TEXT).parent
    folder.chmod(0)

    with become_nobody(), pytest.raises(Refused, match="cannot be looked into"):
        find(Selection("node", "a"))
    folder.chmod(0o700)


def test_unknown_name_lists_the_known_ones(configuration):
    configuration("node", "a", TEXT)

    with pytest.raises(Refused, match="no configuration named z; there are: a"):
        find(Selection("node", "z"))


def test_configuration_of_the_other_scope_is_pointed_at(configuration):
    configuration("server", "main", TEXT, scope="user")

    with pytest.raises(Refused, match="--user"):
        find(Selection("server", "main", system=True))
    with pytest.raises(Refused, match="--user there are: main"):
        find(Selection("server", system=True))


def test_no_configuration_at_all_says_how_to_make_one():
    with pytest.raises(Refused, match="vnode new"):
        find(Selection("node"))


def test_instances_of_both_scopes_are_listed(configuration):
    configuration("node", "mine", TEXT)
    configuration("node", "ours", TEXT, scope="system")

    assert [(i.name, i.scope) for i in instances("node")] == [("ours", "system"), ("mine", "user")]


@pytest.mark.parametrize(("component", "usual"), [("node", "application"), ("server", "prod")])
def test_usual_environment_is_taken_where_the_file_has_it(configuration, component, usual):
    text = "application: {port: 1}\nenvironments:\n  prod: {port: 2}\n  dev: {port: 3}\n"
    configuration(component, "x", text)
    instance = find(Selection(component, "x"))

    assert configure(instance, Settings).loaded.environment == usual
    assert environments_of(instance) == ["application", "prod", "dev"]


def test_environments_of_the_file_are_said_when_the_choice_is_open(configuration):
    configuration("node", "x", "environments:\n  test: {port: 2}\n  dev: {port: 3}\n")

    with pytest.raises(ConfigurationError, match="test, dev"):
        configure(find(Selection("node", "x")), Settings)
    with pytest.raises(ConfigurationError, match="no environment 'acc'; it has: test, dev"):
        configure(find(Selection("node", "x", environment="acc")), Settings)


def test_override_replaces_a_value_and_none_does_not(configuration):
    configuration("node", "x", TEXT)
    instance = find(Selection("node", "x"))

    assert configure(instance, Settings, {"port": 7}).settings.port == 7
    assert configure(instance, Settings, {"port": None}).settings.port == 1


def test_folders_are_the_usual_ones_of_the_scope(configuration, home):
    configuration("node", "x", TEXT)

    configured = configure(find(Selection("node", "x")), Settings)

    assert configured.folders.data == home / "user/data/vantage6/node/x"
    assert configured.log_file == (
        home / "user/cache/vantage6/log/node/x/node_application_user.log"
    )


def test_folders_in_the_configuration_go_first(configuration, home):
    directories = f"{{data: {home}/d, log: {home}/l}}"
    file = configuration("node", "x", TEXT + f"  directories: {directories}\n")

    folders = configure(find(Selection("node", "x")), Settings).folders

    assert folders == (file.parent, home / "d", home / "l")
